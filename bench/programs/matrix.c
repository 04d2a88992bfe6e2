// Integer matrices: product (with the law of associativity as its check), transposition, determinant modulo a prime.
#include "guest.h"

enum { kSize = 10 };
static const uint32_t kPrime = 65521;
typedef uint32_t matrix[kSize][kSize];

static void multiply(matrix to, matrix a, matrix b) {
  for (int i = 0; i < kSize; ++i) {
    for (int j = 0; j < kSize; ++j) {
      uint32_t sum = 0;
      for (int k = 0; k < kSize; ++k) sum += a[i][k] * b[k][j];
      to[i][j] = sum;
    }
  }
}

static void transpose(matrix to, matrix a) {
  for (int i = 0; i < kSize; ++i) {
    for (int j = 0; j < kSize; ++j) to[j][i] = a[i][j];
  }
}

static uint32_t power(uint32_t base, uint32_t exponent) {
  uint32_t result = 1;
  for (; exponent; exponent >>= 1, base = (uint32_t)((uint64_t)base * base % kPrime)) {
    if (exponent & 1) result = (uint32_t)((uint64_t)result * base % kPrime);
  }
  return result;
}

static uint32_t determinant(matrix a) {
  matrix m;
  for (int i = 0; i < kSize; ++i) {
    for (int j = 0; j < kSize; ++j) m[i][j] = a[i][j] % kPrime;
  }
  uint32_t result = 1;
  for (int column = 0; column < kSize; ++column) {
    int pivot = column;
    while (pivot < kSize && !m[pivot][column]) ++pivot;
    if (pivot == kSize) return 0;
    if (pivot != column) {
      for (int j = 0; j < kSize; ++j) {
        uint32_t held = m[pivot][j];
        m[pivot][j] = m[column][j];
        m[column][j] = held;
      }
      result = kPrime - result;
    }
    result = (uint32_t)((uint64_t)result * m[column][column] % kPrime);
    uint32_t inverse = power(m[column][column], kPrime - 2);
    for (int i = column + 1; i < kSize; ++i) {
      uint32_t factor = (uint32_t)((uint64_t)m[i][column] * inverse % kPrime);
      for (int j = column; j < kSize; ++j) m[i][j] = (m[i][j] + (kPrime - factor) * m[column][j] % kPrime) % kPrime;
    }
  }
  return result % kPrime;
}

int main(void) {
  static matrix a, b, c, ab, bc, left, right, turned;
  uint32_t state = 99, digest = 0;
  for (unsigned n = guest_scale(40); n; --n) {
    for (int i = 0; i < kSize; ++i) {
      for (int j = 0; j < kSize; ++j) {
        a[i][j] = guest_random(&state) & 0xff;
        b[i][j] = guest_random(&state) & 0xff;
        c[i][j] = guest_random(&state);
      }
    }
    multiply(ab, a, b);
    multiply(bc, b, c);
    multiply(left, ab, c);
    multiply(right, a, bc);
    for (int i = 0; i < kSize; ++i) {
      for (int j = 0; j < kSize; ++j) {
        guest_check("associativity", left[i][j], right[i][j]);
        digest = guest_mix(digest, left[i][j]);
      }
    }
    uint32_t da = determinant(a);
    transpose(turned, a);
    guest_check("transposed determinant", determinant(turned), da);
    digest = guest_mix(digest, da);
    // |AB| = |A||B|; products of bytes summed ten times stay exact in 32 bits
    if (n % 4 == 0) guest_check("product", determinant(ab), (uint32_t)((uint64_t)da * determinant(b) % kPrime));
  }
  return guest_report("matrix", digest);
}
