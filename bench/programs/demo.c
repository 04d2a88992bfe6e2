// What `make run` shows: a greeting, the Mandelbrot set in fixed point, some generations of Life, primes, a sort and a
// checksum, printed as they come. n= scales the work; n=3, the standard, is about half a million instructions.
#include <stdio.h>
#include <string.h>

#include "guest.h"

enum { kColumns = 64, kRows = 16 };

static uint32_t mandelbrot(unsigned depth) {
  static const char shades[] = " .:-=+*%@#";
  uint32_t digest = 1;
  for (int row = 0; row < kRows; ++row) {
    char line[kColumns + 1];
    int ci = (row - kRows / 2) * 614;  // 20.12 fixed point
    for (int column = 0; column < kColumns; ++column) {
      int cr = column * 192 - 8704;
      int zr = 0, zi = 0;
      unsigned step = 0;
      while (step < depth) {
        int rr = (zr * zr) >> 12, ii = (zi * zi) >> 12;
        if (rr + ii > 4 << 12) break;
        zi = ((zr * zi) >> 11) + ci;
        zr = rr - ii + cr;
        ++step;
      }
      line[column] = shades[step * 9 / depth];
      digest = guest_mix(digest, step);
    }
    line[kColumns] = 0;
    puts(line);
  }
  return digest;
}

enum { kLife = 20 };

static unsigned life(unsigned generations) {
  static char now[kLife][kLife], then[kLife][kLife];
  static const uint8_t glider[5][2] = {{0, 1}, {1, 2}, {2, 0}, {2, 1}, {2, 2}};
  for (unsigned i = 0; i < 5; ++i) now[glider[i][0]][glider[i][1]] = 1;
  for (unsigned i = 0; i < 3; ++i) now[12][10 + i] = 1;
  for (unsigned g = 0; g < generations; ++g) {
    for (unsigned y = 0; y < kLife; ++y) {
      const char *above = now[y ? y - 1 : kLife - 1], *row = now[y], *below = now[y + 1 < kLife ? y + 1 : 0];
      for (unsigned x = 0; x < kLife; ++x) {
        unsigned left = x ? x - 1 : kLife - 1, right = x + 1 < kLife ? x + 1 : 0;
        int n = above[left] + above[x] + above[right] + row[left] + row[right] + below[left] + below[x] + below[right];
        then[y][x] = n == 3 || (n == 2 && row[x]);
      }
    }
    memcpy(now, then, sizeof now);
  }
  unsigned alive = 0;
  for (unsigned y = 0; y < kLife; ++y) {
    for (unsigned x = 0; x < kLife; ++x) alive += (unsigned)now[y][x];
  }
  return alive;
}

static unsigned primes_below(unsigned limit) {
  static uint8_t composite[8192];
  unsigned count = 0;
  memset(composite, 0, limit);
  for (unsigned i = 2; i < limit; ++i) {
    if (composite[i]) continue;
    ++count;
    for (unsigned j = i * i; j < limit; j += i) composite[j] = 1;
  }
  return count;
}

static void sort(uint32_t* values, int low, int high) {
  while (low < high) {
    uint32_t pivot = values[(low + high) / 2];
    int i = low, j = high;
    while (i <= j) {
      while (values[i] < pivot) ++i;
      while (values[j] > pivot) --j;
      if (i <= j) {
        uint32_t held = values[i];
        values[i++] = values[j];
        values[j--] = held;
      }
    }
    sort(values, low, j);
    low = i;
  }
}

static uint32_t crc32(const uint8_t* data, size_t size) {
  uint32_t crc = ~0u;
  for (size_t i = 0; i < size; ++i) {
    crc ^= data[i];
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0xedb88320u & (0u - (crc & 1)));
  }
  return ~crc;
}

int main(void) {
  unsigned n = guest_scale(3);
  printf("Veil: an x86 guest on a RISC-V VLIW core (scale %u)\n\n", n);
  uint32_t digest = mandelbrot(8 * n);
  printf("\nLife on a %dx%d torus: ", kLife, kLife);
  unsigned alive = life(n);
  printf("%u cells alive after %u generations\n", alive, n);
  guest_check("alive", alive, 8);
  printf("Primes: ");
  unsigned primes = primes_below(2000);
  printf("%u below 2000\n", primes);
  guest_check("primes", primes, 303);

  static uint32_t values[512];
  uint32_t state = 2026, sum = 0, sum_after = 0;
  for (unsigned i = 0; i < 512; ++i) sum += values[i] = guest_random(&state);
  sort(values, 0, 511);
  for (unsigned i = 0; i < 512; ++i) {
    sum_after += values[i];
    if (i && values[i - 1] > values[i]) guest_fail("order", values[i - 1], values[i]);
  }
  guest_check("sum", sum_after, sum);
  printf("Sorted 512 numbers: %08x .. %08x\n", (unsigned)values[0], (unsigned)values[511]);

  uint32_t crc = crc32((const uint8_t*)"123456789", 9);
  guest_check("crc", crc, 0xcbf43926);
  crc = crc32((const uint8_t*)values, n * 256 < sizeof values ? n * 256 : sizeof values);
  printf("CRC-32: %08x\n\n", (unsigned)crc);
  digest = guest_mix(guest_mix(digest, alive), crc);
  return guest_report("demo", digest);
}
