// A loop that counts in a word of its own granule, n times: data beside code that does not change.
#include "guest.h"

int main(void) {
  const uint32_t times = guest_scale(2000);
  uint32_t left = times, count;
  __asm__ volatile(
      ".pushsection .text.granule, \"ax\"\n\t.balign 64\n"
      "granule_loop:\n\tincl granule_word\n\tdecl %%ecx\n\tjnz granule_loop\n\tret\n\t.balign 4\n"
      "granule_word: .long 0\n\t.balign 64\n\t.popsection\n\t"
      "call granule_loop\n\tmovl granule_word, %0"
      : "=r"(count), "+c"(left)
      :
      : "cc", "memory");
  guest_check("count", count, times);
  return guest_report("granule", count);
}
