// What a task may not do: each in a child, which the kernel kills; then the parent looks at how it died.
#include "user.h"

static void touch(uint32_t address) { (void)*(volatile uint32_t*)address; }
static void store(uint32_t address) { *(volatile uint32_t*)address = 0; }
static void jump(uint32_t address) { __asm__ volatile("jmp *%0" : : "r"(address)); }

static void read_kernel(void) { touch(0x100000); }
static void write_kernel(void) { store(0x100000); }
static void write_text(void) { store((uint32_t)&jump); }
static void null(void) { touch(0); }
static void nowhere(void) { store(kUserHeap + 0x1000); }
static void top(void) { touch(0xfffff000); }
static void half(void) { touch(kUserStackTop - 2); }
static void run_kernel(void) { jump(0x100010); }
static void clear_interrupts(void) { __asm__ volatile("cli"); }
static void halt(void) { __asm__ volatile("hlt"); }
static void port(void) { __asm__ volatile("outb %al, $0xe9"); }
static void control(void) { __asm__ volatile("movl %cr0, %eax"); }
static void space(void) { __asm__ volatile("movl %eax, %cr3"); }
static void table(void) { __asm__ volatile("lidt (%esp)"); }
static void page(void) { __asm__ volatile("invlpg (%esp)"); }
static void gate(void) { __asm__ volatile("int $0x20"); }
static void segment(void) { __asm__ volatile("movl %0, %%fs" : : "r"(0x10)); }
static void no_segment(void) { __asm__ volatile("movl %0, %%ds" : : "r"(0xf3)); }
static void no_stack(void) { __asm__ volatile("movl %0, %%ss" : : "r"(0)); }
static void far_call(void) { __asm__ volatile("lcall $0x08, $0x100000"); }
static void divide(void) { __asm__ volatile("xorl %%ecx, %%ecx\n\tdivl %%ecx" : : "a"(1), "d"(0) : "ecx", "cc"); }
static void undefined(void) { __asm__ volatile("ud2"); }
static void breakpoint(void) { __asm__ volatile("int3"); }
static void bounds(void) {
  static const int32_t range[2] = {1, 5};
  __asm__ volatile("boundl %0, %1" : : "r"(6), "m"(range));
}
static void bad_wait(void) {
  const uint32_t child = call0(kCallFork);
  if (!child) leave(0);
  call2(kCallWait, child, (uint32_t)&jump);  // the kernel writes to the program's text
}

struct crime {
  void (*commit)(void);
  uint32_t vector;
};
static const struct crime crimes[] = {
    {read_kernel, 14}, {write_kernel, 14}, {write_text, 14},  {null, 14},       {nowhere, 14},   {top, 14},
    {half, 14},        {run_kernel, 14},   {bad_wait, 14},    {divide, 0},      {clear_interrupts, 13},
    {halt, 13},        {port, 13},         {control, 13},     {space, 13},      {table, 13},     {page, 13},
    {gate, 13},        {segment, 13},      {no_segment, 13},  {no_stack, 13},   {far_call, 13},  {undefined, 6},
    {breakpoint, 3},   {bounds, 5},
};

uint32_t program_crimes(unsigned n) {
  (void)n;
  for (unsigned i = 0; i < sizeof crimes / sizeof *crimes; ++i) {
    const uint32_t child = call0(kCallFork);
    if (!child) {
      crimes[i].commit();
      leave(0);
    }
    check("how it died", wait_for(child), kKilled | crimes[i].vector);
  }
  call2(kCallReport, 0x100000, 1);  // no crime, but the kernel does not read there
  // POPF in ring 3 leaves IF and IOPL as they are, without a fault.
  uint32_t flags;
  __asm__ volatile("pushl $0x3002\n\tpopfl\n\tpushfl\n\tpopl %0" : "=r"(flags) : : "cc");
  report("flags after popf", flags);
  return 0;
}
