// Tasks: birth, log, death, and who runs next (round robin; the timer preempts).
#include "kernel.h"

#include <stdio.h>
#include <string.h>

struct task tasks[kTasks];
struct task* current;
volatile uint32_t ticks;
uint32_t preemptions;

struct task* task_new(struct task* parent) {
  for (unsigned i = 0; i < kTasks; ++i) {
    struct task* task = &tasks[i];
    if (task->state != kFree) continue;
    memset(task, 0, sizeof *task);
    task->state = kReady;
    task->parent = parent;
    task->directory = space_new();
    task->heap_end = kUserHeap;
    return task;
  }
  guest_panic("too many tasks");
}

void task_log(struct task* task, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const unsigned room = kLogBytes - task->log_bytes;
  const int bytes = vsnprintf(task->log + task->log_bytes, room, format, arguments);
  va_end(arguments);
  if (bytes < 0 || (unsigned)bytes >= room) guest_panic("a task's log is full");
  task->log_bytes += (unsigned)bytes;
}

void task_end(struct task* task, uint32_t result) {
  space_drop(task->directory);
  task->directory = 0;
  task->result = result;
  task->state = kZombie;
  if (task->parent && task->parent->state == kWaiting && task->parent->child == task) task->parent->state = kReady;
}

// A task did what it may not; the log says what. The kernel itself never may.
void kill(const struct frame* frame) {
  const bool fault_on_its_behalf = frame->vector == 14 && read_cr2() >= kUserStart;
  if (!current || (!(frame->cs & 3) && !fault_on_its_behalf)) system_unexpected((struct frame*)frame);
  task_log(current, "    killed: vector %u, error %x", (unsigned)frame->vector, (unsigned)frame->error);
  if (frame->vector == 14) task_log(current, ", address %08x", (unsigned)read_cr2());
  task_log(current, "\n");
  task_end(current, kKilled | frame->vector);
  schedule();
}

static _Noreturn void run(struct task* task) {
  current = task;
  system_tss.esp0 = (uint32_t)(&task->frame + 1);
  system_gdt[kThreadSelector / 8] = task->thread;
  if (read_cr3() != (uint32_t)task->directory) write_cr3((uint32_t)task->directory);
  system_resume(&task->frame);
}

void schedule(void) {
  unsigned at = current ? (unsigned)(current - tasks) : 0;
  current = 0;
  for (;;) {
    bool sleeping = false;
    for (unsigned i = 0; i < kTasks; ++i) {
      at = at + 1 < kTasks ? at + 1 : 0;
      if (tasks[at].state == kReady) run(&tasks[at]);
      sleeping |= tasks[at].state == kSleeping;
    }
    if (!sleeping) finish();
    wait_for_interrupt();
  }
}

struct frame* timer_interrupt(struct frame* frame) {
  ++ticks;
  pic_end(kIrqTimer);
  for (unsigned i = 0; i < kTasks; ++i) {
    if (tasks[i].state == kSleeping && (int32_t)(ticks - tasks[i].wake) >= 0) tasks[i].state = kReady;
  }
  if (!(frame->cs & 3)) return frame;  // the kernel was asleep
  ++preemptions;
  schedule();
}
