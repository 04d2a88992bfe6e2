// Attacks by segments: bases that lead there, or past 4 GiB and round to there; limits; bit offsets; ring 3; code.
#include <string.h>

#include "attack.h"

enum { kHostile = kFirstFree };  // selector

static void set_base(uint32_t base, uint32_t limit, unsigned access, unsigned flags) {
  system_gdt[kHostile / 8] = system_descriptor(base, limit, access, flags);
  __asm__ volatile("movl %0, %%fs" : : "r"(kHostile));
}

// The same place by several sums of base and offset.
static void attack_base(uint32_t address) {
  static const uint32_t offsets[] = {0, 1, 0x1000, 0x7ffffff0, 0x80000000, 0xfffff000, 0xfffffff0};
  for (unsigned i = 0; i < sizeof offsets / sizeof *offsets; ++i) {
    uint32_t value = 0;
    set_base(address - offsets[i], 0xfffff, kAccessData, kFlagBig | kFlagPages);
    __asm__ volatile("movl %2, %%fs:(%1)\n\tmovl %%fs:(%1), %0\n\tincl %%fs:(%1)" : "=&r"(value) : "r"(offsets[i]), "r"(0x12345678) : "memory", "cc");
    guest_check("by a base", value, kNothing);
    uint32_t from = offsets[i], count = 3;
    __asm__ volatile("rep lodsl %%fs:(%%esi), %%eax" : "=a"(value), "+S"(from), "+c"(count) : : "memory");
    guest_check("lods by a base", value, kNothing);
  }
}

uint32_t attack_segments(unsigned n) {
  attack_pages(n < 128 ? 128 / n : 1, attack_base);
  // And a base that leads back to the guest's own memory: that is its own.
  static volatile uint32_t own = 5;
  set_base((uint32_t)&own + 0x1000, 0xfffff, kAccessData, kFlagBig | kFlagPages);
  uint32_t value;
  __asm__ volatile("movl %%fs:(%1), %0" : "=r"(value) : "r"(-0x1000));
  guest_check("own memory by a base", value, 5);
  return 5;
}

static uint32_t fs_load(uint32_t offset) {
  uint32_t value = 0x99;
  ATTEMPT("movl %%fs:(%1), %0", : "+r"(value) : "r"(offset) : "memory");
  return value;
}

static void fs_store(uint32_t offset) { ATTEMPT("movl %1, %%fs:(%0)", : : "r"(offset), "r"(0x12345678) : "memory"); }

// Limits stop what is beyond them, to the byte; whatever they let through goes nowhere.
uint32_t attack_limits(unsigned n) {
  for (unsigned round = 0; round < 20 * n; ++round) {
    const uint32_t base = forbidden[round % 2].start;
    set_base(base, 0xfff, kAccessData, kFlagBig);
    guest_check("inside", fs_load(0xffc), kNothing);
    guest_check("no trap", trapped, 0);
    for (unsigned past = 1; past < 4; ++past) {
      guest_check("beyond", fs_load(0xffc + past), 0x99);
      guest_check("#GP", trapped, 13);
      fs_store(0xffc + past);
      guest_check("#GP of a store", trapped, 13);
    }
    // Expand-down: only what is above the limit.
    set_base(base - 0x2000, 0x1fff, kAccessData | kAccessDown, kFlagBig);
    guest_check("expand-down, above", fs_load(0x2000), kNothing);
    guest_check("no trap", trapped, 0);
    guest_check("expand-down, below", fs_load(0x1ffc), 0x99);
    guest_check("#GP", trapped, 13);
    guest_check("expand-down, across", fs_load(0x1ffe), 0x99);
    guest_check("#GP", trapped, 13);
    fs_store(0xfffffffe);
    guest_check("expand-down, past the end", trapped, 13);
    set_base(base, 0x1fff, kAccessData | kAccessDown, 0);  // B = 0: up to 64 KiB
    guest_check("expand-down, 16 bits", fs_load(0xfffc), kNothing);
    guest_check("expand-down, 16 bits, beyond", fs_load(0x10000), 0x99);
    guest_check("#GP", trapped, 13);
    // Not writable, not readable, null.
    set_base(base, 0xfffff, 0x90, kFlagBig | kFlagPages);
    fs_store(0);
    guest_check("read-only", trapped, 13);
    set_base(base, 0xfffff, kAccessCode, kFlagBig | kFlagPages);
    fs_store(0);
    guest_check("code", trapped, 13);
    guest_check("readable code", fs_load(64), kNothing);
    __asm__ volatile("movl %0, %%fs" : : "r"(0));
    guest_check("null", fs_load(base), 0x99);
    guest_check("#GP", trapped, 13);
  }
  return 6;
}

