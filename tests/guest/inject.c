// An interrupt at any point: ring-0 instructions, then the routine in ring 3, with interrupts on. Whatever interrupt comes and wherever, the
// digest stays; the handler counts, and looks whether it came where it must not. tests/system/inject.py lets one come after every
// instruction in turn; `until=start` ends where interrupts are about to be switched on, `until=end` where they have been switched off.
#include <stdio.h>
#include <string.h>

#include "system/supervisor.h"

static unsigned interrupts;

static struct frame* interrupt(struct frame* frame) {
  ++interrupts;
  guest_check("not after mov ss", frame->eip == (uint32_t)after_mov_ss, 0);
  guest_check("not after sti", frame->eip == (uint32_t)after_sti, 0);
  guest_check("interrupts were on", frame->eflags & kFlagInterrupts, kFlagInterrupts);
  pic_end(frame->vector - kFirstIrq);
  return frame;
}

static bool until(const char* what) {
  const char* option = guest_option("until");
  return option && strcmp(option, what) == 0;
}

int main(void) {
  uint32_t digest = 1;
  uint32_t words[16] = {0};
  supervisor_start(false);
  pic_start();
  for (unsigned irq = 1; irq < 16; ++irq) {  // IRQ 0 may tick by itself
    system_handle(kFirstIrq + irq, interrupt);
    if (irq != kIrqClock) pic_unmask(irq);
  }
  routine_prepare();
  if (until("start")) return 0;
  __asm__ volatile("sti");
  kernel_part(words);
  routine_run(kFlagInterrupts);
  __asm__ volatile("sti\n\tnop");  // the way back from ring 3 has switched them off: what has waited comes here
  interrupts_off();
  if (until("end")) return 0;
  digest = routine_digest();
  for (unsigned i = 0; i < 16; ++i) digest = guest_mix(digest, words[i]);
  printf("interrupts %u\n", interrupts);
  return guest_report("inject", digest);
}
