// One basic block of 4,000 instructions, executed n times. What it costs to find out that it is hot must grow with its
// length, not with the square of it.
#include "guest.h"

enum { kInstructions = 4000 };

int main(void) {
  const unsigned times = guest_scale(100);
  uint32_t sum = 0;
  for (unsigned n = 0; n < times; ++n) {
    // Two bytes each, at even addresses: none crosses a page.
    uint32_t value = n;
    __asm__ volatile(
        ".balign 2\n\t"
        ".rept 2000\n\t"
        "addl %1, %0\n\t"
        "incb %b1\n\t"
        ".endr"
        : "+r"(sum), "+q"(value)
        :
        : "cc");
  }
  uint32_t wanted = 0;
  for (unsigned n = 0; n < times; ++n) {
    for (unsigned k = 0; k < kInstructions / 2; ++k) wanted += (n & ~0xffu) | ((n + k) & 0xff);
  }
  guest_check("sum", sum, wanted);
  return guest_report("straight", sum);
}
