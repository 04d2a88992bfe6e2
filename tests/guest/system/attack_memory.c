// Attacks through data accesses: flat, through paging, across borders, by string instructions, from ports.
#include "attack.h"

#include <stdlib.h>
#include <string.h>

#include "io.h"

struct region forbidden[kRegions];
uint32_t memory_end;
volatile uint32_t resume_at, trapped;

static struct frame* note(struct frame* frame) {
  if (frame->cs & 3) system_unexpected(frame);
  trapped = frame->vector;
  frame->eip = resume_at;
  return frame;
}

static uint32_t hexadecimal(const char* key) {
  const char* text = guest_option(key);
  if (!text) guest_panic("attack: window=, size= and mmio= are missing");
  return strtoul(text, 0, 16);
}

void attack_start(void) {
  struct guest_region regions[8];
  const unsigned count = guest_memory_map(regions, 8);
  for (unsigned i = 0; i < count && i < 8; ++i) {
    const uint64_t end = regions[i].base + regions[i].size;
    if (regions[i].type == kRegionAvailable && end > memory_end) memory_end = (uint32_t)end;
  }
  const uint32_t size = hexadecimal("size");
  forbidden[0] = (struct region){memory_end, size};
  forbidden[1] = (struct region){hexadecimal("window"), size};
  forbidden[2] = (struct region){hexadecimal("mmio"), kPage};
  forbidden[3] = (struct region){0xfffff000, kPage};
  system_start();
  system_handle(13, note);
  system_handle(12, note);
  system_handle(11, note);
}

void attack_data(uint32_t address) {
  uint32_t value;
  uint16_t word;
  uint8_t byte;
  for (unsigned offset = 0; offset < 4; ++offset) {
    const uint32_t at = address + 4 * offset + offset;  // aligned, and across words
    attack_word(at);
    __asm__ volatile("movw %w2, (%1)\n\tmovw (%1), %0" : "=r"(word) : "r"(at), "r"(0x1234) : "memory");
    guest_check("word", word, 0xffff);
    __asm__ volatile("movb %b2, (%1)\n\tmovb (%1), %0" : "=q"(byte) : "r"(at), "q"(0x56) : "memory");
    guest_check("byte", byte, 0xff);
    // Read and write: each computes with all ones, and nothing stays.
    value = 5;
    __asm__ volatile("addl %1, (%2)\n\txaddl %0, (%2)\n\tlock incl (%2)\n\tnotl (%2)\n\tbtsl $3, (%2)\n\tshll (%2)"
                     : "+r"(value)
                     : "r"(0x1111), "r"(at)
                     : "memory", "cc");
    guest_check("xadd", value, kNothing);
    value = 7;
    __asm__ volatile("xchgl %0, (%1)" : "+r"(value) : "r"(at) : "memory");
    guest_check("xchg", value, kNothing);
    value = kNothing;
    __asm__ volatile("cmpxchgl %2, (%1)\n\tcmpxchgl %2, (%1)" : "+a"(value) : "r"(at), "r"(3) : "memory", "cc");
    guest_check("cmpxchg", value, kNothing);
    uint32_t high = 2;
    value = 1;
    __asm__ volatile("cmpxchg8b (%2)" : "+a"(value), "+d"(high) : "r"(at), "b"(0), "c"(0) : "memory", "cc");
    guest_check("cmpxchg8b", value & high, kNothing);
    __asm__ volatile("pushl $17\n\tpopl (%1)\n\tpushl (%1)\n\tpopl %0" : "=r"(value) : "r"(at) : "memory");
    guest_check("push and pop", value, kNothing);
  }
}

void attack_pages(uint32_t stride, void (*attack)(uint32_t)) {
  for (unsigned i = 0; i < kRegions; ++i) {
    const uint32_t pages = forbidden[i].bytes / kPage;
    for (uint32_t page = 0; page < pages; ++page) {
      if (page % stride == 0 || page < 4 || page + 4 > pages || page % 256 < 2) attack(forbidden[i].start + page * kPage);
    }
  }
}

uint32_t attack_flat(unsigned n) {
  attack_pages(n < 64 ? 64 / n : 1, attack_data);
  return 1;
}

// Every page from the end of memory to 4 GiB, or some of them.
uint32_t attack_sweep(unsigned n) {
  const uint32_t stride = n < 1021 ? 1021 / n : 1;
  uint32_t count = 0;
  for (uint32_t page = memory_end / kPage; page < 0x100000; page += stride) {
    attack_word(page * kPage + (page * 36 & (kPage - 4)));
    ++count;
  }
  return count;
}

// ---- through paging: three neighbouring linear pages, the middle one on the forbidden frame
static uint8_t place[3 * kPage] __attribute__((aligned(4096)));

static void map_middle(uint32_t frame) {
  *page_entry((uint32_t)place + kPage) = frame | kPresent | kWrite;
  invlpg((uint32_t)place + kPage);
}

static void attack_frame(uint32_t frame) {
  uint8_t* const middle = place + kPage;
  map_middle(frame);
  attack_data((uint32_t)middle + 64);
  for (unsigned part = 1; part < 4; ++part) {  // bytes of a word that lie in the middle page
    uint32_t* const low = (uint32_t*)(middle + part - 4);
    uint32_t* const high = (uint32_t*)(middle + kPage - part);
    *(volatile uint32_t*)low = 0x11223344;
    *(volatile uint32_t*)high = 0x55667788;
    const uint32_t low_mask = ~0u >> 8 * part, high_mask = ~0u << 8 * part;
    guest_check("into the page", *(volatile uint32_t*)low, 0x11223344 | ~low_mask);
    guest_check("out of the page", *(volatile uint32_t*)high, (0x55667788 & high_mask) | ~high_mask);
  }
  guest_check("page before", *(volatile uint32_t*)(middle - 8), 0x01010101);
  guest_check("page after", *(volatile uint32_t*)(middle + kPage + 4), 0x02020202);
}

