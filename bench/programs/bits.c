// Bit manipulation: population counts, reversal, scans, Gray codes, bit sets, permutations, Morton codes.
#include "guest.h"

static unsigned count_loop(uint32_t x) {
  unsigned count = 0;
  for (; x; x &= x - 1) ++count;
  return count;
}
static unsigned count_tree(uint32_t x) {
  x -= x >> 1 & 0x55555555;
  x = (x & 0x33333333) + (x >> 2 & 0x33333333);
  return ((x + (x >> 4)) & 0x0f0f0f0f) * 0x01010101 >> 24;
}
static uint32_t reverse_loop(uint32_t x) {
  uint32_t result = 0;
  for (int i = 0; i < 32; ++i, x >>= 1) result = result << 1 | (x & 1);
  return result;
}
static uint32_t reverse_swaps(uint32_t x) {
  x = (x >> 1 & 0x55555555) | (x & 0x55555555) << 1;
  x = (x >> 2 & 0x33333333) | (x & 0x33333333) << 2;
  x = (x >> 4 & 0x0f0f0f0f) | (x & 0x0f0f0f0f) << 4;
  return __builtin_bswap32(x);
}
static unsigned highest_loop(uint32_t x) {
  unsigned at = 0;
  while (x >>= 1) ++at;
  return at;
}
static uint32_t spread(uint32_t x) {
  x &= 0xffff;
  x = (x | x << 8) & 0x00ff00ff;
  x = (x | x << 4) & 0x0f0f0f0f;
  x = (x | x << 2) & 0x33333333;
  return (x | x << 1) & 0x55555555;
}
static uint32_t gather(uint32_t x) {
  x &= 0x55555555;
  x = (x | x >> 1) & 0x33333333;
  x = (x | x >> 2) & 0x0f0f0f0f;
  x = (x | x >> 4) & 0x00ff00ff;
  return (x | x >> 8) & 0xffff;
}
static uint8_t rotate8(uint8_t x, unsigned n) { return (uint8_t)(x << (n & 7) | x >> (-n & 7)); }
static uint16_t rotate16(uint16_t x, unsigned n) { return (uint16_t)(x << (n & 15) | x >> (-n & 15)); }
static uint32_t rotate32(uint32_t x, unsigned n) { return x << (n & 31) | x >> (-n & 31); }

int main(void) {
  static uint32_t set[8];
  uint32_t state = 1, digest = 0;
  for (unsigned n = guest_scale(60); n; --n) {
    for (unsigned i = 0; i < 8; ++i) set[i] = 0;
    unsigned members = 0;
    for (unsigned i = 0; i < 40; ++i) {
      uint32_t x = guest_random(&state) >> (i & 15);
      if (!x) x = 1;
      guest_check("count", count_tree(x), count_loop(x));
      guest_check("reverse", reverse_swaps(x), reverse_loop(x));
      guest_check("highest", 31u ^ (unsigned)__builtin_clz(x), highest_loop(x));
      guest_check("lowest", x >> __builtin_ctz(x) << __builtin_ctz(x), x);
      guest_check("lowest is odd", x >> __builtin_ctz(x) & 1, 1);
      guest_check("morton", gather(spread(x)), x & 0xffff);
      guest_check("parity", (unsigned)__builtin_parity(x), count_loop(x) & 1);
      uint32_t gray = x ^ x >> 1, back = gray;
      for (unsigned shift = 1; shift < 32; shift *= 2) back ^= back >> shift;
      guest_check("gray", back, x);
      guest_check("rotate8", rotate8(rotate8((uint8_t)x, i), 8 - (i & 7)), (uint8_t)x);
      guest_check("rotate16", rotate16(rotate16((uint16_t)x, i), 16 - (i & 15)), (uint16_t)x);
      guest_check("rotate32", rotate32(rotate32(x, i), 32 - i % 32), x);
      unsigned member = x >> 3 & 255;
      if (!(set[member >> 5] >> (member & 31) & 1)) ++members;
      set[member >> 5] |= 1u << (member & 31);
      digest = guest_mix(digest, gray ^ rotate32(x, i) ^ rotate16((uint16_t)x, i) ^ rotate8((uint8_t)x, i));
    }
    unsigned total = 0;
    for (unsigned i = 0; i < 256; ++i) total += set[i >> 5] >> (i & 31) & 1;
    guest_check("members", total, members);
  }
  return guest_report("bits", digest);
}
