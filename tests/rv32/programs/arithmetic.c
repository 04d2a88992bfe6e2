// 32- and 64-bit integer arithmetic, division by everything, bit builtins (Zbb, Zbs).
#include "runtime.h"

int main(void) {
  uint32_t seed = 7, hash = 0;
  uint64_t wide = 0x123456789abcdefull;
  for (int i = 0; i < 3000; i++) {
    uint32_t a = rng(&seed) * 9 ^ seed, b = i % 7 ? rng(&seed) : (uint32_t)(i % 3);
    int32_t sa = (int32_t)a, sb = (int32_t)b;
    hash = hash * 31 + (b ? a / b : 1) + (b ? a % b : 2);
    hash ^= (uint32_t)(sb && !(a == 0x80000000u && sb == -1) ? sa / sb + sa % sb : 5);
    wide = wide * a + (uint64_t)sa * (uint64_t)(int64_t)sb;
    wide ^= (uint64_t)((int64_t)wide >> (b & 63)) | wide << (a & 31);
    if (b > 3) wide += wide / b + wide % (b | 1ull << 40);
    hash += (uint32_t)__builtin_popcount(a) + (uint32_t)(a ? __builtin_clz(a) : 40) + (uint32_t)(b ? __builtin_ctz(b) : 50);
    hash ^= __builtin_bswap32(a) + (a << (b & 31) | a >> (-b & 31));
    hash += (sa < sb ? a : b) ^ (a > b ? a : b);
    hash = (hash & ~(1u << (b & 31))) ^ (1u << (a & 31));
    hash += (uint32_t)(int8_t)a + (uint32_t)(int16_t)b + (uint16_t)a + 4 * a + b + 8 * b;
    if (i % 500 == 0) put_hex(hash), put_hex64(wide);
  }
  put_hex(hash);
  put_hex64(wide);
  return (int)(hash & 63);
}
