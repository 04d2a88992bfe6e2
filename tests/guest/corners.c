// Corners where QEMU 7.2 is not the processor, so that the manual is the judge: single steps after instructions that hold
// interrupts back, and code where there is no memory. And near transfers in a code segment with a base. Each often enough to be translated.
#include "io.h"
#include "system/supervisor.h"

enum { kNoMemory = 0xc0000000u, kMapped = 0x00f00000 };  // above any DRAM; where nothing else is

// ---- single steps. The places where #DB finds EIP, as distances from the first instruction.
static uint32_t stepped_from;
static unsigned steps, places[16];

static struct frame* step(struct frame* frame) {
  if (steps < 16) places[steps] = frame->eip - stepped_from;
  ++steps;
  guest_check("BS", read_dr6() >> 14 & 1, 1);
  write_dr6(0);
  return frame;
}

// Runs `text`, an instruction after another, with TF set, from label `name`_first on; TF is clear again at its end.
#define STEPPED(name, text)                                                                            \
  extern const uint8_t name##_first[];                                                                 \
  static void name(void) {                                                                             \
    steps = 0;                                                                                         \
    stepped_from = (uint32_t)name##_first;                                                             \
    __asm__ volatile("pushl $0x102\n\tpopfl\n" #name "_first:\n\t" text "\n\tpushl $2\n\tpopfl\n\tnop" \
                     :                                                                                 \
                     : "a"(kKernelData)                                                                \
                     : "memory", "cc");                                                                \
  }
STEPPED(plain, "nop\n\tcld\n\tnop")
STEPPED(after_sti_off, "nop\n\tsti\n\tnop\n\tnop\n\tcli")
STEPPED(after_sti_on, "sti\n\tsti\n\tnop\n\tcli")
STEPPED(after_mov, "nop\n\tmovl %%eax, %%ss\n\tnop\n\tnop")
STEPPED(after_pop, "pushl %%eax\n\tpopl %%ss\n\tnop\n\tnop")
STEPPED(sti_then_mov, "sti\n\tmovl %%eax, %%ss\n\tnop\n\tcli")

