// Debian's stb_sprintf.h (libstb-dev), unmodified: numbers and strings to text, compared with the runtime's own printf.
#include <stdio.h>
#include <string.h>

#include "guest.h"

#define STB_SPRINTF_NOFLOAT
#define STB_SPRINTF_STATIC
#define STB_SPRINTF_IMPLEMENTATION
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_sprintf.h>

int main(void) {
  const unsigned n = guest_scale(150);
  static const char* const words[] = {"alpha", "be", "gamma ray", "", "delta-delta-delta"};
  uint32_t state = 0x01020304, digest = 0;
  for (unsigned round = 0; round < n; ++round) {
    char ours[256], theirs[256];
    const uint32_t value = guest_random(&state) >> (round % 29);
    const char* const word = words[round % 5];
    const int length = stbsp_snprintf(theirs, sizeof theirs, "%d %u %x %08x %5d|%s|%c|%%|%X", (int)value, value, value,
                                      value, (int)(value % 1000), word, 'a' + (int)(value % 26), value);
    snprintf(ours, sizeof ours, "%d %u %x %08x %5d|%s|%c|%%|%X", (int)value, value, value, value, (int)(value % 1000),
             word, 'a' + (int)(value % 26), value);
    guest_check("length", (uint32_t)length, (uint32_t)strlen(ours));
    guest_check("text", (uint32_t)strcmp(ours, theirs), 0);
    // What the runtime does not have: 64 bits, thousands, binary digits.
    const int more =
        stbsp_snprintf(theirs, sizeof theirs, "%'u %llu %b %-12s| %o %+d %.3s", value,
                       (unsigned long long)value * 0x100000001u, value & 0xffffu, word, value, (int)round, word);
    for (int k = 0; k < more; ++k) digest = guest_mix(digest, (uint8_t)theirs[k]);
  }
  return guest_report("format", digest);
}
