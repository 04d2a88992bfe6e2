// What the programs share: system calls with names, and checks. A program returns 0 if all was well.
#pragma once

#include <stdint.h>

#include "../calls.h"
#include "programs.h"

#define PROGRAM_DECLARATION(name, text) uint32_t program_##name(unsigned n);
PROGRAMS(PROGRAM_DECLARATION)
#undef PROGRAM_DECLARATION

static inline uint32_t call2(enum call number, uint32_t a, uint32_t b) {
  uint32_t result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b) : "memory");
  return result;
}
static inline uint32_t call0(enum call number) { return call2(number, 0, 0); }
static inline void report(const char* text, uint32_t value) { call2(kCallReport, (uint32_t)text, value); }
// The child's exit value.
static inline uint32_t wait_for(uint32_t task) {
  uint32_t result = 0;
  call2(kCallWait, task, (uint32_t)&result);
  return result;
}
_Noreturn void leave(uint32_t value);

// Reports a difference; `wrong` counts them.
extern uint32_t wrong;
void check(const char* what, uint32_t got, uint32_t wanted);
