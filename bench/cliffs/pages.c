// Where pages lie must not matter: sums a word of each of `pages` pages again and again, with flat addresses or
// (`paging=1`) through page tables in which every 16 MiB of linear addresses are the same memory.
//   stride=N     pages 2^N pages apart; stride=all: N = 0 to 14 in turn
//   stride=none  at random places
//   span=N       with stride=none: of that many pages (2^13 if nothing is said)
#include <stdlib.h>
#include <string.h>

#include "guest.h"
#include "system.h"

enum { kMaxPages = 4096, kTables = 4, kEntries = 1024, kStrides = 15, kLine = 32, kFirst = 4 << 20 };

static uint32_t directory[kEntries] __attribute__((aligned(kPage)));
static uint32_t tables[kTables][kEntries] __attribute__((aligned(kPage)));
static const volatile uint32_t* places[kMaxPages];

static void start_paging(void) {
  for (unsigned i = 0; i < kTables * kEntries; ++i)
    tables[i / kEntries][i % kEntries] = i * kPage | kPresent | kWrite | kAccessed | kDirty;
  for (unsigned i = 0; i < kEntries; ++i) directory[i] = (uint32_t)tables[i % kTables] | kPresent | kWrite | kAccessed;
  write_cr3((uint32_t)directory);
  write_cr0(read_cr0() | kCr0Paging);
}

// A line of its own in the data cache for each page, as far as it goes.
static void place(unsigned index, uint32_t page) {
  places[index] = (const volatile uint32_t*)(page * kPage + index * kLine % kPage);
}

static uint32_t __attribute__((noinline)) sum(unsigned pages, unsigned rounds) {
  uint32_t total = 0;
  for (; rounds != 0; --rounds) {
    for (unsigned i = 0; i < pages; ++i) total += *places[i];
  }
  return total;
}

static unsigned number(const char* key, unsigned standard) {
  const char* const text = guest_option(key);
  return text != NULL ? (unsigned)strtoul(text, NULL, 10) : standard;
}

int main(void) {
  const unsigned rounds = guest_scale(100), pages = number("pages", 4), span = number("span", 1u << 13);
  if (pages > kMaxPages) guest_panic("too many pages");
  char stride[8] = "0";
  const char* const text = guest_option("stride");
  if (text != NULL) strncpy(stride, text, sizeof stride - 1);
  if (number("paging", 0) != 0) start_paging();
  uint32_t total = 0;
  if (strcmp(stride, "none") == 0) {
    uint32_t seed = 1;
    for (unsigned i = 0; i < pages; ++i)
      place(i, (kFirst / kPage) + guest_random(&seed) % (span - 2 * (kFirst / kPage)));
    total = sum(pages, rounds);
  } else {
    const bool all = strcmp(stride, "all") == 0;
    const unsigned first = all ? 0 : (unsigned)strtoul(stride, NULL, 10), last = all ? kStrides - 1 : first;
    for (unsigned n = first; n <= last; ++n) {
      for (unsigned i = 0; i < pages; ++i) place(i, (kFirst / kPage) + (i << n));
      total += sum(pages, rounds);
    }
  }
  return guest_report("pages", total);
}
