// GDT, IDT, TSS and the way from a stub to its handler.
#include <stdio.h>
#include <string.h>

#include "system.h"

struct descriptor system_gdt[kDescriptors] __attribute__((aligned(8)));
struct descriptor system_idt[256] __attribute__((aligned(8)));
struct task_state system_tss;
uint32_t system_stack_top;

extern const uint32_t system_stubs[256];
static handler* handlers[256];
static uint8_t trap_stack[4096] __attribute__((aligned(16)));
static uint8_t first_frame[sizeof(struct frame)] __attribute__((aligned(16)));

struct table {
  uint16_t limit;
  uint32_t base;
} __attribute__((packed));

struct descriptor system_descriptor(uint32_t base, uint32_t limit, unsigned access, unsigned flags) {
  return (struct descriptor){base << 16 | (limit & 0xffff),
                             (base & 0xff000000) | flags << 20 | (limit & 0xf0000) | access << 8 | (base >> 16 & 0xff)};
}

void system_open_gate(unsigned vector, unsigned privilege) {
  const uint32_t stub = system_stubs[vector];
  system_idt[vector] = (struct descriptor){kKernelCode << 16 | (stub & 0xffff), (stub & 0xffff0000) | 0x8e00 | privilege << 13};
}

void system_handle(unsigned vector, handler* handle) { handlers[vector] = handle; }

struct frame* system_unexpected(struct frame* frame) {
  printf("trap %u, error %x, at %x:%08x, address %08x, eflags %08x\n", (unsigned)frame->vector, (unsigned)frame->error,
         (unsigned)frame->cs, (unsigned)frame->eip, (unsigned)read_cr2(), (unsigned)frame->eflags);
  guest_panic("unexpected trap");
}

struct frame* system_trap(struct frame* frame);
struct frame* system_trap(struct frame* frame) { return handlers[frame->vector & 0xff](frame); }

void system_start(void) {
  system_gdt[kKernelCode / 8] = system_descriptor(0, 0xfffff, kAccessCode, kFlagBig | kFlagPages);
  system_gdt[kKernelData / 8] = system_descriptor(0, 0xfffff, kAccessData, kFlagBig | kFlagPages);
  system_gdt[kUserCode / 8] = system_descriptor(0, 0xfffff, kAccessCode | kAccessUser, kFlagBig | kFlagPages);
  system_gdt[kUserData / 8] = system_descriptor(0, 0xfffff, kAccessData | kAccessUser, kFlagBig | kFlagPages);
  system_gdt[kTaskState / 8] = system_descriptor((uint32_t)&system_tss, sizeof system_tss - 1, kAccessTss, 0);
  system_tss.ss0 = kKernelData;
  system_tss.esp0 = (uint32_t)(first_frame + sizeof first_frame);
  system_tss.io_map = sizeof system_tss;  // beyond the limit: no port for ring 3
  system_stack_top = (uint32_t)(trap_stack + sizeof trap_stack);
  for (unsigned i = 0; i < 256; ++i) {
    system_open_gate(i, 0);
    handlers[i] = system_unexpected;
  }
  const struct table gdt = {sizeof system_gdt - 1, (uint32_t)system_gdt};
  const struct table idt = {sizeof system_idt - 1, (uint32_t)system_idt};
  __asm__ volatile(
      "lgdt %0\n\tlidt %1\n\t"
      "ljmp %2, $1f\n1:\n\t"
      "movl %3, %%ds\n\tmovl %3, %%es\n\tmovl %3, %%ss\n\tmovl %3, %%fs\n\tmovl %3, %%gs\n\t"
      "ltr %w4"
      :
      : "m"(gdt), "m"(idt), "i"(kKernelCode), "r"(kKernelData), "r"(kTaskState)
      : "memory");
}
