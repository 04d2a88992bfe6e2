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
extern const uint8_t code_mov_ds[], code_mov_es[], code_mov_fs[], code_mov_gs[], code_mov_ss[], code_pop_ds[],
    code_pop_es[], code_pop_ss[], code_pop_fs[], code_pop_gs[], code_lds[], code_les[], code_lss[], code_lfs[],
    code_lgs[], code_lar[], code_lsl[], code_lar16[], code_lsl16[], code_verr[], code_verw[], code_arpl[], code_lldt[],
    code_ltr[], code_sldt[], code_str[], code_jmp_far[], code_call_far[], code_ret_far[], code_ret_far_8[], code_iret[],
    code_iret16[], code_land[], code_int_80[], code_int_82[], code_int3[], code_into[], code_int1[], code_hlt[],
    code_cli[], code_sti[], code_popf[], code_popf16[], code_pushf[], code_in8[], code_in16[], code_in32[], code_out8[],
    code_insb[], code_outsb[], code_lgdt[], code_lidt[], code_lmsw[], code_smsw[], code_clts[], code_invlpg[],
    code_wbinvd[], code_mov_cr0[], code_mov_cr3[], code_mov_to_cr0[], code_mov_to_cr2[], code_mov_to_cr4[],
    code_mov_dr[], code_mov_to_dr[], code_ud2[], code_div[], code_bound[], code_sgdt[], code_steps[], code_steps_ss[],
    code_steps_int[], code_steps_rep[], code_steps_popf[], code_load[], code_store[], code_end[];
