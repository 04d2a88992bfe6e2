// 64-bit arithmetic: carries, products, shifts, comparisons, division, a 256-bit accumulator; checked by identities.
#include "guest.h"

struct big {
  uint32_t word[8];
};

static uint32_t big_add(struct big* a, const struct big* b) {
  uint64_t carry = 0;
  for (int i = 0; i < 8; ++i) {
    carry += (uint64_t)a->word[i] + b->word[i];
    a->word[i] = (uint32_t)carry;
    carry >>= 32;
  }
  return (uint32_t)carry;
}

static uint32_t big_subtract(struct big* a, const struct big* b) {
  uint32_t borrow = 0;
  for (int i = 0; i < 8; ++i) {
    uint64_t difference = (uint64_t)a->word[i] - b->word[i] - borrow;
    a->word[i] = (uint32_t)difference;
    borrow = (uint32_t)(difference >> 32) & 1;
  }
  return borrow;
}

static uint64_t random64(uint32_t* state) {
  uint64_t high = guest_random(state);
  return high << 32 | guest_random(state);
}

// (a * b) mod m by doubling, for m < 2^63
static uint64_t multiply_mod(uint64_t a, uint64_t b, uint64_t m) {
  uint64_t result = 0;
  for (; b; b >>= 1) {
    if (b & 1) result = result + a >= m ? result + a - m : result + a;
    a = a + a >= m ? a + a - m : a + a;
  }
  return result;
}

int main(void) {
  uint32_t state = 0xabcdef, digest = 0;
  struct big sum = {{0}};
  for (unsigned n = guest_scale(40); n; --n) {
    for (unsigned round = 0; round < 25; ++round) {
      uint64_t a = random64(&state), b = random64(&state) >> (guest_random(&state) >> 26);
      unsigned shift = guest_random(&state) & 63;
      if (!b) b = 1;
      uint64_t quotient = a / b, rest = a % b;
      guest_check("division", (uint32_t)((quotient * b + rest) ^ a) | (uint32_t)((quotient * b + rest) >> 32 ^ a >> 32),
                  0);
      if (rest >= b) guest_fail("remainder", (uint32_t)rest, (uint32_t)b);
      uint64_t rotated = shift ? a << shift | a >> (64 - shift) : a;
      uint64_t back = shift ? rotated >> shift | rotated << (64 - shift) : rotated;
      guest_check("rotation", back == a, 1);
      int64_t s = (int64_t)a, t = (int64_t)b;
      guest_check("signed order", s < t, (a ^ 1ull << 63) < (b ^ 1ull << 63));
      guest_check("arithmetic shift", (uint32_t)(s >> shift), (uint32_t)(s < 0 ? ~(~a >> shift) : a >> shift));
      if (t > 1) guest_check("signed division", (uint32_t)(s / t * t + s % t), (uint32_t)a);
      guest_check("negation", -s + s == 0, 1);
      struct big term = {{(uint32_t)a, (uint32_t)(a >> 32), ~0u, (uint32_t)b, ~0u, (uint32_t)(b >> 32), shift, ~0u}};
      struct big before = sum;
      uint32_t carry = big_add(&sum, &term);
      struct big undone = sum;
      guest_check("borrow is carry", big_subtract(&undone, &term), carry);
      for (int i = 0; i < 8; ++i) guest_check("undone", undone.word[i], before.word[i]);
      digest = guest_mix(digest, (uint32_t)quotient ^ (uint32_t)(rest >> 32) ^ sum.word[7]);
    }
    uint64_t m = (random64(&state) >> 1) | 1, x = random64(&state) % m, y = random64(&state) % m;
    uint64_t product = multiply_mod(x, y, m);
    guest_check("commutative", multiply_mod(y, x, m) == product, 1);
    digest = guest_mix(digest, (uint32_t)(product >> 32) ^ (uint32_t)product);
  }
  return guest_report("wide", digest);
}
