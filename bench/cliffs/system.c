// What system instructions cost: `op=NAME n=N` executes one of them N times in a loop. The difference of two runs by N
// is the cost of one execution, loop included. `op=timer` is interrupted by the timer; with masked=1 it is not.
#include "system.h"

#include <stdio.h>
#include <string.h>

#define LOOP(name, body)                                            \
  static void name(uint32_t n) {                                    \
    __asm__ volatile("1:\n\t" body "\n\tdecl %%edi\n\tjnz 1b"       \
                     : "+D"(n)                                      \
                     : "S"(&target)                                 \
                     : "eax", "ebx", "ecx", "edx", "memory", "cc"); \
  }

enum { kGateSame = 0x80, kGateUser = 0x81, kGateDone = 0x82 };
static uint32_t target;

LOOP(op_empty, "nop")
LOOP(op_cli, "cli")
LOOP(op_sti, "cli\n\tsti")
LOOP(op_pushf, "pushfl\n\tpopfl")
LOOP(op_from_segment, "movl %%ds, %%eax")
LOOP(op_to_segment, "movl $0x10, %%eax\n\tmovl %%eax, %%es")
LOOP(op_push_segment, "pushl %%es\n\tpopl %%es")
LOOP(op_in, "movl $0x3fd, %%edx\n\tinb %%dx, %%al")
LOOP(op_in_pic, "inb $0x21, %%al")
LOOP(op_out, "outb %%al, $0x80")
LOOP(op_out_pic, "movb $0x20, %%al\n\toutb %%al, $0x20")
LOOP(op_rdtsc, "rdtsc")
LOOP(op_cpuid, "xorl %%eax, %%eax\n\tcpuid")
LOOP(op_cr3, "movl %%cr3, %%eax\n\tmovl %%eax, %%cr3")
LOOP(op_invlpg, "invlpg (%%esi)")
LOOP(op_clts, "clts")
LOOP(op_cr0, "movl %%cr0, %%eax\n\tmovl %%eax, %%cr0")
LOOP(op_int, "int $0x80")
LOOP(op_far, "lcall $0x08, $far_target")
LOOP(op_unknown, "sgdtl -16(%%esp)")
LOOP(op_ud, "ud2")
LOOP(op_page_fault, "movl 0x1000000, %%eax")
LOOP(op_timer, "nop\n\tnop\n\tnop\n\tnop")
void far_target(void);
void gate_same(void);
void gate_user(void);
void skip_ud(void);
void skip_fault(void);
__asm__(
    "far_target: lret\n"
    "gate_same: iretl\n"
    "gate_user: iretl\n"
    "skip_ud: addl $2, (%esp)\n\tiretl\n"
    "skip_fault: addl $4, %esp\n\taddl $5, (%esp)\n\tiretl\n");

static void set_gate(unsigned vector, void (*entry)(void), unsigned privilege) {
  const uint32_t at = (uint32_t)entry;
  system_idt[vector] =
      (struct descriptor){kKernelCode << 16 | (at & 0xffff), (at & 0xffff0000) | 0x8e00 | privilege << 13};
}

// ---- ring 3: the same loop, through a gate to ring 0
static uint8_t user_stack[4096] __attribute__((aligned(16)));
__attribute__((used)) static void user_loop(uint32_t n) {
  __asm__ volatile("1:\n\tint $0x81\n\tdecl %0\n\tjnz 1b\n\tint $0x82" : "+r"(n) : : "memory", "cc");
}
static struct frame* finish(struct frame* frame) {
  (void)frame;
  guest_exit(0);
}
static void op_ring(uint32_t n) {
  set_gate(kGateUser, gate_user, 3);
  system_handle(kGateDone, finish);
  system_open_gate(kGateDone, 3);
  uint32_t* const stack = (uint32_t*)(user_stack + sizeof user_stack) - 4;
  stack[1] = n;
  struct frame frame = {.gs = kUserData,
                        .fs = kUserData,
                        .es = kUserData,
                        .ds = kUserData,
                        .eip = (uint32_t)user_loop,
                        .cs = kUserCode,
                        .eflags = kFlagAlways,
                        .esp = (uint32_t)stack,
                        .ss = kUserData};
  system_resume(&frame);
}

// ---- paging: identity over 8 MiB
static uint32_t directory[1024] __attribute__((aligned(kPage)));
static uint32_t tables[2][1024] __attribute__((aligned(kPage)));
static void start_paging(void) {
  for (uint32_t i = 0; i < 2048; ++i) tables[i / 1024][i % 1024] = i * kPage | kPresent | kWrite | kUser;
  for (uint32_t i = 0; i < 2; ++i) directory[i] = (uint32_t)tables[i] | kPresent | kWrite | kUser;
  write_cr3((uint32_t)directory);
  write_cr0(read_cr0() | kCr0Paging | kCr0Wp);
}

volatile uint32_t ticks;
void timer_tick(void);
__asm__("timer_tick: pushl %eax\n\tmovb $0x20, %al\n\toutb %al, $0x20\n\tincl ticks\n\tpopl %eax\n\tiretl\n");

static const struct {
  const char* name;
  void (*run)(uint32_t n);
} kOperations[] = {
    {"empty", op_empty},
    {"cli", op_cli},
    {"sti", op_sti},
    {"pushf", op_pushf},
    {"from_segment", op_from_segment},
    {"to_segment", op_to_segment},
    {"push_segment", op_push_segment},
    {"in", op_in},
    {"in_pic", op_in_pic},
    {"out", op_out},
    {"out_pic", op_out_pic},
    {"rdtsc", op_rdtsc},
    {"cpuid", op_cpuid},
    {"cr3", op_cr3},
    {"invlpg", op_invlpg},
    {"clts", op_clts},
    {"cr0", op_cr0},
    {"int", op_int},
    {"far", op_far},
    {"unknown", op_unknown},
    {"ud", op_ud},
    {"page_fault", op_page_fault},
    {"ring", op_ring},
    {"timer", op_timer},
};

int main(void) {
  const uint32_t n = guest_scale(1000);
  const char* const name = guest_option("op");
  if (name == 0) guest_panic("op=NAME");
  system_start();
  set_gate(kGateSame, gate_same, 0);
  set_gate(6, skip_ud, 0);
  set_gate(14, skip_fault, 0);
  if (strcmp(name, "page_fault") == 0 || guest_option("paging") != 0) start_paging();
  if (strcmp(name, "timer") == 0) {
    set_gate(kFirstIrq + kIrqTimer, timer_tick, 0);
    pic_start();
    if (guest_option("masked") == 0) pic_unmask(kIrqTimer);
    pit_start(20000);
    __asm__ volatile("sti");
  }
  for (unsigned i = 0; i < sizeof kOperations / sizeof kOperations[0]; ++i) {
    if (strcmp(kOperations[i].name, name) != 0) continue;
    kOperations[i].run(n);
    if (strcmp(name, "timer") == 0) {
      __asm__ volatile("cli");
      printf("%u ticks\n", (unsigned)ticks);
    }
    return 0;
  }
  guest_panic("no such operation");
}
