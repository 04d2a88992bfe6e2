// What the files of the kernel tell each other. One processor, no preemption inside the kernel: every trap from ring 3
// starts on an empty kernel stack, its frame is in the task, and leaving means to resume some task's frame.
#pragma once

#include <stdbool.h>

#include "calls.h"
#include "system.h"

enum { kTasks = 40, kLogBytes = 1024 };
enum state { kFree, kReady, kSleeping, kWaiting, kZombie };

struct task {
  struct frame frame;
  enum state state;
  uint32_t* directory;
  uint32_t heap_end;
  struct task* parent;  // 0: started by the kernel
  uint32_t result;      // exit value, or kKilled | vector
  uint32_t wake;        // kSleeping: the tick
  struct task* child;   // kWaiting: for this one
  uint32_t steps;
  struct descriptor thread;
  unsigned log_bytes;
  char log[kLogBytes];
};
extern struct task tasks[kTasks];
extern struct task* current;
extern volatile uint32_t ticks;
extern uint32_t preemptions;

// task.c
struct task* task_new(struct task* parent);
void task_log(struct task* task, const char* format, ...) __attribute__((format(printf, 2, 3)));
void task_end(struct task* task, uint32_t result);
_Noreturn void schedule(void);  // the next ready task; sleeps while there is none; ends when there are no tasks
_Noreturn void kill(const struct frame* frame);
struct frame* timer_interrupt(struct frame* frame);

// memory.c
void memory_start(unsigned frames);
unsigned memory_free_frames(void);
uint32_t* space_new(void);
void space_copy(uint32_t* to, uint32_t* from);  // copy on write, all but the shared page
void space_drop(uint32_t* directory);
unsigned space_own_pages(const uint32_t* directory);
struct frame* page_fault(struct frame* frame);

// image.c: the tasks' program
struct segment {
  uint32_t start, end, file_end;  // addresses in the task
  const uint8_t* data;            // page-aligned
  bool writable;
};
extern struct segment segments[2];
extern unsigned segment_count;
uint32_t image_open(void);  // -> entry point

// syscall.c
struct frame* system_call(struct frame* frame);

// serial.c: the console, by interrupts
void serial_start(void);
void serial_print(const char* format, ...) __attribute__((format(printf, 1, 2)));
void serial_flush(void);
struct frame* serial_interrupt(struct frame* frame);

// probe.c
void probe_devices(void);

// main.c
_Noreturn void finish(void);
