// The part of <stdlib.h> that is neither heap nor exit, and what code from other builds expects of a C library.
#include <errno.h>
#include <stdlib.h>

#include "guest.h"

static int error_number;
int* __errno_location(void) { return &error_number; }

int abs(int value) { return value < 0 ? -value : value; }

unsigned long strtoul(const char* text, char** end, int base) {
  while (*text == ' ') ++text;
  if ((base == 0 || base == 16) && text[0] == '0' && (text[1] | 32) == 'x') {
    text += 2;
    base = 16;
  } else if (base == 0) {
    base = 10;
  }
  unsigned long value = 0;
  for (;; ++text) {
    unsigned digit = *text >= '0' && *text <= '9' ? (unsigned)(*text - '0') : (unsigned)((*text | 32) - 'a') + 10;
    if (digit >= (unsigned)base) break;
    value = value * (unsigned)base + digit;
  }
  if (end) *end = (char*)(uintptr_t)text;
  return value;
}

int atoi(const char* text) {
  while (*text == ' ') ++text;
  if (*text == '-') return -(int)strtoul(text + 1, 0, 10);
  return (int)strtoul(text + (*text == '+'), 0, 10);
}

_Noreturn void exit(int status) { guest_exit((unsigned)status); }
_Noreturn void abort(void) { guest_panic("abort"); }

// Objects built with GCC's stack protector (Debian's libz.a) call this when the canary at gs:0x14 has changed.
_Noreturn void __stack_chk_fail(void);
_Noreturn void __stack_chk_fail_local(void);
_Noreturn void __stack_chk_fail(void) { guest_panic("stack smashed"); }
_Noreturn void __stack_chk_fail_local(void) { guest_panic("stack smashed"); }