uint32_t attack_frames(unsigned n) {
  supervisor_start(false);
  memset(place, 1, kPage);
  memset(place + 2 * kPage, 2, kPage);
  attack_pages(n < 64 ? 64 / n : 1, attack_frame);
  return 2;
}

uint32_t attack_every_frame(unsigned n) {
  supervisor_start(false);
  const uint32_t stride = n < 1019 ? 1019 / n : 1;
  uint32_t count = 0;
  for (uint32_t frame = memory_end / kPage; frame < 0x100000; frame += stride) {
    map_middle(frame * kPage);
    attack_word((uint32_t)place + kPage + (frame * 52 & (kPage - 4)));
    ++count;
  }
  return count;
}

// Half of an access in the guest's last page, half after it; and around 4 GiB.
uint32_t attack_neighbours(unsigned n) {
  uint32_t digest = 1;
  volatile uint32_t* zero = 0;
  __asm__("" : "+r"(zero));  // the compiler would not believe it
  const uint32_t saved = *zero;
  for (unsigned i = 0; i < 20 * n; ++i) {
    for (unsigned part = 1; part < 4; ++part) {
      volatile uint32_t* const across = (volatile uint32_t*)(memory_end - part);
      *across = 0x01020304 + i;
      const uint32_t mask = ~0u << 8 * part;
      guest_check("across the end", *across, ((0x01020304 + i) & ~mask) | mask);
      digest = guest_mix(digest, *(volatile uint32_t*)(memory_end - 4));
    }
    attack_data(memory_end);
    // An access that goes past 4 GiB breaks the limit of a flat segment.
    for (uint32_t at = 0xfffffffd; at != 0; ++at) {
      uint32_t value = 0x77;
      ATTEMPT("movl (%1), %0", : "+r"(value) : "r"(at) : "memory");
      guest_check("load past 4 GiB", trapped, 13);
      guest_check("register", value, 0x77);
      ATTEMPT("movl %0, (%1)", : : "r"(value), "r"(at) : "memory");
      guest_check("store past 4 GiB", trapped, 13);
    }
    guest_check("address 0", *zero, saved);
  }
  return digest;
}

// ---- string instructions
static uint8_t here[2 * kPage] __attribute__((aligned(4096)));

static void attack_string(uint32_t address) {
  uint32_t from = address, to = (uint32_t)here, count = kPage / 4;
  memset(here, 0, sizeof here);
  __asm__ volatile("rep movsl" : "+S"(from), "+D"(to), "+c"(count) : : "memory");
  for (unsigned i = 0; i < kPage; i += 4) guest_check("movs from", *(uint32_t*)(here + i), kNothing);
  guest_check("no further", *(uint32_t*)(here + kPage), 0);
  memset(here, 0x5a, kPage);
  from = (uint32_t)here;
  to = address;
  count = kPage / 4;
  __asm__ volatile("rep movsl" : "+S"(from), "+D"(to), "+c"(count) : : "memory");
  guest_check("count", count, 0);
  from = (uint32_t)here + kPage - 1;  // backwards
  to = address + kPage - 1;
  count = 300;
  __asm__ volatile("std\n\trep movsb\n\tcld" : "+S"(from), "+D"(to), "+c"(count) : : "memory");
  to = address;
  count = kPage / 2;
  __asm__ volatile("rep stosw" : "+D"(to), "+c"(count) : "a"(0x4242) : "memory");
  to = address;
  count = kPage;
  __asm__ volatile("repe scasb" : "+D"(to), "+c"(count) : "a"(0xff) : "cc");
  guest_check("scas", count, 0);
  from = to = address;
  count = kPage / 4;
  __asm__ volatile("repe cmpsl" : "+S"(from), "+D"(to), "+c"(count) : : "cc");
  guest_check("cmps", count, 0);
  from = address;
  count = 64;
  uint32_t value = 0;
  __asm__ volatile("rep lodsl" : "+S"(from), "+c"(count), "+a"(value) : : "memory");
  guest_check("lods", value, kNothing);
  to = address + 16;
  __asm__ volatile("stosl\n\tstosw\n\tstosb" : "+D"(to) : "a"(0) : "memory");
  // From the guest's memory into what follows it, in one instruction.
  to = memory_end - 64;
  count = 64;
  __asm__ volatile("rep stosl" : "+D"(to), "+c"(count) : "a"(0x33333333) : "memory");
  guest_check("last word", *(volatile uint32_t*)(memory_end - 4), 0x33333333);
  guest_check("first word after", *(volatile uint32_t*)memory_end, kNothing);
}

uint32_t attack_strings(unsigned n) {
  attack_pages(n < 256 ? 256 / n : 1, attack_string);
  return 3;
}

// ---- ports: bytes that a device reads from there and writes to there (port 0x80: nothing listens)
static void attack_port(uint32_t address) {
  uint32_t from = address, to = address, count = 16;
  __asm__ volatile("rep outsb" : "+S"(from), "+c"(count) : "d"(0x80) : "memory");
  count = 16;
  __asm__ volatile("rep insb" : "+D"(to), "+c"(count) : "d"(0x80) : "memory");
  __asm__ volatile("outsl\n\tinsl" : "+S"(from), "+D"(to) : "d"(0x80) : "memory");
  attack_word(address);
}

uint32_t attack_ports(unsigned n) {
  attack_pages(n < 128 ? 128 / n : 1, attack_port);
  return 4;
}
