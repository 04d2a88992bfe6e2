// Attacks by pointers that the processor follows by itself: descriptor tables, task state, page tables. Where the processor reads all ones
// in place of what it cannot do without, the guest has destroyed itself: the run ends with a triple fault.
#include "attack.h"

struct table {
  uint16_t limit;
  uint32_t base;
} __attribute__((packed));

static void load_gdt(uint32_t base, uint32_t limit) {
  const struct table gdt = {(uint16_t)limit, base};
  __asm__ volatile("lgdt %0" : : "m"(gdt));
}

// All ones are a conforming code segment of ring 3, with base and limit 0xffffffff: readable. What is read through it is the guest's
// own memory, a byte lower. In ring 0 it may be loaded.
static void attack_descriptor(uint32_t address) {
  uint32_t limit = 0, rights = 0, ok = 0;
  load_gdt(address, 0xffff);
  __asm__ volatile("lsl %3, %0\n\tlar %3, %1\n\tsetz %b2" : "+r"(limit), "+r"(rights), "+q"(ok) : "r"(0x40) : "cc");
  ATTEMPT("movl %0, %%fs", : : "r"(0x43));
  load_gdt((uint32_t)system_gdt, sizeof system_gdt - 1);
  guest_check("limit", limit, kNothing);
  guest_check("rights", rights & 0xf0ff00, 0xf0ff00);
  guest_check("there", ok & 0xff, 1);
  guest_check("loads", trapped, 0);
  static const uint32_t own[2] = {0x11223344, 0x55667788};
  uint32_t value;
  __asm__ volatile("movl %%fs:(%1), %0" : "=r"(value) : "r"((const uint8_t*)own + 2), "m"(own));
  guest_check("through it", value, 0x88112233);
  __asm__ volatile("movl %0, %%fs" : : "r"(kKernelData));
}

uint32_t attack_gdt(unsigned n) {
  attack_pages(n < 128 ? 128 / n : 1, attack_descriptor);
  return 10;
}

static void attack_local(uint32_t address) {
  system_gdt[kFirstFree / 8] = system_descriptor(address, 0xfff, kAccessLdt, 0);
  __asm__ volatile("lldt %w0" : : "r"(kFirstFree));
  uint32_t limit = 0;
  __asm__ volatile("lsl %1, %0" : "+r"(limit) : "r"(0x14) : "cc");
  guest_check("limit", limit, kNothing);
  ATTEMPT("movl %0, %%gs", : : "r"(0x17));
  guest_check("loads", trapped, 0);
  ATTEMPT("movl %0, %%gs", : : "r"(0x1004));
  guest_check("beyond", trapped, 13);
  // Marking a descriptor as accessed would be a write; the one that is read has the mark.
  attack_word(address + 0x10);
}

uint32_t attack_ldt(unsigned n) {
  attack_pages(n < 128 ? 128 / n : 1, attack_local);
  __asm__ volatile("lldt %w0\n\tmovl %0, %%gs" : : "r"(0));
  return 11;
}

// A page table there has entries of all ones: present, writable, frame 0xfffff000, where nothing is.
static void attack_table(uint32_t address) {
  uint32_t* const directory = (uint32_t*)read_cr3();
  directory[0x300] = address | kPresent | kWrite;
  write_cr3(read_cr3());
  for (uint32_t at = 0xc0000000; at < 0xc0400000; at += 0x80000 - kPage) attack_word(at + 0x123 * 4);
  attack_data(0xc0000ff0);
  directory[0x300] = 0;
  write_cr3(read_cr3());
}

uint32_t attack_page_table(unsigned n) {
  supervisor_start(false);
  attack_pages(n < 128 ? 128 / n : 1, attack_table);
  return 12;
}

// ---- what ends the guest
uint32_t attack_idt(unsigned n) {
  const struct table idt = {0x7ff, forbidden[n % kRegions].start};
  __asm__ volatile("lidt %0\n\tint $0x30" : : "m"(idt));
  return 13;
}

uint32_t attack_tss(unsigned n) {
  static uint8_t page[kPage] __attribute__((aligned(4096)));
  supervisor_start(false);
  system_gdt[kFirstFree / 8] = system_descriptor(forbidden[n % kRegions].start, 0x67, kAccessTss, 0);
  __asm__ volatile("ltr %w0" : : "r"(kFirstFree));
  *page_entry((uint32_t)page) |= kUser;
  page[0] = 0xcd;  // int 0x81: needs a stack for ring 0, from the TSS
  page[1] = kReturnVector;
  supervisor_run(&(struct frame){.gs = kUserData, .fs = kUserData, .es = kUserData, .ds = kUserData, .eip = (uint32_t)page,
                                 .cs = kUserCode, .eflags = kFlagAlways, .esp = (uint32_t)page + 512, .ss = kUserData});
  return 14;
}

uint32_t attack_directory(unsigned n) {
  supervisor_start(false);
  write_cr3(forbidden[n % kRegions].start);
  return 15;
}
