// The doors between firmware and translated code: trap entry, TLB refill, entry into a translation, exit from one.
//
// Invariants: x4 (tp) is the address of the guest state block from boot on, in firmware and translations alike, so a
// handler has a base for what it saves. In a TLB miss the speculation is held: every register is put back.
// All other ways into the dispatcher start on a fresh stack and never return.
  .include "veil_isa.inc"

#define SAVE(reg) (WINDOW_TRAP_SAVE - WINDOW_GUEST_STATE + 4 * (reg))(tp)

// lw or sw of the eight guest registers (CONVENTION_GUEST_GPR_FIRST on) from or to the state block
  .if CONVENTION_GUEST_GPR_FIRST != 16
  .error "the guest's registers are not where this file has them"
  .endif
  .macro for_guest_registers op
  \op x16, GUEST_STATE_EAX(tp)
  \op x17, GUEST_STATE_ECX(tp)
  \op x18, GUEST_STATE_EDX(tp)
  \op x19, GUEST_STATE_EBX(tp)
  \op x20, GUEST_STATE_ESP(tp)
  \op x21, GUEST_STATE_EBP(tp)
  \op x22, GUEST_STATE_ESI(tp)
  \op x23, GUEST_STATE_EDI(tp)
  .endm

// The guest's flags into the state block; uses t1, t2.
  .macro guest_flags
  lw t1, GUEST_STATE_EFLAGS(tp)
  li t2, ~EFLAGS_ALL
  and t1, t1, t2
  x.getf rd=t2, fd=CONVENTION_GUEST_FLAGS
  or t1, t1, t2
  sw t1, GUEST_STATE_EFLAGS(tp)
  .endm

  .section .text.trap, "ax"
  .globl veil_trap_entry
  .balign 64
veil_trap_entry:
  sw t0, SAVE(5)
  csrr t0, mcause
  addi t0, t0, -CAUSE_TLB_LOAD  // tlb_load and tlb_store are neighbours
  sltiu t0, t0, 2
  beqz t0, veil_other_trap

// TLB refill. A page of memory gets the granules of its translations (the code map of allocator/code_map.h); any other
// page is a device's or absent: every access to it traps. Paging off: linear = physical. Paging on: the walk of
// x86/interpreter/page_walk.h where nothing has to be marked and nothing forbids the access; all else is .Labandon's.
  .if TLB_WRITE != 1 || TLB_USER != 2
  .error "bits of a TLB entry are not those of a page table entry, shifted"
  .endif
#define PAGE_WRITABLE_OR_USER 3  // bits 1 and 2 of an entry, shifted
#define PAGE_PRESENT_ACCESSED 0x21
#define PAGE_DIRTY 0x40
#define CR0_WP_BIT 16
  sw t1, SAVE(6)
  sw t2, SAVE(7)
  lw t0, GUEST_STATE_CR0(tp)
  csrr t2, mtval
  bltz t0, .Lpaged  // PG is bit 31
  srli t1, t2, 12
  slli t1, t1, 12
  ori t1, t1, TLB_WRITE | TLB_USER
// t1: physical page and what the entry allows; t2: linear address
.Lphysical:
  csrr t0, xbound
  csrw xtlbpa, t1
  bgeu t1, t0, .Ldevice_page
  srli t1, t1, 12
  la t0, veil_page_slots
  sh1add t0, t1, t0
  lhu t0, 0(t0)
  bnez t0, .Lcode_page
  csrw xtlbg0, zero
  csrw xtlbg1, zero
.Lfill:
  csrw xtlbva, t2
  lw t2, SAVE(7)
  lw t1, SAVE(6)
  lw t0, SAVE(5)
  mret
.Lcode_page:
  slli t0, t0, 4  // sizeof(CodePage)
  la t1, veil_code_pages
  add t0, t0, t1
  lw t1, 0(t0)
  csrw xtlbg0, t1
  lw t1, 4(t0)
  csrw xtlbg1, t1
  j .Lfill
.Ldevice_page:
  ori t1, t1, TLB_IO
  csrw xtlbpa, t1
  csrw xtlbg0, zero
  csrw xtlbg1, zero
  j .Lfill

.Lpaged:
  sw t3, SAVE(28)
  csrr t0, xbound
  lw t1, GUEST_STATE_CR3(tp)
  srli t1, t1, 12
  slli t1, t1, 12
  srli t3, t2, 22
  sh2add t1, t3, t1
  bgeu t1, t0, .Labandon  // a table that is not in memory
  lw t3, 0(t1)  // directory entry
  srli t1, t3, 12
  slli t1, t1, 12
  bgeu t1, t0, .Labandon
  slli t0, t2, 10
  srli t0, t0, 22
  sh2add t1, t0, t1
  lw t1, 0(t1)  // table entry
  and t3, t3, t1
  andi t0, t3, PAGE_PRESENT_ACCESSED
  addi t0, t0, -PAGE_PRESENT_ACCESSED
  bnez t0, .Labandon
  srli t3, t3, 1
  andi t3, t3, PAGE_WRITABLE_OR_USER
  andi t0, t1, PAGE_DIRTY
  bnez t0, 1f
  andi t3, t3, TLB_USER  // the first write has to mark the page
1:
  csrr t0, xstatus
  andi t0, t0, XSTATUS_USER
  beqz t0, 2f
  andi t0, t3, TLB_USER
  beqz t0, .Labandon
2:
  csrr t0, mcause
  addi t0, t0, -CAUSE_TLB_STORE
  bnez t0, 3f
  andi t0, t3, TLB_WRITE
  beqz t0, .Lread_only
