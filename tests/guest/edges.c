// The places where the firmware has to step in: faults without a handler, instructions that do not exist, hlt, addresses
// without memory, more stores than the store buffer holds. `do=` of the command line says which.
#include <string.h>

#include "system.h"

enum { kNoMemory = 0xa0000000u };  // above any DRAM

static uint8_t room[256] __attribute__((aligned(64)));

static uint32_t load(uint32_t address) {
  uint32_t value;
  __asm__ volatile("movl (%1), %0" : "=r"(value) : "r"(address) : "memory");
  return value;
}

static void store(uint32_t address, uint32_t value) {
  __asm__ volatile("movl %0, (%1)" : : "r"(value), "r"(address) : "memory");
}

// Reads all ones, writes are lost; also where an access is half in memory, and from code that has become hot.
static uint32_t no_memory(void) {
  uint32_t digest = 1;
  struct guest_region regions[8];
  const unsigned count = guest_memory_map(regions, 8);
  uint32_t end = 0;
  for (unsigned i = 0; i < count; ++i) {
    if (regions[i].type == kRegionAvailable && regions[i].base + regions[i].size > end) {
      end = (uint32_t)(regions[i].base + regions[i].size);
    }
  }
  for (unsigned n = 0; n < 100; ++n) {
    store(kNoMemory + 4 * n, n);
    guest_check("no memory", load(kNoMemory + 4 * n), 0xffffffff);
    uint16_t word;
    uint8_t byte;
    __asm__ volatile("movw (%1), %0" : "=r"(word) : "r"(kNoMemory + n) : "memory");
    __asm__ volatile("movb (%1), %0" : "=q"(byte) : "r"(kNoMemory + n) : "memory");
    guest_check("no memory, word", word, 0xffff);
    guest_check("no memory, byte", byte, 0xff);
    store(end - 4, 0x11223344 + n);
    store(end - 2, 0x55667788);
    guest_check("half", load(end - 4), 0x77880000u + ((0x11223344 + n) & 0xffff));
    guest_check("other half", load(end - 2), 0xffff7788);
    digest = guest_mix(digest, load(end - 4));
  }
  return digest;
}

// Thirty pushes in a row, to an address that splits each of them: twice the store buffer and more; then pusha.
static uint32_t many_stores(void) {
  uint32_t digest = 2;
  for (unsigned n = 0; n < 60; ++n) {
    memset(room, 0, sizeof room);
    uint32_t saved;
    __asm__ volatile(
        "movl %%esp, %0\n\tmovl %1, %%esp\n\t"
        ".rept 30\n\tpushl %2\n\t.endr\n\t"
        "movl %0, %%esp"
        : "=&r"(saved)
        : "r"(room + 201), "r"(n * 0x01010101u)
        : "memory");
    for (unsigned i = 0; i < 30; ++i) {
      uint32_t value;
      memcpy(&value, room + 201 - 4 * (i + 1), 4);
      guest_check("push", value, n * 0x01010101u);
    }
    __asm__ volatile(
        "movl %%esp, %0\n\tmovl %1, %%esp\n\tpushal\n\tmovl %0, %%esp"
        : "=&S"(saved)
        : "D"(room + 199), "a"(n), "c"(n + 1), "d"(n + 2), "b"(n + 3)
        : "memory");
    uint32_t value;
    memcpy(&value, room + 199 - 4, 4);
    guest_check("pusha, eax", value, n);
    memcpy(&value, room + 199 - 16, 4);
    guest_check("pusha, ebx", value, n + 3);
    memcpy(&value, room + 199 - 32, 4);
    guest_check("pusha, edi", value, (uint32_t)(room + 199));
    digest = guest_mix(digest, value);
  }
  return digest;
}

// Faults in code that has been executed often enough to be translated.
static void divide_by(volatile uint32_t* divisor) {
  for (unsigned n = 200; n-- > 0;) {
    *divisor = n;
    __asm__ volatile("xorl %%edx, %%edx\n\tmovl $1000, %%eax\n\tdivl %0" : : "m"(*divisor) : "eax", "edx", "cc");
  }
}

// A handler of every vector that is an undefined instruction itself, on a stack with room for thousands of frames: the
// guest's own matter, until the stack ends.
enum { kFloor = 4096, kDepth = 65536 };
static uint8_t deep[kFloor + kDepth] __attribute__((aligned(4096)));
extern const uint8_t undefined_handler[];
__asm__(".text\nundefined_handler: ud2\n");

static void recursion(void) {
  system_start();
  for (unsigned n = 0; n < 256; ++n) {
    const uint32_t at = (uint32_t)undefined_handler;
    system_idt[n] = (struct descriptor){kKernelCode << 16 | (at & 0xffff), (at & 0xffff0000) | 0x8e00};
  }
  const uint32_t limit = ((uint32_t)deep + kFloor) / 4096 - 1;  // valid offsets are above it
  system_gdt[kFirstFree / 8] = system_descriptor(0, limit, kAccessData | kAccessDown, kFlagBig | kFlagPages);
  __asm__ volatile("movl %0, %%ss\n\tmovl %1, %%esp\n\tud2" : : "r"(kFirstFree), "r"(deep + kFloor + kDepth) : "memory");
}

int main(void) {
  const char* what = guest_option("do");
  if (what == NULL) return guest_report("edges", 0);
  if (strcmp(what, "nomemory") == 0) return guest_report("edges", no_memory());
  if (strcmp(what, "stores") == 0) return guest_report("edges", many_stores());
  static uint32_t divisor;
  if (strcmp(what, "divide") == 0) divide_by(&divisor);
  if (strcmp(what, "ud") == 0) __asm__ volatile("ud2");
  if (strcmp(what, "int") == 0) __asm__ volatile("int $0x80");
  if (strcmp(what, "x87") == 0) __asm__ volatile("fldz");
  if (strcmp(what, "hlt") == 0) __asm__ volatile("cli\n\thlt");
  if (strcmp(what, "recursion") == 0) recursion();
  if (strcmp(what, "jump") == 0) __asm__ volatile("jmp *%0" : : "r"(kNoMemory));
  return 1;
}
