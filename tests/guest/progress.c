// Single instructions that no table of the processor may be large enough for: pages that a simple TLB keeps in one set, more
// stores than the store buffer holds, pages that the supervisor writes and the user reads in the same instruction. Each
// must be done, and done right, however the machine does it.
#include <string.h>

#include "system/supervisor.h"

// Pages at this distance have the same low bits of the page number: what a simple table takes its index from.
enum { kSets = 64, kDistance = kSets * kPage, kWays = 4, kUserVector = 0x83 };
static uint8_t arena[kWays * kDistance] __attribute__((aligned(kPage)));

// Same offset in each way, across the end of a page: two sets, every access in both.
static uint8_t* place(unsigned way, unsigned offset) { return arena + way * kDistance + 8 * kPage - 8 + offset; }

static uint32_t fill(void) {
  for (unsigned way = 0; way < kWays; ++way) {
    for (unsigned i = 0; i < 64; ++i) place(way, i)[0] = (uint8_t)(way * 64 + i * 7);
  }
  return 0;
}

static uint32_t digest_of(unsigned way) {
  uint32_t digest = way;
  for (unsigned i = 0; i < 64; ++i) digest = guest_mix(digest, place(way, i)[0]);
  return digest;
}

// Memory to memory, and a stack, in pages of one set.
static uint32_t one_set(void) {
  uint32_t digest = 0;
  for (unsigned offset = 0; offset < 8; ++offset) {
    fill();
    uint8_t *from = place(0, offset), *to = place(1, 7 - offset), *stack = place(2, offset + 20), *other = place(3, offset);
    uint32_t count = 5;
    __asm__ volatile("rep movsl" : "+S"(from), "+D"(to), "+c"(count) : : "memory");
    __asm__ volatile(
        "xchgl %%esp, %0\n\tpushl (%1)\n\tpopl 16(%1)\n\tpushl 4(%1)\n\tpushl 8(%1)\n\tpopl (%1)\n\txchgl %%esp, %0"
        : "+S"(stack)
        : "D"(other)
        : "memory");
    for (unsigned way = 0; way < kWays; ++way) digest = guest_mix(digest, digest_of(way));
  }
  return digest;
}

// Sixteen and more unaligned stores in one instruction, across a page.
static uint32_t many_stores(void) {
  uint32_t digest = 0;
  for (unsigned offset = 0; offset < 8; ++offset) {
    fill();
    uint8_t* stack = place(1, offset + 24);
    __asm__ volatile("xchgl %%esp, %0\n\tpushal\n\tpopal\n\txchgl %%esp, %0" : "+S"(stack) : : "memory");
    // Its stack pointer is the same in every run; the rest are registers of the compiler's, which the digest leaves out.
    uint8_t* before = place(1, offset + 24 - 20);
    digest = guest_mix(digest, *(volatile uint32_t*)before == (uint32_t)place(1, offset + 24));
    stack = place(2, offset + 40);
    __asm__ volatile(
        "xchgl %%esp, %0\n\tpushl %%ebp\n\tmovl %%esp, %%ebp\n\tenter $8, $6\n\tleave\n\tpopl %%ebp\n\txchgl %%esp, %0"
        : "+S"(stack)
        :
        : "memory");
    for (unsigned way = 0; way < kWays; ++way) {
      if (way != 1 && way != 2) digest = guest_mix(digest, digest_of(way));
    }
  }
  return digest;
}

// enter with every nesting level: up to 33 pushes, and as many loads of links.
static uint32_t enter_levels(void) {
  static uint8_t code[] = {0x89, 0xe6, 0x89, 0xef, 0x89, 0xd4, 0x89, 0xdd,  // mov esp, esi; ebp, edi; edx, esp; ebx, ebp
                           0xc8, 0x10, 0x00, 0x00, 0x89, 0xe0, 0x89, 0xe9,  // enter $16, $level; mov esp, eax; ebp, ecx
                           0x89, 0xf4, 0x89, 0xfd, 0xc3};                   // mov esi, esp; edi, ebp; ret
  enum { kLevel = 11, kWords = 64 };
  uint32_t digest = 0;
  for (unsigned level = 0; level < 32; ++level) {
    code[kLevel] = (uint8_t)level;
    fill();
    uint8_t *stack = place(1, (level * 5) % 16 + 48), *links = place(2, level % 8 + 40);
    for (unsigned n = 0; n < kWords; ++n) ((uint32_t*)links)[-(int)n] = n * 0x01010101u;
    uint32_t esp, ebp;
    __asm__ volatile("call %c4" : "=&a"(esp), "=&c"(ebp) : "d"(stack), "b"(links), "i"(code) : "esi", "edi", "memory");
    guest_check("enter, esp", (uint32_t)stack - esp, 20 + 4 * level);
    guest_check("enter, ebp", (uint32_t)stack - ebp, 4);
    guest_check("enter, link", *(uint32_t*)(stack - 4), (uint32_t)links);
    if (level > 0) guest_check("enter, frame", *(uint32_t*)(stack - 4 - 4 * level), ebp);
    for (unsigned n = 1; n < level; ++n) {
      guest_check("enter, display", *(uint32_t*)(stack - 4 - 4 * n), n * 0x01010101u);
    }
    digest = guest_mix(digest, (uint32_t)stack - esp);
  }
  return digest;
}

