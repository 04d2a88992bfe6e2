// One piece of code in any ring, and the trap that ends it: an exception, or its own int 0x81. For tests that try one
// instruction of the system side in many states. Paging is off.
#pragma once

#include <stdbool.h>

#include "system.h"

enum { kEndVector = 0x81 };
enum { kLdt = 0x30, kInnerCode1 = 0x39, kInnerData1 = 0x41, kAttemptFree = 0x48 };  // GDT; then free for the test
enum { kLocal = 4 };                                                                // table indicator of a selector
enum { kLocalDescriptors = 160 };
extern struct descriptor attempt_ldt[kLocalDescriptors];

// What the code starts with; selectors of DS, ES, FS, GS are those of its ring (1: as for 3).
struct attempt {
  const void* code;
  unsigned ring;
  uint32_t eflags;
  uint32_t eax, ebx, ecx, edx, esi, edi, ebp;
};

// Tables for rings 0, 1 and 3, an LDT (loaded); interrupts masked.
void attempt_start(void);
// The frame of the trap. EIP is relative to the code, ESP to the top of the ring's stack; for a trap from ring 0 it is
// what it was before the frame, and SS what it is.
struct frame attempt_run(const struct attempt* attempt);
uint32_t attempt_stack(unsigned ring);  // its top

// Folds what a case has left into the group's digest; lines=1: prints it too.
void attempt_group(const char* name);
void attempt_note(const char* what, uint32_t argument, const struct frame* end);
void attempt_note_value(const char* what, uint32_t value);
// Prints the group's digest; folds it into the program's.
void attempt_group_end(void);
extern uint32_t attempt_digest;

// Code for the tests (attempt_code.S). All end with int 0x81.
#define ATTEMPT_CODE(name) extern const uint8_t code_##name[];
#define ATTEMPT_CODES(X)                                                                                              \
  X(mov_ds)                                                                                                           \
  X(mov_es)                                                                                                           \
  X(mov_fs) X(mov_gs) X(mov_ss) X(pop_ds) X(pop_es) X(pop_ss) X(pop_fs) X(pop_gs) X(lds) X(les) X(lss) X(lfs) X(lgs)  \
      X(lar) X(lsl) X(lar16) X(lsl16) X(verr) X(verw) X(arpl) X(lldt) X(ltr) X(sldt) X(str) X(jmp_far) X(call_far)    \
          X(ret_far) X(ret_far_8) X(iret) X(iret16) X(land) X(int_80) X(int_82) X(int3) X(into) X(int1) X(hlt) X(cli) \
              X(sti) X(popf) X(popf16) X(pushf) X(in8) X(in16) X(in32) X(out8) X(insb) X(outsb) X(lgdt) X(lidt)       \
                  X(lmsw) X(smsw) X(clts) X(invlpg) X(wbinvd) X(mov_cr0) X(mov_cr3) X(mov_to_cr0) X(mov_to_cr2)       \
                      X(mov_to_cr4) X(mov_dr) X(mov_to_dr) X(ud2) X(div) X(bound) X(sgdt) X(steps) X(steps_ss)        \
                          X(steps_int) X(steps_rep) X(steps_popf) X(load) X(store) X(end)
ATTEMPT_CODES(ATTEMPT_CODE)
