#include "attempt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io.h"

struct descriptor attempt_ldt[kLocalDescriptors] __attribute__((aligned(8)));
uint32_t attempt_digest = 1;

void attempt_enter(struct frame* frame);
_Noreturn void attempt_leave(void);

// For each ring: where its frame is (ring 0: below the stack's top), and its stack.
enum { kStack = 2048 };
static uint8_t stacks[4][kStack] __attribute__((aligned(16)));
static uint8_t frame_room[256] __attribute__((aligned(16)));
static struct frame end;
static uint32_t group_digest;
static unsigned group_cases;
static const char* group_name;
static bool lines;

uint32_t attempt_stack(unsigned ring) { return (uint32_t)stacks[ring] + kStack - 128; }

static struct frame* finish(struct frame* frame) {
  if (frame->cs & 3) {
    end = *frame;
  } else {
    memcpy(&end, frame, offsetof(struct frame, esp));
    end.esp = (uint32_t)frame + offsetof(struct frame, esp);
    __asm__ volatile("movl %%ss, %0" : "=r"(end.ss));
  }
  attempt_leave();
}

void attempt_start(void) {
  enum { kPic1Data = 0x21, kPic2Data = 0xa1 };
  lines = guest_option("lines") != NULL;
  outb(kPic1Data, 0xff);
  outb(kPic2Data, 0xff);
  system_start();
  system_gdt[kLdt / 8] = system_descriptor((uint32_t)attempt_ldt, sizeof attempt_ldt - 1, kAccessLdt, 0);
  system_gdt[kInnerCode1 / 8] = system_descriptor(0, 0xfffff, kAccessCode | 0x20 | 1, kFlagBig | kFlagPages);
  system_gdt[kInnerData1 / 8] = system_descriptor(0, 0xfffff, kAccessData | 0x20 | 1, kFlagBig | kFlagPages);
  for (unsigned i = kKernelCode / 8; i <= kUserData / 8; ++i) system_gdt[i].high |= 0x100;  // accessed
  __asm__ volatile("lldt %w0" : : "r"(kLdt));
  system_tss.esp0 = (uint32_t)(frame_room + sizeof frame_room);
  system_tss.esp1 = attempt_stack(1);
  system_tss.ss1 = kInnerData1;
  for (unsigned i = 0; i < 256; ++i) system_handle(i, finish);
  system_open_gate(kEndVector, 3);
}

struct frame attempt_run(const struct attempt* a) {
  static const uint16_t codes[] = {kKernelCode, kInnerCode1, 0, kUserCode},
                        datas[] = {kKernelData, kInnerData1, 0, kUserData};
  const uint32_t data = a->ring ? kUserData : kKernelData;
  struct frame start = {.gs = data,
                        .fs = data,
                        .es = data,
                        .ds = data,
                        .edi = a->edi,
                        .esi = a->esi,
                        .ebp = a->ebp,
                        .ebx = a->ebx,
                        .edx = a->edx,
                        .ecx = a->ecx,
                        .eax = a->eax,
                        .eip = (uint32_t)a->code,
                        .cs = codes[a->ring],
                        .eflags = a->eflags | kFlagAlways,
                        .esp = attempt_stack(a->ring),
                        .ss = datas[a->ring]};
  struct frame* place = (struct frame*)(frame_room + sizeof frame_room) - 1;
  unsigned size = sizeof start;
  if (a->ring == 0) {
    size = offsetof(struct frame, esp);
    place = (struct frame*)(attempt_stack(0) - size);
  }
  memcpy(place, &start, size);
  attempt_enter(place);
  end.eip -= (uint32_t)a->code;
  const uint32_t ring = end.cs & 3;
  end.esp -= attempt_stack(ring == 2 ? 1 : ring);
  return end;
}

void attempt_group(const char* name) {
  group_name = name;
  group_digest = 1;
  group_cases = 0;
}

static void fold(uint32_t value) { group_digest = guest_mix(group_digest, value); }

void attempt_note(const char* what, uint32_t argument, const struct frame* f) {
  enum { kFlagResume = 0x10000 };  // QEMU 7.2 leaves RF out of a fault's frame (SDM volume 3, 17.3.1.1)
  ++group_cases;
  const uint32_t words[] = {f->vector, f->error, f->eip, f->cs,  f->eflags & ~kFlagResume,
                            f->esp,    f->ss,    f->ds,  f->es,  f->fs,
                            f->gs,     f->eax,   f->ebx, f->ecx, f->edx,
                            f->esi,    f->edi,   f->ebp};
  for (unsigned i = 0; i < sizeof words / sizeof *words; ++i) fold(words[i]);
  if (!lines) return;
  printf("%s %08x:", what, (unsigned)argument);
  for (unsigned i = 0; i < sizeof words / sizeof *words; ++i) printf(" %x", (unsigned)words[i]);
  printf("\n");
}

void attempt_note_value(const char* what, uint32_t value) {
  fold(value);
  if (lines) printf("%s: %08x\n", what, (unsigned)value);
}

void attempt_group_end(void) {
  printf("%s: %u cases, %08x\n", group_name, group_cases, (unsigned)group_digest);
  attempt_digest = guest_mix(attempt_digest, group_digest);
}