uint32_t saved_esp;
void enter_user(uint32_t eip, uint32_t esp);
__asm__(
    ".globl enter_user\nenter_user:\n\tpushal\n\tmovl 36(%esp), %eax\n\tmovl 40(%esp), %ecx\n\tmovl %esp, saved_esp\n"
    "\tpushl $0x23\n\tpushl %ecx\n\tpushl $2\n\tpushl $0x1b\n\tpushl %eax\n\tiretl\n"
    ".globl user_left\nuser_left:\n\tmovl saved_esp, %esp\n\tmovl $0x10, %eax\n\tmovl %eax, %ds\n\tmovl %eax, %es\n"
    "\tmovl %eax, %fs\n\tmovl %eax, %gs\n\tpopal\n\tret\n"
    // Loads the selector in EBX into FS: a read of the user's and a write of the processor's in one page.
    ".balign 4096\n.globl user_code\nuser_code:\n\tmovl $0x23, %eax\n\tmovl %eax, %ds\n\tmovw (%ebx), %fs\n\tmovl %fs, %edx\n"
    "\tint $0x83\n.balign 4096\n");
extern const uint8_t user_left[], user_code[];
static uint32_t user_result;

static struct frame* user_done(struct frame* frame) {
  user_result = frame->edx;
  frame->eip = (uint32_t)user_left;
  frame->cs = kKernelCode;
  frame->eflags = kFlagAlways;
  return frame;
}

// A descriptor table in a page that may only be read, CR0.WP clear, a descriptor not accessed yet: the user reads the
// page, the processor marks the descriptor in it, in one instruction. And a kernel stack that begins anywhere.
static uint32_t both_privileges(void) {
  uint32_t digest = 0;
  system_handle(kUserVector, user_done);
  system_open_gate(kUserVector, 3);
  uint8_t* const table = arena + 16 * kPage;
  const uint32_t esp0 = system_tss.esp0;
  struct {
    uint16_t limit;
    uint32_t base;
  } __attribute__((packed)) pointer, old;
  __asm__ volatile("sgdt %0" : "=m"(old));
  for (unsigned n = 0; n < 4; ++n) {
    memset(table, 0, kPage);
    memcpy(table, (const void*)old.base, 32 * 8);
    const struct descriptor data = system_descriptor(0, 0xfffff, (kAccessData | kAccessUser) & ~1u, kFlagBig | kFlagPages);
    memcpy(table + 40 * 8, &data, sizeof data);
    const uint16_t selector = 40 * 8 | 3;
    memcpy(table + 2048, &selector, 2);
    pointer.base = (uint32_t)table;
    pointer.limit = kPage - 1;
    *page_entry((uint32_t)table) = (uint32_t)table | kPresent | kUser | kAccessed | kDirty;
    *page_entry((uint32_t)user_code) |= kUser;
    invlpg((uint32_t)table);
    invlpg((uint32_t)user_code);
    __asm__ volatile("lgdt %0" : : "m"(pointer));
    write_cr0(read_cr0() & ~kCr0Wp);
    system_tss.esp0 = esp0 - n;
    user_result = 0;
    {
      uint8_t* selector_at = table + 2048;
      __asm__ volatile("pushl %2\n\tpushl %1\n\tcall enter_user\n\taddl $8, %%esp"
                       : "+b"(selector_at)
                       : "r"((uint32_t)user_code), "r"(0x00100000u)
                       : "memory", "cc");
    }
    system_tss.esp0 = esp0;
    __asm__ volatile("lgdt %0" : : "m"(old));
    write_cr0(read_cr0() | kCr0Wp);
    guest_check("selector", user_result, selector);
    guest_check("marked", table[40 * 8 + 5] & 1u, 1);
    digest = guest_mix(digest, user_result + table[40 * 8 + 5]);
    *page_entry((uint32_t)table) |= kWrite;
    invlpg((uint32_t)table);
  }
  return digest;
}

int main(void) {
  uint32_t digest = 0;
  supervisor_start(false);
  for (unsigned n = guest_scale(20); n; --n) {
    digest = guest_mix(digest, one_set());
    digest = guest_mix(digest, many_stores());
    digest = guest_mix(digest, enter_levels());
    digest = guest_mix(digest, both_privileges());
  }
  return guest_report("progress", digest);
}
