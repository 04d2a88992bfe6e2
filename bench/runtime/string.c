// Memory and strings in plain C. GCC must not turn these loops into calls of themselves: the build gives this file
// -fno-tree-loop-distribute-patterns.
#include <stdint.h>
#include <string.h>

typedef uint32_t __attribute__((may_alias)) word;

void* memcpy(void* restrict to, const void* restrict from, size_t bytes) {
  uint8_t* d = to;
  const uint8_t* s = from;
  for (; bytes >= 4; bytes -= 4, d += 4, s += 4) *(word*)d = *(const word*)s;  // x86 needs no alignment
  while (bytes--) *d++ = *s++;
  return to;
}

void* memmove(void* to, const void* from, size_t bytes) {
  if ((uintptr_t)to - (uintptr_t)from >= bytes) return memcpy(to, from, bytes);
  uint8_t* d = (uint8_t*)to + bytes;
  const uint8_t* s = (const uint8_t*)from + bytes;
  while (bytes--) *--d = *--s;
  return to;
}

void* memset(void* to, int value, size_t bytes) {
  uint8_t* d = to;
  uint32_t fill = (uint8_t)value * 0x01010101u;
  for (; bytes >= 4; bytes -= 4, d += 4) *(word*)d = fill;
  while (bytes--) *d++ = (uint8_t)value;
  return to;
}

int memcmp(const void* left, const void* right, size_t bytes) {
  const uint8_t* a = left;
  const uint8_t* b = right;
  for (; bytes; --bytes, ++a, ++b) {
    if (*a != *b) return *a - *b;
  }
  return 0;
}

void* memchr(const void* in, int value, size_t bytes) {
  for (const uint8_t* p = in; bytes; --bytes, ++p) {
    if (*p == (uint8_t)value) return (void*)(uintptr_t)p;
  }
  return 0;
}

size_t strlen(const char* text) {
  const char* p = text;
  while (*p) ++p;
  return (size_t)(p - text);
}

int strcmp(const char* a, const char* b) {
  while (*a && *a == *b) ++a, ++b;
  return (uint8_t)*a - (uint8_t)*b;
}

int strncmp(const char* a, const char* b, size_t n) {
  for (; n; --n, ++a, ++b) {
    if (*a != *b || !*a) return (uint8_t)*a - (uint8_t)*b;
  }
  return 0;
}

char* strcpy(char* restrict to, const char* restrict from) {
  char* d = to;
  while ((*d++ = *from++)) {
  }
  return to;
}

char* strncpy(char* restrict to, const char* restrict from, size_t n) {
  size_t i = 0;
  for (; i < n && from[i]; ++i) to[i] = from[i];
  for (; i < n; ++i) to[i] = 0;
  return to;
}

char* strcat(char* restrict to, const char* restrict from) {
  strcpy(to + strlen(to), from);
  return to;
}

char* strchr(const char* text, int c) {
  for (;; ++text) {
    if (*text == (char)c) return (char*)(uintptr_t)text;
    if (!*text) return 0;
  }
}

char* strrchr(const char* text, int c) {
  const char* found = 0;
  for (;; ++text) {
    if (*text == (char)c) found = text;
    if (!*text) return (char*)(uintptr_t)found;
  }
}

char* strstr(const char* text, const char* wanted) {
  size_t n = strlen(wanted);
  for (;; ++text) {
    if (strncmp(text, wanted, n) == 0) return (char*)(uintptr_t)text;
    if (!*text) return 0;
  }
}
