// The system side of a guest, shared by the kernel and the system tests: descriptor tables, trap frames, paging bits,
// control registers, PIC and PIT. Everything here needs ring 0.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "guest.h"

// ---- descriptor tables (SDM volume 3, chapter 3)
enum {
  kKernelCode = 0x08,
  kKernelData = 0x10,
  kUserCode = 0x1b,
  kUserData = 0x23,
  kTaskState = 0x28,
  kFirstFree = 0x30
};
enum { kDescriptors = 32 };
enum {
  kAccessUser = 0x60,
  kAccessData = 0x92,
  kAccessCode = 0x9a,
  kAccessDown = 0x04,
  kAccessTss = 0x89,
  kAccessLdt = 0x82
};
enum { kFlagBig = 0x4, kFlagPages = 0x8 };  // D/B; limit in units of 4 KiB
struct descriptor {
  uint32_t low, high;
};
struct task_state {  // the 32-bit TSS, of which only the ring-0 stack and the I/O map base are used
  uint32_t back, esp0, ss0, esp1, ss1, esp2, ss2, cr3, eip, eflags, gpr[8], segments[6], ldt;
  uint16_t trap, io_map;
};
extern struct descriptor system_gdt[kDescriptors];
extern struct descriptor system_idt[256];
extern struct task_state system_tss;

struct descriptor system_descriptor(uint32_t base, uint32_t limit, unsigned access, unsigned flags);
// GDT, TSS and IDT, loaded; every vector's handler reports the trap and ends the run.
void system_start(void);
// An interrupt gate that rings up to `privilege` may call with int.
void system_open_gate(unsigned vector, unsigned privilege);

// ---- traps
// What a handler sees: the stub has pushed it. The last two are there only if the trap came from ring 3.
struct frame {
  uint32_t gs, fs, es, ds;
  uint32_t edi, esi, ebp, unused, ebx, edx, ecx, eax;
  uint32_t vector, error, eip, cs, eflags, esp, ss;
};
enum { kFlagTrap = 0x100, kFlagInterrupts = 0x200, kFlagAlways = 2 };
// Handlers run with interrupts off and return the frame to go on with.
typedef struct frame* handler(struct frame* frame);
void system_handle(unsigned vector, handler* handle);
struct frame* system_unexpected(struct frame* frame);
_Noreturn void system_resume(struct frame* frame);
// Handlers of traps from ring 3 run on this stack; the frame itself is where system_tss.esp0 points.
extern uint32_t system_stack_top;

// ---- paging (SDM volume 3, chapter 4)
enum { kPage = 4096, kPresent = 1, kWrite = 2, kUser = 4, kAccessed = 0x20, kDirty = 0x40 };
enum { kFaultPresent = 1, kFaultWrite = 2, kFaultUser = 4 };
enum { kCr0Wp = 1u << 16, kCr0Paging = 1u << 31 };

#define SYSTEM_REGISTER(name)                                            \
  static inline uint32_t read_##name(void) {                             \
    uint32_t value;                                                      \
    __asm__ volatile("movl %%" #name ", %0" : "=r"(value) : : "memory"); \
    return value;                                                        \
  }                                                                      \
  static inline void write_##name(uint32_t value) { __asm__ volatile("movl %0, %%" #name : : "r"(value) : "memory"); }
SYSTEM_REGISTER(cr0)
SYSTEM_REGISTER(cr2)
SYSTEM_REGISTER(cr3)
SYSTEM_REGISTER(dr6)
#undef SYSTEM_REGISTER

static inline void invlpg(uint32_t address) { __asm__ volatile("invlpg (%0)" : : "r"(address) : "memory"); }
static inline void interrupts_off(void) { __asm__ volatile("cli" : : : "memory"); }
// Sleeps until an interrupt has been handled.
static inline void wait_for_interrupt(void) { __asm__ volatile("sti\n\thlt\n\tcli" : : : "memory"); }

// ---- PIC and PIT (Intel 8259A, 8254 data sheets)
enum { kFirstIrq = 0x20, kIrqTimer = 0, kIrqCascade = 2, kIrqCom1 = 4, kIrqClock = 8 };
void pic_start(void);  // IRQ n becomes vector kFirstIrq + n; all masked
void pic_unmask(unsigned irq);
void pic_end(unsigned irq);
void pit_start(unsigned hertz);