// The instructions' lengths; 0: the instruction after it is done before the trap comes. The last two are push and popf.
static void expect(const char* what, void (*run)(void), const uint8_t* lengths, unsigned count) {
  run();
  unsigned wanted = 0, at = 0;
  for (unsigned n = 0; n < count; ++n) {
    at += lengths[n] & 0x7f;
    if (lengths[n] & 0x80) continue;
    guest_check(what, places[wanted], at);
    ++wanted;
  }
  guest_check(what, steps, wanted);
}
#define EXPECT(run, ...)                            \
  do {                                              \
    static const uint8_t lengths[] = {__VA_ARGS__}; \
    expect(#run, run, lengths, sizeof lengths);     \
  } while (0)
enum { kHeld = 0x80 };  // no trap after this one

static void single_steps(void) {
  EXPECT(plain, 1, 1, 1, 2, 1);
  EXPECT(after_sti_off, 1, 1, 1, 1, 1, 2, 1);
  EXPECT(after_sti_on, 1, 1, 1, 1, 2, 1);
  EXPECT(after_mov, 1, 2 | kHeld, 1, 1, 2, 1);
  EXPECT(after_pop, 1, 1 | kHeld, 1, 1, 2, 1);
  EXPECT(sti_then_mov, 1, 2 | kHeld, 1, 1, 2, 1);
}

// ---- code that is nowhere reads as loads do, all ones: ff ff is no instruction
static unsigned vector;
static uint32_t fault_eip;
extern const uint8_t nowhere_back[];

static struct frame* no_instruction(struct frame* frame) {
  vector = frame->vector;
  fault_eip = frame->eip;
  frame->eip = (uint32_t)nowhere_back;
  return frame;
}

static __attribute__((noinline)) void nowhere(uint32_t address) {
  vector = 0;
  guest_check("word", *(volatile uint32_t*)address, 0xffffffff);
  __asm__ volatile("jmp *%0\n\t.globl nowhere_back\nnowhere_back:" : : "r"(address) : "memory");
  guest_check("vector", vector, 6);
  guest_check("eip", fault_eip, address);
}

// ---- near transfers in a code segment whose base is not 0
enum { kBasedCode = kFirstFree + 8 };
extern const uint8_t based[];
__asm__(
    ".text\n.balign 16\nbased:\n\tcall 1f\n\tjmp 2f\n1:\n\tincl %ecx\n\tret\n2:\n\tmovl $3, %edx\n"
    "3:\n\taddl %edx, %ecx\n\tdecl %edx\n\tjnz 3b\n\tmovl $(4f - based), %edx\n\tjmp *%edx\n\tud2\n"
    "4:\n\tpushl $(5f - based)\n\tret\n\tud2\n"
    ".skip 256\n5:\n\tcmpl $7, %ecx\n\tje 6f\n\tud2\n.skip 256\n6:\n\tincl %ecx\n\tlret\n");

static void based_code(void) {
  system_gdt[kBasedCode / 8] = system_descriptor((uint32_t)based, 0xfff, kAccessCode, kFlagBig);
  const struct {
    uint32_t offset;
    uint16_t selector;
  } __attribute__((packed)) target = {0, kBasedCode};
  uint32_t count = 0;
  __asm__ volatile("lcall *%1" : "+c"(count) : "m"(target) : "edx", "memory", "cc");
  guest_check("based code", count, 8);
}

// ---- flags that the manual leaves open: a shift by several is as many shifts by one
static uint32_t flags_of_shift(uint32_t value, uint8_t count, unsigned bytes) {
  uint32_t flags = 0;
  if (bytes == 1) __asm__ volatile("shrb %%cl, %%al\n\tpushfl\n\tpopl %0" : "=r"(flags), "+a"(value) : "c"(count) : "cc");
  if (bytes == 2) __asm__ volatile("shrw %%cl, %%ax\n\tpushfl\n\tpopl %0" : "=r"(flags), "+a"(value) : "c"(count) : "cc");
  if (bytes == 4) __asm__ volatile("shrl %%cl, %%eax\n\tpushfl\n\tpopl %0" : "=r"(flags), "+a"(value) : "c"(count) : "cc");
  return flags;
}

static void open_flags(void) {
  enum { kOf = 0x800 };
  for (unsigned bytes = 1; bytes <= 4; bytes *= 2) {
    for (uint8_t count = 1; count < 8 * bytes; ++count) {
      guest_check("shr, OF", flags_of_shift(0xffffffffu, count, bytes) & kOf, count == 1 ? kOf : 0);
      guest_check("shr, OF of 0", flags_of_shift(0x7f7f7f7fu & ~(0x80808080u), count, bytes) & kOf, 0);
    }
  }
  uint32_t flags;
  __asm__ volatile("shrb $2, %%al\n\tpushfl\n\tpopl %0" : "=r"(flags) : "a"(0x81) : "cc");
  guest_check("shr al by 2, OF", flags & kOf, 0);
}

int main(void) {
  const unsigned n = guest_scale(4) * 10;
  system_start();
  system_handle(1, step);
  system_handle(6, no_instruction);
  system_handle(13, no_instruction);
  outb(0x21, 0xff);
  outb(0xa1, 0xff);
  for (unsigned i = 0; i < n; ++i) {
    single_steps();
    based_code();
    open_flags();
    nowhere(kNoMemory + 0x123);
  }
  // The same with paging: the page is mapped, to an absent frame.
  supervisor_start(false);
  system_handle(6, no_instruction);
  system_handle(13, no_instruction);
  *page_entry(kMapped) = kNoMemory | kPresent | kWrite;
  invlpg(kMapped);
  for (unsigned i = 0; i < n; ++i) nowhere(kMapped + 0x7f0 + i);
  return guest_report("corners", n);
}
