// Which program a task runs, and what they share.
#include "user.h"

uint32_t wrong;

void check(const char* what, uint32_t got, uint32_t wanted) {
  if (got == wanted) return;
  ++wrong;
  report(what, got);
  report("  wanted", wanted);
}

_Noreturn void leave(uint32_t value) {
  for (;;) call2(kCallExit, value, 0);
}

uint32_t user_main(unsigned number, unsigned n);
uint32_t user_main(unsigned number, unsigned n) {
#define PROGRAM_ENTRY(name, text) program_##name,
  static uint32_t (*const programs[])(unsigned) = {PROGRAMS(PROGRAM_ENTRY)};
#undef PROGRAM_ENTRY
  const uint32_t result = programs[number](n);
  return wrong ? wrong : result;
}
