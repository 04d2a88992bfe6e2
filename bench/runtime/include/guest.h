// What a guest program knows of its machine: boot information, console, the way out, and what the self-checks share.
// A program with these calls alone also builds for the host (host.c), where the processor itself is the reference.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// ---- the end of a run
// main's value r (0..15) leaves through port 0xf4 as 0x10 + r, so the status is ((0x10 + r) << 1) | 1 = 33 + 2r: 33 is
// "passed", 35..63 are failures, and none of them is a status of QEMU (1) or of veil (64, 65, 70, 80, 81, 82, 124, 130).
enum { kGuestExitBase = 0x10, kGuestPanic = 0x0f };
_Noreturn void guest_exit(unsigned result);
_Noreturn void guest_panic(const char* why);

// ---- boot information
// The value of `key=value` on the command line (it ends at a blank or at the end), or 0. Copied to a static buffer.
const char* guest_option(const char* key);
// The scale of the work: `n=` of the command line, or `standard`.
unsigned guest_scale(unsigned standard);

struct guest_module {
  const uint8_t* data;
  size_t size;
  const char* text;  // the module's own command line, may be empty
};
unsigned guest_module_count(void);
struct guest_module guest_module(unsigned index);

enum { kRegionAvailable = 1 };
struct guest_region {
  uint64_t base;
  uint64_t size;
  uint32_t type;
};
// Regions of the memory map; at most `room` are stored, the number there is comes back.
unsigned guest_memory_map(struct guest_region* regions, unsigned room);
uint32_t guest_boot_magic(void);

// ---- console
void guest_putc(char c);        // COM1, or port 0xe9 with console=e9 on the command line
int guest_getc(void);           // waits for a byte of COM1
void guest_debug_putc(char c);  // port 0xe9

// ---- self-checks
// Folds a value into a digest.
static inline uint32_t guest_mix(uint32_t digest, uint32_t value) {
  digest = (digest ^ value) * 0x01000193u;
  return digest ^ (digest >> 15);
}
// Pseudo-random numbers (xorshift, Marsaglia 2003); the state must not be 0.
static inline uint32_t guest_random(uint32_t* state) {
  uint32_t x = *state;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  return *state = x;
}
// Notes a failed check, and prints the first few.
void guest_fail(const char* what, uint32_t got, uint32_t wanted);
static inline void guest_check(const char* what, uint32_t got, uint32_t wanted) {
  if (got != wanted) guest_fail(what, got, wanted);
}
// Prints the line with digest and PASS or FAIL; the result is main's value.
int guest_report(const char* name, uint32_t digest);
