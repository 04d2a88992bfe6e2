// Memory: C loops of all alignments, and the string instructions themselves with rep, in both directions.
#include <string.h>

#include "guest.h"

static void move_bytes(void* to, const void* from, size_t n) {
  __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
}
static void move_words(void* to, const void* from, size_t n) {
  __asm__ volatile("rep movsw" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
}
static void move_dwords(void* to, const void* from, size_t n) {
  __asm__ volatile("rep movsl" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
}
static void move_down(void* to, const void* from, size_t n) {  // pointers to the last byte
  __asm__ volatile("std\n\trep movsb\n\tcld" : "+D"(to), "+S"(from), "+c"(n) : : "memory", "cc");
}
static void fill_dwords(void* to, uint32_t value, size_t n) {
  __asm__ volatile("rep stosl" : "+D"(to), "+c"(n) : "a"(value) : "memory");
}
static void fill_down(void* to, uint8_t value, size_t n) {
  __asm__ volatile("std\n\trep stosb\n\tcld" : "+D"(to), "+c"(n) : "a"(value) : "memory", "cc");
}
static size_t find_byte(const void* in, uint8_t value, size_t n) {  // how many are left after it; n + 1 if there is none
  const void* at = in;
  size_t left = n;
  uint8_t found;
  __asm__ volatile("cmpb %%al, %%al\n\trepne scasb\n\tsete %b3"
                   : "+D"(at), "+c"(left), "+a"(value), "=&d"(found)
                   :
                   : "memory", "cc");
  return found ? left : n + 1;
}
static size_t same_down(const void* a, const void* b, size_t n) {  // equal bytes from the end downwards
  size_t left = n;
  uint8_t same;
  __asm__ volatile("cmpl %%eax, %%eax\n\tstd\n\trepe cmpsb\n\tcld\n\tsete %b3"
                   : "+S"(a), "+D"(b), "+c"(left), "=&d"(same)
                   :
                   : "memory", "cc", "eax");
  return n - left - !same;
}
static uint32_t load_sum(const void* from, size_t n) {
  uint32_t sum = 0, value;
  __asm__ volatile("1:\tlodsl\n\taddl %%eax, %0\n\tloop 1b"
                   : "+r"(sum), "+S"(from), "+c"(n), "=&a"(value)
                   :
                   : "memory", "cc");
  return sum;
}

enum { kSize = 256 };

static uint32_t digest_of(const uint8_t* data) {
  uint32_t digest = 0;
  for (unsigned i = 0; i < kSize; i += 4) {
    uint32_t word;
    memcpy(&word, data + i, 4);
    digest = guest_mix(digest, word);
  }
  return digest;
}

int main(void) {
  static uint8_t a[kSize], b[kSize], wanted[kSize];
  uint32_t state = 1234, digest = 0;
  for (unsigned n = guest_scale(60); n; --n) {
    for (unsigned i = 0; i < kSize; ++i) a[i] = wanted[i] = (uint8_t)guest_random(&state);
    unsigned from = guest_random(&state) % 100, to = guest_random(&state) % 100, length = 1 + guest_random(&state) % 60;

    memset(b, (int)n, kSize);
    move_bytes(b + to, a + from, length);
    for (unsigned i = 0; i < length; ++i) guest_check("movsb", b[to + i], a[from + i]);
    guest_check("movsb before", to ? b[to - 1] : (uint8_t)n, (uint8_t)n);
    guest_check("movsb after", b[to + length], (uint8_t)n);
    move_words(b + to, a + to, length / 2);
    guest_check("movsw", (uint32_t)memcmp(b + to, a + to, length / 2 * 2), 0);
    move_dwords(b + from, a + from, length / 4);
    guest_check("movsd", (uint32_t)memcmp(b + from, a + from, length / 4 * 4), 0);
    digest = guest_mix(digest, digest_of(b));

    // overlap: backwards is memmove, forwards repeats a pattern
    memcpy(wanted, a, kSize);
    memmove(wanted + from + 3, wanted + from, length);
    move_down(a + from + 3 + length - 1, a + from + length - 1, length);
    guest_check("down", (uint32_t)memcmp(a, wanted, kSize), 0);
    move_bytes(a + to + 1, a + to, length);
    for (unsigned i = 0; i <= length; ++i) guest_check("pattern", a[to + i], a[to]);

    fill_dwords(b + to, 0x01020304u * n, length / 4);
    fill_down(b + from + length - 1, (uint8_t)(n * 3), length);
    for (unsigned i = 0; i < length; ++i) guest_check("stosb", b[from + i], (uint8_t)(n * 3));
    digest = guest_mix(digest, digest_of(b));

    const uint8_t* found = memchr(a, a[to], kSize);
    guest_check("scasb", (uint32_t)find_byte(a, a[to], kSize), (uint32_t)(kSize - 1 - (unsigned)(found - a)));
    memset(b, 0xee, kSize);
    guest_check("scasb none", (uint32_t)find_byte(b, 0x11, kSize), kSize + 1);
    memcpy(b, a, kSize);
    b[from] ^= 0x80;
    guest_check("cmpsb", (uint32_t)same_down(a + kSize - 1, b + kSize - 1, kSize), kSize - 1 - from);
    guest_check("cmpsb all", (uint32_t)same_down(a + kSize - 1, a + kSize - 1, kSize), kSize);

    uint32_t sum = 0;
    for (unsigned i = 0; i < kSize; i += 4) sum += *(const uint32_t __attribute__((may_alias))*)(a + i);
    guest_check("lodsl", load_sum(a, kSize / 4), sum);
    digest = guest_mix(digest, sum);
  }
  return guest_report("memops", digest);
}
