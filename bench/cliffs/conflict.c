// Blocks that take turns, 0x1001 bytes apart: a direct-mapped table of 4096 entries by EIP ^ EIP >> 12 has one entry for
// all of them. A profile that forgets at a conflict interprets them however often they run.
#include <string.h>

#include "guest.h"

enum { kBlocks = 16, kDistance = 0x1001, kAlignment = 0x10000 };

static uint8_t area[2 * kAlignment];

int main(void) {
  const unsigned rounds = guest_scale(1000);
  const unsigned used = guest_option("pair") != NULL ? 2 : kBlocks;
  uint8_t* const blocks = (uint8_t*)(((uintptr_t)area + kAlignment - 1) & ~(uintptr_t)(kAlignment - 1));
  for (unsigned block = 0; block < used; ++block) {
    const uint8_t code[] = {0x83, 0xc0, (uint8_t)block, 0xc3};  // add eax, block; ret
    memcpy(blocks + kDistance * block, code, sizeof code);
  }
  uint32_t sum = 0;
  for (unsigned round = 0; round < rounds; ++round) {
    for (unsigned block = 0; block < used; ++block) {
      __asm__ volatile("call *%1" : "+a"(sum) : "r"(blocks + kDistance * block) : "cc", "memory");
    }
  }
  guest_check("sum", sum, rounds * (used * (used - 1) / 2));
  return guest_report("conflict", sum);
}
