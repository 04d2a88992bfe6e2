// Reset: monitor mode, registers undefined. Sets up what C++ needs, then boots.
  .include "veil_isa.inc"

  .section .text.start, "ax"
  .globl _start
_start:
  .option push
  .option norelax
  la gp, __global_pointer$
  .option pop
  li tp, CONCEALED_WINDOW + WINDOW_GUEST_STATE
  la sp, veil_stack_top
  la t0, veil_trap_entry
  csrw mtvec, t0
  csrwi mie, 0
  li t0, CONCEALED_WINDOW + WINDOW_BOOT_BLOCK
  lw t0, BOOT_BLOCK_RESUME(t0)
  beqz t0, 3f
  j veil_resume      /* .data and .bss are the saved machine's */
3:
  la t0, __bss_start
  la t1, __bss_end
1:
  bgeu t0, t1, 2f
  sw zero, 0(t0)
  addi t0, t0, 4
  j 1b
2:
  j veil_boot
