// A small kernel: paging, a timer that preempts, tasks in ring 3, system calls, demand paging, copy on write, single steps, a console by
// interrupts. It starts the programs of user/, waits for the last one, prints their logs in order and ends the run. What it prints does
// not depend on when the timer ticks. n= scales the programs' work, hz= is the timer's rate, run= names the only program to run.
#include <stdlib.h>
#include <string.h>

#include "kernel.h"
#include "user/programs.h"

enum { kPoolFrames = 1000 };
static uint8_t kernel_stack[16384] __attribute__((aligned(16)));
static struct task* started[kPrograms];
static unsigned frames_at_start;

static struct frame* single_step(struct frame* frame) {
  if (!(frame->cs & 3) || !(read_dr6() & 1 << 14)) system_unexpected(frame);
  write_dr6(0);
  ++current->steps;
  return frame;
}

static struct frame* exception(struct frame* frame) { kill(frame); }

static void start_program(unsigned number, uint32_t entry) {
  struct task* task = started[number] = task_new(0);
  task->frame = (struct frame){.gs = kUserData, .fs = kUserData, .es = kUserData, .ds = kUserData,
                               .eax = number, .ebx = guest_scale(4), .eip = entry, .cs = kUserCode,
                               .eflags = kFlagAlways | kFlagInterrupts, .esp = kUserStackTop - 16, .ss = kUserData};
}

void finish(void) {
  uint32_t digest = 0;
  for (unsigned i = 0; i < kPrograms; ++i) {
    if (!started[i]) continue;
    serial_print("  %s\n%s", program_names[i], started[i]->log);
    guest_check(program_names[i], started[i]->state == kZombie ? started[i]->result : ~0u, 0);
    for (const char* p = started[i]->log; *p; ++p) digest = guest_mix(digest, (uint8_t)*p);
  }
  if (started[kProgram_turns]) guest_check("the timer has preempted tasks", preemptions != 0, 1);
  guest_check("every frame has come back", memory_free_frames(), frames_at_start);
  for (uint32_t last = ticks + 2; (int32_t)(ticks - last) < 0;) wait_for_interrupt();
  serial_flush();
  guest_exit((unsigned)guest_report("kernel", digest));
}

int main(void) {
  system_start();
  system_stack_top = (uint32_t)(kernel_stack + sizeof kernel_stack);
  for (unsigned vector = 0; vector < 20; ++vector) system_handle(vector, exception);
  system_handle(1, single_step);
  system_handle(8, system_unexpected);  // double fault
  system_handle(14, page_fault);
  system_handle(kFirstIrq + kIrqTimer, timer_interrupt);
  system_handle(kFirstIrq + kIrqCom1, serial_interrupt);
  system_handle(kCallVector, system_call);
  system_open_gate(kCallVector, 3);
  system_open_gate(3, 3);

  pic_start();
  serial_start();
  memory_start(kPoolFrames);
  frames_at_start = memory_free_frames();
  serial_print("kernel: paging on\n");
  probe_devices();
  const uint32_t entry = image_open();
  char only[16] = "";
  if (guest_option("run")) strncpy(only, guest_option("run"), sizeof only - 1);
  for (unsigned i = 0; i < kPrograms; ++i) {
    if (!*only || strcmp(only, program_keys[i]) == 0) start_program(i, entry);
  }
  const char* hertz = guest_option("hz");
  pit_start(hertz ? (unsigned)atoi(hertz) : 5000);
  pic_unmask(kIrqTimer);
  schedule();
}
