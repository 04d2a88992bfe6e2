// Boot ROM: seen at the reset address until it switches itself off. Stack and data are in DRAM, in the window's part that
// the firmware's image does not reach.
  .include "veil_isa.inc"

  .section .text.start, "ax"
  .globl _start
_start:
  la sp, boot_stack_top
  la t0, boot_trap
  csrw mtvec, t0
  csrwi mie, 0
  j boot_main

// A trap here is a fault of ROM or hardware: all LEDs, and the end.
  .balign 4
boot_trap:
  li t0, MMIO + HOST_LEDS
  li t1, 0xff
  sw t1, 0(t0)
1:
  j 1b

// void boot_leave(): copied to DRAM and run there, for the ROM disappears under it.
  .globl boot_leave
  .globl boot_leave_end
boot_leave:
  li t0, MMIO + HOST_OVERLAY
  sw zero, 0(t0)
  fence.i
  // The data cache may hold constants of the ROM: other lines take their place. It replaces its two ways in turn, whatever
  // the set, so there is one miss more (an odd number) between two visits to a set.
  li t0, CONCEALED_WINDOW + WINDOW_TRANSLATION_CACHE
  li t2, 4
1:
  li t1, 128
2:
  lw zero, 0(t0)
  addi t0, t0, 32
  addi t1, t1, -1
  bnez t1, 2b
  lui t1, 0x10
  add t1, t1, t0
  lw zero, 0(t1)
  addi t2, t2, -1
  bnez t2, 1b
  li t0, CONCEALED_WINDOW
  jr t0
boot_leave_end:
