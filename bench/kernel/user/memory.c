// Programs about memory: lazy pages, stacks that grow, copy on write.
#include "user.h"

enum { kPageBytes = 4096 };

uint32_t program_lazy(unsigned n) {
  const unsigned pages = 4 * n < 64 ? 4 * n : 64;
  const uint32_t before = call0(kCallPages);
  uint8_t* const heap = (uint8_t*)call2(kCallGrow, 2 * pages * kPageBytes, 0);
  check("nothing yet", call0(kCallPages), before);
  uint32_t sum = 0;
  for (unsigned i = 0; i < pages; ++i) sum += heap[2 * i * kPageBytes + 17 * i];  // every other page
  check("zeros", sum, 0);
  report("pages touched", call0(kCallPages) - before);
  // Words across the border of a page that is there and one that is not.
  for (unsigned i = 0; i + 1 < pages; ++i) {
    *(uint32_t*)(heap + (2 * i + 1) * kPageBytes - 3) = 0x01020304 + i;
    sum += *(uint32_t*)(heap + (2 * i + 1) * kPageBytes - 3);
  }
  check("words across a border", sum, (pages - 1) * 0x01020304 + (pages - 1) * (pages - 2) / 2);
  report("pages in the end", call0(kCallPages) - before);
  // One string instruction over all of them.
  uint8_t* to = heap;
  uint32_t count = 2 * pages * kPageBytes / 4;
  __asm__ volatile("rep stosl" : "+D"(to), "+c"(count) : "a"(0x5a5a5a5a) : "memory");
  check("count", count, 0);
  check("end", (uint32_t)to, (uint32_t)heap + 2 * pages * kPageBytes);
  check("last byte", heap[2 * pages * kPageBytes - 1], 0x5a);
  return 0;
}

static __attribute__((noinline)) uint32_t deep(uint32_t depth) {
  volatile uint32_t local[64];
  for (unsigned i = 0; i < 64; i += 16) local[i] = depth + i;
  if (depth == 0) return local[48];
  return deep(depth - 1) + local[0];
}

uint32_t program_stack(unsigned n) {
  const uint32_t depth = 40 * (n < 16 ? n : 16);
  const uint32_t before = call0(kCallPages);
  report("sum of all depths", deep(depth));
  report("stack has grown", call0(kCallPages) - before >= depth * 256 / kPageBytes);
  const uint32_t child = call0(kCallFork);
  if (!child) leave(deep(100000));
  check("endless recursion is a page fault", wait_for(child), kKilled | 14);
  return 0;
}

static uint32_t data[3 * 1024] = {1, 2, 3, 4};  // writable pages of the image

uint32_t program_copies(unsigned n) {
  (void)n;
  const uint32_t before = call0(kCallPages);
  data[0] = 10;
  report("pages of data written", call0(kCallPages) - before);
  volatile uint32_t* const shared = (volatile uint32_t*)kUserShared;
  *shared = 1;
  const uint32_t child = call0(kCallFork);
  if (!child) {
    check("child sees data", data[0] * 100 + data[1], 1002);
    data[0] = 20;
    data[1024] = 21;
    *shared = 7;
    // The kernel writes where the child may not yet: WP makes it fault, too.
    const uint32_t grandchild = call0(kCallFork);
    if (!grandchild) leave(data[0] + data[1024]);
    call2(kCallWait, grandchild, (uint32_t)&data[1]);
    check("grandchild", data[1], 41);
    leave(wrong ? 1 : data[0] + data[1024] + data[1]);
  }
  check("child", wait_for(child), 82);
  check("parent's data stays", data[0] * 100 + data[1], 1002);
  check("second page", data[1024], 0);
  check("shared page", *shared, 7);
  report("parent's sum", data[0] + data[1] + data[2] + data[3]);
  return 0;
}
