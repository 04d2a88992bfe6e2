// Debian's xxhash.h (libxxhash-dev), unmodified: XXH32, XXH64 and XXH3 of buffers of many lengths, at once and in
// pieces.
#include "guest.h"

#define XXH_INLINE_ALL
#define static_assert _Static_assert  // assert.h of the runtime has none
#include <xxhash.h>

enum { kSize = 4096 };
static uint8_t data[kSize];

static uint32_t fold(uint64_t value) { return (uint32_t)value ^ (uint32_t)(value >> 32); }

int main(void) {
  const unsigned n = guest_scale(60);
  uint32_t state = 0x12345678, digest = 0;
  for (unsigned i = 0; i < kSize; ++i) data[i] = (uint8_t)guest_random(&state);
  guest_check("XXH32 of nothing", XXH32(data, 0, 0), 0x02cc5d05);  // published
  guest_check("XXH64 of nothing", fold(XXH64(data, 0, 0)), 0xef46db37u ^ 0x51d8e999u);
  for (unsigned round = 0; round < n; ++round) {
    const size_t size = 1 + guest_random(&state) % (kSize - 1), first = guest_random(&state) % size;
    XXH32_state_t small;
    XXH32_reset(&small, round);
    XXH32_update(&small, data, first);
    XXH32_update(&small, data + first, size - first);
    const uint32_t whole = XXH32(data, size, round);
    guest_check("XXH32 in two pieces", XXH32_digest(&small), whole);
    XXH64_state_t large;
    XXH64_reset(&large, round);
    XXH64_update(&large, data, first);
    XXH64_update(&large, data + first, size - first);
    const uint32_t wide = fold(XXH64(data, size, round));
    guest_check("XXH64 in two pieces", fold(XXH64_digest(&large)), wide);
    digest = guest_mix(digest, whole ^ wide ^ fold(XXH3_64bits_withSeed(data, size % 512, round)));
  }
  return guest_report("xxhash", digest);
}
