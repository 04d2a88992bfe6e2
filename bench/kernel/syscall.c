// System calls. Reading and writing a task's memory may fault: page_fault() makes the page, or the task dies.
#include "kernel.h"

#include <string.h>

static bool is_user(uint32_t address, uint32_t bytes) {
  return address >= kUserStart && address + bytes >= address && address + bytes <= kUserStackTop;
}

static void report(uint32_t text, uint32_t value) {
  char line[64];
  unsigned n = 0;
  while (n < sizeof line - 1 && is_user(text + n, 1) && *(const char*)(text + n)) {
    line[n] = *(const char*)(text + n);
    ++n;
  }
  line[n] = 0;
  task_log(current, "    %s: %u (%08x)\n", line, (unsigned)value, (unsigned)value);
}

static uint32_t fork_task(void) {
  struct task* child = task_new(current);
  space_copy(child->directory, current->directory);
  child->frame = current->frame;
  child->frame.eax = 0;
  child->heap_end = current->heap_end;
  child->thread = current->thread;
  return (uint32_t)(child - tasks);
}

// The call is made again when the child has ended: EIP goes back to the int instruction.
static uint32_t wait_task(struct frame* frame, uint32_t number, uint32_t result) {
  struct task* child = number < kTasks ? &tasks[number] : 0;
  if (!child || child->state == kFree || child->parent != current || !is_user(result, 4)) return ~0u;
  if (child->state != kZombie) {
    frame->eip -= 2;
    current->state = kWaiting;
    current->child = child;
    schedule();
  }
  *(uint32_t*)result = child->result;
  task_log(current, "%s", child->log);
  child->state = kFree;
  return 0;
}

static uint32_t grow(uint32_t bytes) {
  const uint32_t start = current->heap_end;
  if (bytes > kUserShared - start) return 0;
  current->heap_end += (bytes + kPage - 1) & ~(kPage - 1);
  return start;
}

struct frame* system_call(struct frame* frame) {
  const uint32_t a = frame->ebx, b = frame->ecx;
  switch (frame->eax) {
    case kCallExit:
      task_end(current, a & (kKilled - 1));
      schedule();
    case kCallYield:
      schedule();
    case kCallReport:
      report(a, b);
      break;
    case kCallFork:
      frame->eax = fork_task();
      break;
    case kCallWait:
      frame->eax = wait_task(frame, a, b);
      break;
    case kCallSleep:
      current->wake = ticks + a;
      current->state = kSleeping;
      schedule();
    case kCallTicks:
      frame->eax = ticks;
      break;
    case kCallGrow:
      frame->eax = grow(a);
      break;
    case kCallPages:
      frame->eax = space_own_pages(current->directory);
      break;
    case kCallThread:
      current->thread = system_descriptor(a, b, kAccessData | kAccessUser, kFlagBig);
      system_gdt[kThreadSelector / 8] = current->thread;
      break;
    case kCallSteps:
      frame->eax = current->steps;
      break;
    default:
      frame->eax = ~0u;
  }
  return frame;
}
