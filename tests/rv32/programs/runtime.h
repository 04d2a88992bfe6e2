#pragma once
#include <stddef.h>
#include <stdint.h>

int main(void);
void put(const char* text);
void put_hex(uint32_t value);
void put_hex64(uint64_t value);
void* memcpy(void* to, const void* from, size_t n);
void* memset(void* to, int c, size_t n);

static inline uint32_t rng(uint32_t* state) {
  *state = *state * 1664525u + 1013904223u;
  return *state >> 3;
}
