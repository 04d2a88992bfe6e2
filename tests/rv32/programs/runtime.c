// The least that a program needs: entry, output, exit; memory functions that GCC calls.
#include "runtime.h"

static long call(long number, long a, long b, long c) {
  register long a0 __asm__("a0") = a;
  register long a1 __asm__("a1") = b;
  register long a2 __asm__("a2") = c;
  register long a7 __asm__("a7") = number;
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a7) : "memory");
  return a0;
}

void put(const char* text) {
  unsigned n = 0;
  while (text[n] != 0) n++;
  call(64, 1, (long)text, (long)n);
}

void put_hex(uint32_t value) {
  char text[10];
  for (int i = 0; i < 8; i++) text[i] = "0123456789abcdef"[value >> (28 - 4 * i) & 15];
  text[8] = '\n';
  text[9] = 0;
  put(text);
}

void put_hex64(uint64_t value) {
  put_hex((uint32_t)(value >> 32));
  put_hex((uint32_t)value);
}

void* memcpy(void* to, const void* from, size_t n) {
  char* t = to;
  const char* f = from;
  while (n-- != 0) *t++ = *f++;
  return to;
}

void* memset(void* to, int c, size_t n) {
  char* t = to;
  while (n-- != 0) *t++ = (char)c;
  return to;
}

void start_c(void) {
  call(93, main(), 0, 0);
}

__asm__(
    ".globl _start\n"
    "_start:\n"
    "  li a0, 0\n"
    "  call start_c\n");
