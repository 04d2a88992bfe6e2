// Doubles and floats through GCC's soft-float routines: long, branchy integer code.
#include "runtime.h"

static uint64_t bits(double d) {
  uint64_t u;
  memcpy(&u, &d, sizeof u);
  return u;
}

int main(void) {
  double x = 0.1, sum = 0;
  float f = 1.5f;
  for (int i = 1; i < 400; i++) {
    x = 3.7 * x * (1 - x);
    sum += x / i - (double)f * 0.001;
    f = f * 1.0001f + (float)(i % 5) / 3.0f;
    if (i % 50 == 0) put_hex64(bits(x)), put_hex64(bits(sum)), put_hex((uint32_t)(int32_t)(sum * 1e6));
  }
  put_hex64(bits((double)f));
  return x > 0.5;
}