3:
  srli t1, t1, 12
  slli t1, t1, 12
  or t1, t1, t3
  lw t3, SAVE(28)
  j .Lphysical

// A store that the entry does not allow: with CR0.WP = 0 the supervisor may all the same, if the page is marked. The TLB
// entry is then not the user's.
.Lread_only:
  andi t0, t1, PAGE_DIRTY
  beqz t0, .Labandon
  csrr t0, xstatus
  andi t0, t0, XSTATUS_USER
  bnez t0, .Labandon
  lw t0, GUEST_STATE_CR0(tp)
  slli t0, t0, 31 - CR0_WP_BIT
  bltz t0, .Labandon
  li t3, TLB_WRITE
  j 3b

// The interpreter has to look at it: a fault, or accessed and dirty bits to be set (only ever there, so that page tables
// are the same in every gear), or tables where there is no memory. The speculation is dropped.
.Labandon:
  x.rollback
  j veil_other_trap

// Any other trap. From speculative mode: the hardware has rolled back, the registers are those of the last commit. In a
// translation they hold the guest's; in the interpreter, the guest state block does.
veil_other_trap:
  csrr t0, xstatus
  andi t0, t0, XSTATUS_PSPEC
  beqz t0, veil_own_fault
  csrr t0, xtier
  addi t0, t0, -TIER_RUN_COLD
  sltiu t0, t0, 2  // run_cold, run_hot
  beqz t0, 1f
  jal t0, veil_save_guest
1:
  la sp, veil_stack_top
  j veil_guest_trap

// A trap of the firmware itself: all registers are kept for the report.
veil_own_fault:
  sw x1, SAVE(1)
  sw x2, SAVE(2)
  sw x3, SAVE(3)
  sw x4, SAVE(4)
  .irp n, 6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
  sw x\n, SAVE(\n)
  .endr
  la sp, veil_stack_top
  j veil_firmware_fault

// An exit whose look-up in the jump table has missed, as below: what the hardware's table has lost is in a larger one
// (jump_cache.h). The next translation then begins as after a hit: tier and deadline stay.
  .globl veil_indirect_exit
veil_indirect_exit:
  li t0, 0x9e3779b1  // JumpCache::kFactor
  mul t0, t0, a0
  srli t0, t0, 22  // its top ten bits: JumpCache::kEntries
  slli t0, t0, 4   // sizeof(JumpCache::Entry)
  la t1, veil_jump_cache
  add t0, t0, t1
  lw t1, 0(t0)
  bne t1, a0, veil_translation_exit
  lw t1, 4(t0)
  lw t2, veil_jump_tag
  bne t1, t2, veil_translation_exit
  lw t2, 8(t0)
  csrw xjtkey, a0
  csrw xjtval, t2
  jr t2

// Every exit of a translation that is not chained comes here through the cache's first words, speculative, with
// everything committed: a0 = guest EIP, a1 = address of the exit stub.
  .globl veil_translation_exit
veil_translation_exit:
  csrci xstatus, XSTATUS_SPEC
  csrwi xtier, TIER_DISPATCH
  jal t0, veil_save_guest
  la sp, veil_stack_top
  j veil_translation_left

// A detour: a translation has ended before an instruction that must be interpreted, everything is committed, a0 = its
// EIP. The instruction is interpreted at once, and the jump table leads to the translation that goes on. Speculation
// stays on, so nothing of the firmware's is committed on the way; a trap begins on a fresh stack as always. The tier
// changes when the state block is complete: it says where the guest's registers are.
  .globl veil_detour
veil_detour:
  for_guest_registers sw
  guest_flags
  sw a0, GUEST_STATE_EIP(tp)
  csrwi xtier, TIER_INTERPRET
  la sp, veil_stack_top
.Lnext:
  jal veil_interpret_one  // 0: something waits; 1: that was all; 2: the next one must be interpreted, too
  beqz a0, .Levents
  addi a0, a0, -1
  bnez a0, .Lnext
.Lresume:
  lw t0, GUEST_STATE_EFLAGS(tp)
  lw a0, GUEST_STATE_EIP(tp)
  lw a1, veil_entered_tier
  for_guest_registers lw
  x.setf rs1=t0, fd=CONVENTION_GUEST_FLAGS
  csrw xtier, a1
  x.commit  // what a first rollback goes back to
  x.jt rs1=a0
// No translation is known there. (The state block has the guest, as in the interpreter.)
  csrci xstatus, XSTATUS_SPEC
  csrwi xtier, TIER_DISPATCH
  la sp, veil_stack_top
  j veil_detour_missed
.Levents:
  csrci xstatus, XSTATUS_SPEC
  j veil_detour_ended

// void veil_continue(): goes on with the guest where the state block says, as a detour does. Does not return.
  .globl veil_continue
veil_continue:
  csrsi xstatus, XSTATUS_SPEC
  j .Lresume

// Guest registers and flags into the state block. Called with t0 as link; uses t1, t2.
veil_save_guest:
  for_guest_registers sw
  guest_flags
  jr t0

// void veil_enter_translation(uint32_t native, uint32_t tier): does not return. The guest registers are the last thing
// committed before speculation starts: what a first rollback goes back to.
  .globl veil_enter_translation
veil_enter_translation:
  lw t0, GUEST_STATE_EFLAGS(tp)
  for_guest_registers lw
  x.setf rs1=t0, fd=CONVENTION_GUEST_FLAGS
  csrw xtier, a1
  sw a1, veil_entered_tier, t0
  csrsi xstatus, XSTATUS_SPEC
  jr a0

// The tier that was entered last: translations do not change it.
  .section .sbss.veil_entered_tier, "aw", @nobits
  .balign 4
veil_entered_tier:
  .space 4
