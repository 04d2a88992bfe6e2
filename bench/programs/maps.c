// Debian's stb_ds.h (libstb-dev), unmodified: growing arrays, a map of numbers, a map of strings.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"

#define STB_DS_IMPLEMENTATION
#include <stb/stb_ds.h>

enum { kKeys = 150 };

int main(void) {
  const unsigned n = guest_scale(15);
  uint32_t digest = 0;
  stbds_rand_seed(0x31415926);
  for (unsigned round = 0; round < n; ++round) {
    struct {
      int key;
      uint32_t value;
    }* numbers = NULL;
    struct {
      char* key;
      uint32_t value;
    }* names = NULL;
    uint32_t* values = NULL;
    sh_new_arena(names);
    for (unsigned k = 0; k < kKeys; ++k) {
      char name[16];
      const uint32_t value = (k + round) * 2654435761u;
      snprintf(name, sizeof name, "key %u", k);
      hmput(numbers, (int)(k * 37), value);
      shput(names, name, value);
      arrput(values, value);
    }
    for (unsigned k = 0; k < kKeys; k += 3) (void)hmdel(numbers, (int)(k * 37));
    guest_check("left", (uint32_t)hmlen(numbers), kKeys - (kKeys + 2) / 3);
    for (unsigned k = 0; k < kKeys; ++k) {
      char name[16];
      snprintf(name, sizeof name, "key %u", k);
      const ptrdiff_t at = hmgeti(numbers, (int)(k * 37));
      guest_check("deleted", at < 0, k % 3 == 0);
      if (at >= 0) guest_check("number", numbers[at].value, values[k]);
      guest_check("name", shget(names, name), values[k]);
      digest = guest_mix(digest, values[k]);
    }
    guest_check("no such name", (uint32_t)(shgeti(names, "key x") < 0), 1);
    hmfree(numbers);
    shfree(names);
    arrfree(values);
  }
  return guest_report("maps", digest);
}
