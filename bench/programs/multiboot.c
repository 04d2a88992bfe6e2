// What the loader hands over: magic, memory map, command line, modules, zeroed bss, initialised data; and port 0xe9.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"

extern char guest_image_start[], guest_image_end[];
static uint32_t zeroed[1000];
static uint32_t initialised[] = {0x12345678, 0x9abcdef0};

static void check_map(void) {
  struct guest_region regions[32];
  unsigned count = guest_memory_map(regions, 32);
  bool image_inside = false;
  if (!count || count > 32) guest_fail("memory map entries", count, 1);
  for (unsigned i = 0; i < count && i < 32; ++i) {
    uint64_t end = regions[i].base + regions[i].size;
    if (end < regions[i].base) guest_fail("region wraps", i, 0);
    if (regions[i].type == kRegionAvailable && regions[i].base <= (uintptr_t)guest_image_start &&
        end >= (uintptr_t)guest_image_end) {
      image_inside = true;
    }
    for (unsigned j = 0; j < i; ++j) {
      bool apart = end <= regions[j].base || regions[j].base + regions[j].size <= regions[i].base;
      if (!apart && regions[i].type == kRegionAvailable && regions[j].type == kRegionAvailable) {
        guest_fail("regions overlap", i, j);
      }
    }
  }
  guest_check("image in available memory", image_inside, 1);
}

int main(void) {
  uint32_t digest = 0;
  guest_check("magic", guest_boot_magic(), 0x2badb002);
  check_map();
  for (unsigned i = 0; i < 1000; ++i) guest_check("bss", zeroed[i], 0);
  guest_check("data", initialised[0] + initialised[1], 0xacf13568);
  const char* word = guest_option("word");
  printf("word: %s\n", word ? word : "(none)");
  printf("modules: %u\n", guest_module_count());
  for (unsigned i = 0; i < guest_module_count(); ++i) {
    struct guest_module module = guest_module(i);
    uint32_t sum = 0;
    for (size_t j = 0; j < module.size; ++j) sum = guest_mix(sum, module.data[j]);
    printf("module %u: %u bytes, digest %08x\n", i, (unsigned)module.size, (unsigned)sum);
    if ((uintptr_t)module.data & 0xfff) guest_fail("module on a page", (uint32_t)(uintptr_t)module.data, 0);
    digest = guest_mix(digest, sum);
  }
  // the heap must not touch what the loader has left
  for (int i = 0; i < 8; ++i) {
    char* block = malloc(40000);
    if (!block) guest_panic("out of memory");
    memset(block, 0xa5, 40000);
  }
  const char* again = guest_option("word");
  digest = guest_mix(digest, again ? (uint32_t)strlen(again) : 0);
  for (const char* p = "port 0xe9 prints, too\n"; *p; ++p) guest_debug_putc(*p);
  return guest_report("multiboot", digest);
}
