// A loop whose first instruction lies in two pages, executed n times. With `paging=1` under page tables, where it also
// rests on where its second page is.
#include <string.h>

#include "system.h"

enum { kTables = 4, kEntries = 1024 };
static uint32_t directory[kEntries] __attribute__((aligned(kPage)));
static uint32_t tables[kTables][kEntries] __attribute__((aligned(kPage)));
static uint8_t code[2 * kPage] __attribute__((aligned(kPage)));

static void start_paging(void) {
  for (uint32_t i = 0; i < kTables; ++i) {
    directory[i] = (uint32_t)tables[i] | kPresent | kWrite;
    for (uint32_t k = 0; k < kEntries; ++k) tables[i][k] = i << 22 | k << 12 | kPresent | kWrite;
  }
  write_cr3((uint32_t)directory);
  write_cr0(read_cr0() | kCr0Paging);
}

int main(void) {
  // add eax, 0x04030201 (two bytes of it in the second page); dec ecx; jnz to it; ret
  static const uint8_t loop[] = {0x05, 0x01, 0x02, 0x03, 0x04, 0x49, 0x75, 0xf8, 0xc3};
  const uint32_t times = guest_scale(1000);
  if (guest_option("paging")) start_paging();
  uint8_t* const entry = code + kPage - 3;
  memcpy(entry, loop, sizeof loop);
  uint32_t sum = 0, left = times;
  __asm__ volatile("call *%2" : "+a"(sum), "+c"(left) : "r"(entry) : "memory", "cc");
  guest_check("sum", sum, 0x04030201 * times);
  return guest_report("crossing", sum);
}