// bts and its kin reach 256 MiB to either side of their operand.
uint32_t attack_far_bits(unsigned n) {
  for (unsigned i = 0; i < kRegions; ++i) {
    for (uint32_t page = 0; page < forbidden[i].bytes / kPage; page += 64 / (n < 64 ? n : 64)) {
      const uint32_t target = forbidden[i].start + page * kPage;
      const uint32_t operand = target - 0x08000000;
      uint8_t carry;
      __asm__ volatile("btcl %2, (%1)\n\tbtrl %2, (%1)\n\tbtsl %2, (%1)\n\tsetc %0" : "=q"(carry) : "r"(operand), "r"(0x08000000 * 8 + 5) : "memory", "cc");
      guest_check("bit", carry, 1);
      const uint32_t back = target + 0x0fffff00;
      __asm__ volatile("btrl %2, (%1)\n\tbtl %2, (%1)\n\tsetc %0" : "=q"(carry) : "r"(back), "r"(-0x0fffff00 * 8) : "memory", "cc");
      guest_check("bit after", carry, 1);
    }
  }
  return 7;
}

// ---- ring 3
static uint8_t user_place[2 * kPage] __attribute__((aligned(4096)));

static struct frame* leave(struct frame* frame) {
  supervisor_result = *frame;
  supervisor_leave();
}

// Ring 3 with its stack on the forbidden frame: what it pushes is lost, what it pops is all ones. Its data segment leads there, too.
static void attack_user(uint32_t frame) {
  static const uint8_t code[] = {0x6a, 0x11,                    // push 0x11
                                 0x58,                          // pop eax
                                 0x89, 0x06, 0x8b, 0x1e,        // mov [esi], eax; mov ebx, [esi]
                                 0x60, 0x61,                    // pusha; popa
                                 0x9c, 0x5a,                    // pushf; pop edx
                                 0xc8, 0x08, 0x00, 0x01, 0xc9,  // enter 8, 1; leave
                                 0xcd, kReturnVector};          // int
  memcpy(user_place, code, sizeof code);
  *page_entry((uint32_t)user_place) |= kUser;
  *page_entry((uint32_t)user_place + kPage) = frame | kPresent | kWrite | kUser;
  write_cr3(read_cr3());
  supervisor_run(&(struct frame){.gs = kUserData, .fs = kUserData, .es = kUserData, .ds = kUserData, .esi = (uint32_t)user_place + kPage + 128,
                                 .eip = (uint32_t)user_place, .cs = kUserCode, .eflags = kFlagAlways,
                                 .esp = (uint32_t)user_place + kPage + 512, .ss = kUserData});
  guest_check("leaves by int", supervisor_result.vector, kReturnVector);
  guest_check("popped", supervisor_result.eax, kNothing);
  guest_check("flags", supervisor_result.edx, kNothing);
  guest_check("popa", supervisor_result.ecx, kNothing);
  guest_check("loaded", supervisor_result.ebx, kNothing);
}

uint32_t attack_ring3(unsigned n) {
  supervisor_start(false);
  attack_pages(n < 128 ? 128 / n : 1, attack_user);
  return 8;
}

// Code from there, in ring 3: an exception at the very first instruction, and the same one everywhere.
static uint32_t fetch_vector;

static void attack_code(uint32_t frame) {
  *page_entry((uint32_t)user_place) = frame | kPresent | kWrite | kUser;
  write_cr3(read_cr3());
  for (unsigned i = 0; i < 2; ++i) {
    supervisor_run(&(struct frame){.gs = kUserData, .fs = kUserData, .es = kUserData, .ds = kUserData,
                                   .eip = (uint32_t)user_place + 256 * i, .cs = kUserCode, .eflags = kFlagAlways,
                                   .esp = (uint32_t)user_place + 2 * kPage, .ss = kUserData});
    guest_check("where", supervisor_result.eip, (uint32_t)user_place + 256 * i);
    if (!fetch_vector) fetch_vector = supervisor_result.vector;
    guest_check("exception", supervisor_result.vector, fetch_vector);
  }
}

uint32_t attack_fetch(unsigned n) {
  supervisor_start(false);
  for (unsigned vector = 0; vector < 20; ++vector) system_handle(vector, leave);
  *page_entry((uint32_t)user_place + kPage) |= kUser;
  attack_pages(n < 128 ? 128 / n : 1, attack_code);
  // The last byte of its own page, and an instruction that goes on in the forbidden one.
  *page_entry((uint32_t)user_place) = (uint32_t)user_place | kPresent | kWrite | kUser;
  *page_entry((uint32_t)user_place + kPage) = forbidden[0].start | kPresent | kWrite | kUser;
  write_cr3(read_cr3());
  user_place[kPage - 1] = 0xb8;  // mov eax, imm32
  supervisor_run(&(struct frame){.gs = kUserData, .fs = kUserData, .es = kUserData, .ds = kUserData,
                                 .eip = (uint32_t)user_place + kPage - 1, .cs = kUserCode, .eflags = kFlagAlways,
                                 .esp = (uint32_t)user_place + 512, .ss = kUserData});
  guest_check("across, exception", supervisor_result.vector, fetch_vector);
  guest_check("an exception of code", fetch_vector == 6 || fetch_vector == 13, 1);
  return guest_mix(9, fetch_vector);
}
