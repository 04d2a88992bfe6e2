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

  .section .text.trap, "ax"
  .globl veil_trap_entry
  .balign 64
veil_trap_entry:
  sw t0, SAVE(5)
  csrr t0, mcause
  addi t0, t0, -CAUSE_TLB_LOAD  // tlb_load and tlb_store are neighbours
  sltiu t0, t0, 2
  beqz t0, veil_other_trap

// TLB refill, paging off: linear = physical. A page of DRAM below xbound gets the granules of its translations (the
// code map of allocator/code_map.h); any other page is a device's, or nobody's.
  sw t1, SAVE(6)
  sw t2, SAVE(7)
  csrr t2, mtval
  csrr t0, xbound
  srli t1, t2, 12
  bgeu t2, t0, .Ldevice_page
  la t0, veil_page_slots
  sh1add t0, t1, t0
  slli t1, t1, 12
  lhu t0, 0(t0)
  ori t1, t1, TLB_WRITE | TLB_USER
  bnez t0, .Lcode_page
  csrw xtlbg0, zero
  csrw xtlbg1, zero
.Lfill:
  csrw xtlbpa, t1
  csrw xtlbva, t2
  lw t2, SAVE(7)
  lw t1, SAVE(6)
  lw t0, SAVE(5)
  mret
.Lcode_page:
  csrw xtlbpa, t1
  slli t0, t0, 4  // sizeof(CodePage)
  la t1, veil_code_pages
  add t0, t0, t1
  lw t1, 0(t0)
  csrw xtlbg0, t1
  lw t1, 4(t0)
  csrw xtlbg1, t1
  csrr t1, xtlbpa
  j .Lfill
.Ldevice_page:
  slli t1, t1, 12
  ori t1, t1, TLB_WRITE | TLB_USER | TLB_IO
  csrw xtlbg0, zero
  csrw xtlbg1, zero
  j .Lfill

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

// Every exit of a translation that is not chained comes here through the cache's first words, speculative, with
// everything committed: a0 = guest EIP, a1 = address of the exit stub.
  .globl veil_translation_exit
veil_translation_exit:
  csrci xstatus, XSTATUS_SPEC
  csrwi xtier, TIER_DISPATCH
  jal t0, veil_save_guest
  la sp, veil_stack_top
  j veil_translation_left

// Guest registers and flags into the state block. Called with t0 as link; uses t1, t2.
veil_save_guest:
  for_guest_registers sw
  lw t1, GUEST_STATE_EFLAGS(tp)
  li t2, ~EFLAGS_ALL
  and t1, t1, t2
  x.getf rd=t2, fd=CONVENTION_GUEST_FLAGS
  or t1, t1, t2
  sw t1, GUEST_STATE_EFLAGS(tp)
  jr t0

// void veil_enter_translation(uint32_t native, uint32_t tier): does not return. The guest registers are the last thing
// committed before speculation starts: what a first rollback goes back to.
  .globl veil_enter_translation
veil_enter_translation:
  lw t0, GUEST_STATE_EFLAGS(tp)
  for_guest_registers lw
  x.setf rs1=t0, fd=CONVENTION_GUEST_FLAGS
  csrw xtier, a1
  csrsi xstatus, XSTATUS_SPEC
  jr a0
