// Knuth-Morris-Pratt and Boyer-Moore-Horspool against the plain search.
#include <string.h>

#include "guest.h"

enum { kText = 1000, kPatternMax = 12 };

static unsigned plain(const char* text, unsigned length, const char* pattern, unsigned m, uint32_t* digest) {
  unsigned count = 0;
  for (unsigned i = 0; i + m <= length; ++i) {
    if (memcmp(text + i, pattern, m) == 0) {
      ++count;
      *digest = guest_mix(*digest, i);
    }
  }
  return count;
}

static unsigned kmp(const char* text, unsigned length, const char* pattern, unsigned m, uint32_t* digest) {
  unsigned border[kPatternMax + 1];
  border[0] = 0;
  for (unsigned i = 1, k = 0; i < m; ++i) {
    while (k && pattern[i] != pattern[k]) k = border[k - 1];
    if (pattern[i] == pattern[k]) ++k;
    border[i] = k;
  }
  unsigned count = 0;
  for (unsigned i = 0, k = 0; i < length; ++i) {
    while (k && text[i] != pattern[k]) k = border[k - 1];
    if (text[i] == pattern[k]) ++k;
    if (k == m) {
      ++count;
      *digest = guest_mix(*digest, i + 1 - m);
      k = border[k - 1];
    }
  }
  return count;
}

static unsigned horspool(const char* text, unsigned length, const char* pattern, unsigned m, uint32_t* digest) {
  static uint8_t shift[256];
  memset(shift, (int)m, sizeof shift);
  for (unsigned i = 0; i + 1 < m; ++i) shift[(uint8_t)pattern[i]] = (uint8_t)(m - 1 - i);
  unsigned count = 0;
  for (unsigned at = 0; at + m <= length; at += shift[(uint8_t)text[at + m - 1]]) {
    unsigned i = m;
    while (i && text[at + i - 1] == pattern[i - 1]) --i;
    if (!i) {
      ++count;
      *digest = guest_mix(*digest, at);
    }
  }
  return count;
}

int main(void) {
  static char text[kText];
  uint32_t state = 4711, digest = 0;
  for (unsigned n = guest_scale(60); n; --n) {
    unsigned letters = 2 + n % 3;
    for (unsigned i = 0; i < kText; ++i) text[i] = (char)('a' + (guest_random(&state) >> 8) % letters);
    char pattern[kPatternMax];
    unsigned m = 2 + (guest_random(&state) >> 8) % (kPatternMax - 2);
    unsigned from = (guest_random(&state) >> 8) % (kText - kPatternMax);
    memcpy(pattern, text + from, m);  // there is at least one
    uint32_t where_plain = 0, where_kmp = 0, where_horspool = 0;
    unsigned count = plain(text, kText, pattern, m, &where_plain);
    if (!count) guest_fail("plain", count, 1);
    guest_check("kmp count", kmp(text, kText, pattern, m, &where_kmp), count);
    guest_check("kmp places", where_kmp, where_plain);
    guest_check("horspool count", horspool(text, kText, pattern, m, &where_horspool), count);
    guest_check("horspool places", where_horspool, where_plain);
    digest = guest_mix(guest_mix(digest, count), where_plain);
  }
  return guest_report("strsearch", digest);
}
