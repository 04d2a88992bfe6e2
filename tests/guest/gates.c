// Far transfers and gates: every type of code segment and gate as a target of jmp, call, ret, iret and int; stacks of
// inner rings from the TSS; exceptions whose own delivery fails. What each case leaves, with what has been pushed, is
// folded into a digest. Not here, since QEMU 7.2 has another opinion than the manual (unit.x86_system has them):
// limits; the EXT bit; stacks that are not present; through a call gate, calls of conforming segments and jumps to
// segments that are not present; targets that are tasks.
#include <string.h>

#include "system/attempt.h"

enum { kTypes = 32, kCases = kTypes * 2 * 2 };
enum { kLanding = 0x7000 };                               // also reached by 16-bit gates
enum { kGatePlace = kCases, kScratch = kGatePlace + 1 };  // LDT

static struct frame run_and_note(const char* what, uint32_t argument, const struct attempt* a) {
  const struct frame end = attempt_run(a);
  attempt_note(what, argument, &end);
  return end;
}

// The words on the stack of the ring that the case ended in.
static void note_stack(const struct frame* end, unsigned words) {
  if (end->vector != kEndVector) return;
  const uint32_t* top = (const uint32_t*)(attempt_stack(end->cs & 3) + end->esp);
  for (unsigned i = 0; i < words; ++i) attempt_note_value("stack", top[i]);
}

static bool is_code_or_data(unsigned n) { return n % kTypes >= 16; }

static bool is_present(unsigned n) { return n >= kCases / 2; }

static void make_segments(void) {
  for (unsigned n = 0; n < kCases; ++n) {
    const unsigned access = n % kTypes | (n / kTypes % 2 ? kAccessUser : 0) | (n / kTypes / 2 ? 0x80 : 0);
    const bool down = (access & 0x1c) == 0x14;
    attempt_ldt[n] = system_descriptor(0, down ? 0 : 0xfffff, access | (access & 0x10 ? 1 : 0),
                                       down ? kFlagBig : kFlagBig | kFlagPages);
  }
}

static void transfers(const char* name, const void* code, uint32_t flags) {
  attempt_group(name);
  make_segments();
  for (unsigned ring = 0; ring <= 3; ring += ring ? 2 : 1) {
    for (unsigned rpl = 0; rpl <= 3; rpl += rpl ? 2 : 1) {
      for (unsigned n = 0; n < kCases; ++n) {
        if (!is_code_or_data(n)) continue;
        const uint32_t selector = n << 3 | kLocal | rpl;
        const uint32_t stack = rpl == 0 ? kKernelData : rpl == 1 ? kInnerData1 : kUserData;
        const struct attempt a = {.code = code,
                                  .ring = ring,
                                  .eax = selector,
                                  .ebx = stack,
                                  .ecx = attempt_stack(rpl),
                                  .edx = kLanding,
                                  .esi = flags};
        const struct frame end = run_and_note(name, ring << 16 | selector, &a);
        note_stack(&end, 4);
      }
    }
  }
  attempt_group_end();
}

// The stack segment of a return to ring 3.
static void outer_stacks(void) {
  attempt_group("outer stacks");
  make_segments();
  for (unsigned far = 0; far < 2; ++far) {
    for (unsigned rpl = 0; rpl < 4; ++rpl) {
      for (unsigned n = 0; n < kCases + 2; ++n) {
        if (n < kCases && (!is_code_or_data(n) || !is_present(n))) continue;
        const uint32_t selector = n < kCases ? n << 3 | kLocal | rpl : n == kCases ? rpl : 0xfff8 | rpl;
        const struct attempt a = {.code = far ? code_ret_far : code_iret,
                                  .ring = 0,
                                  .eax = kUserCode,
                                  .ebx = selector,
                                  .ecx = attempt_stack(3),
                                  .edx = kLanding,
                                  .esi = kFlagAlways};
        run_and_note("ss", selector, &a);
      }
    }
  }
  attempt_group_end();
}

static void call_gates(void) {
  static const uint16_t targets[] = {kKernelCode,
                                     kUserCode,
                                     kInnerCode1,
                                     kKernelData,
                                     0,
                                     3,
                                     0xfff8,
                                     (16 + 14) << 3 | kLocal,
                                     (32 + 16 + 14) << 3 | kLocal,
                                     (64 + 16 + 14) << 3 | kLocal,
                                     (64 + 32 + 16 + 14) << 3 | kLocal,
                                     (64 + 16 + 10) << 3 | kLocal};
  attempt_group("call gates");
  make_segments();
  for (unsigned jump = 0; jump < 2; ++jump) {
    for (unsigned ring = 0; ring <= 3; ring += ring ? 2 : 1) {
      for (unsigned variant = 0; variant < 2 * 4 * 2; ++variant) {
        const unsigned wide = variant % 2, dpl = variant / 2 % 4, present = variant / 8 ^ 1;
        for (unsigned t = 0; t < sizeof targets / sizeof *targets; ++t) {
          if (jump ? t == 7 || t == 8 : t == 9) continue;
          for (unsigned rpl = 0; rpl <= 3; rpl += 3) {
            const unsigned parameters = (variant + t) % 4;
            attempt_ldt[kGatePlace] = (struct descriptor){
                (uint32_t)targets[t] << 16 | kLanding, parameters | (wide ? 0xc00 : 0x400) | dpl << 13 | present << 15};
            const struct attempt a = {.code = jump ? code_jmp_far : code_call_far,
                                      .ring = ring,
                                      .eax = kGatePlace << 3 | kLocal | rpl,
                                      .edx = 0x12345678};
            const struct frame end = run_and_note("gate", ring << 16 | variant << 8 | t << 4 | rpl, &a);
            note_stack(&end, 8);
          }
        }
      }
    }
  }
  attempt_group_end();
}

static void set_gate(unsigned vector, unsigned access, uint32_t selector, uint32_t offset) {
  system_idt[vector] = (struct descriptor){selector << 16 | (offset & 0xffff), (offset & 0xffff0000) | access << 8};
}

static void interrupt_gates(void) {
  static const uint16_t targets[] = {kKernelCode,
                                     kUserCode,
                                     kInnerCode1,
                                     kKernelData,
                                     0,
                                     3,
                                     0xfff8,
                                     (16 + 14) << 3 | kLocal,
                                     (64 + 16 + 14) << 3 | kLocal,
                                     (64 + 32 + 16 + 14) << 3 | kLocal};
  attempt_group("interrupt gates");
  make_segments();
  for (unsigned ring = 0; ring <= 3; ring += ring ? 2 : 1) {
    for (unsigned type = 0; type < 32; ++type) {
      if (type == 5) continue;  // a task gate
      for (unsigned bits = 0; bits < 8; ++bits) {
        for (unsigned t = 0; t < sizeof targets / sizeof *targets; ++t) {
          const bool usual = type == 6 || type == 7 || type == 14 || type == 15;
          if (!usual && t > 0) continue;
          set_gate(0x80, type | bits << 5, targets[t], kLanding);
          const struct attempt a = {.code = code_int_80, .ring = ring, .eflags = (type & 1 ? 0x200 : 0) | 0x3000};
          const struct frame end = run_and_note("int", ring << 16 | type << 12 | bits << 8 | t, &a);
          note_stack(&end, 5);
        }
      }
    }
  }
  attempt_group_end();
}

// Vector 0x80 leads from ring 3 to ring 1, whose stack in the TSS is wrong.
static void inner_stacks(void) {
  attempt_group("inner stacks");
  make_segments();
  set_gate(0x80, 0xee, kInnerCode1, kLanding);
  attempt_ldt[kGatePlace] = (struct descriptor){kInnerCode1 << 16 | kLanding, 0xec00};
  for (unsigned rpl = 0; rpl < 4; ++rpl) {
    for (unsigned n = 0; n < kCases + 2; ++n) {
      if (n < kCases && (!is_code_or_data(n) || !is_present(n))) continue;
      const uint32_t selector = n < kCases ? n << 3 | kLocal | rpl : n == kCases ? rpl : 0xfff8 | rpl;
      if (n < kCases)
        attempt_ldt[n].high = (attempt_ldt[n].high & ~0x6000u) | (n / kTypes % 2 ? 0x2000 : 0);  // DPL 0, 1
      system_tss.ss1 = selector;
      const struct attempt a = {.code = code_int_80, .ring = 3};
      run_and_note("int", selector, &a);
      const struct attempt call = {.code = code_call_far, .ring = 3, .eax = kGatePlace << 3 | kLocal | 3};
      run_and_note("call", selector, &call);
    }
  }
  system_tss.ss1 = kInnerData1;
  // A TSS that ends before the stack of ring 1.
  for (unsigned limit = 11; limit <= 19; limit += limit == 15 ? 4 : 1) {
    system_gdt[kTaskState / 8] = system_descriptor((uint32_t)&system_tss, limit, kAccessTss, 0);
    __asm__ volatile("ltr %w0" : : "r"(kTaskState));
    const struct attempt a = {.code = code_int_80, .ring = 3};
    run_and_note("tss", limit, &a);
  }
  system_gdt[kTaskState / 8] = system_descriptor((uint32_t)&system_tss, sizeof system_tss - 1, kAccessTss, 0);
  __asm__ volatile("ltr %w0" : : "r"(kTaskState));
  attempt_group_end();
}

// Exceptions whose delivery meets another: gates that are missing, and so up to a double fault.
static void escalation(void) {
  static const struct {
    const char* name;
    const void* code;
    unsigned vector;
  } causes[] = {{"div", code_div, 0},    {"ud", code_ud2, 6},        {"gp", code_mov_ds, 13}, {"np", code_mov_es, 11},
                {"ts", code_int_80, 10}, {"int", code_int_82, 0x82}, {"br", code_bound, 5}};
  attempt_group("escalation");
  make_segments();
  set_gate(0x80, 0xee, kInnerCode1, kLanding);
  system_tss.ss1 = 0;
  for (unsigned ring = 0; ring <= 3; ring += 3) {
    for (unsigned missing = 0; missing < 1u << 4; ++missing) {
      for (unsigned i = 0; i < sizeof causes / sizeof *causes; ++i) {
        static const uint8_t others[] = {10, 11, 13};
        struct descriptor saved[256];
        memcpy(saved, system_idt, sizeof saved);
        if (missing & 1) system_idt[causes[i].vector].high &= ~0x8000u;
        for (unsigned k = 0; k < 3; ++k) {
          if (missing >> (k + 1) & 1) system_idt[others[k]].high &= ~0x8000u;
        }
        const uint32_t eax = causes[i].vector == 11  ? (32 + 16 + 2) << 3 | kLocal | 3
                             : causes[i].vector == 5 ? 1
                                                     : 0x20;
        static const uint32_t bounds[] = {0, 0};
        const struct attempt a = {
            .code = causes[i].code, .ring = ring, .eax = eax, .ecx = causes[i].vector == 5 ? (uint32_t)bounds : 0};
        struct frame end = attempt_run(&a);
        memcpy(system_idt, saved, sizeof saved);
        end.error &= ~1u;  // EXT, which QEMU 7.2 never sets
        attempt_note(causes[i].name, ring << 16 | missing, &end);
      }
    }
  }
  system_tss.ss1 = kInnerData1;
  attempt_group_end();
}

int main(void) {
  attempt_start();
  memcpy((void*)kLanding, code_end, 2);
  system_open_gate(0x82, 3);
  transfers("jmp far", code_jmp_far, 0);
  transfers("call far", code_call_far, 0);
  transfers("ret far", code_ret_far, 0);
  transfers("ret far 8", code_ret_far_8, 0);
  transfers("iret", code_iret, 0x3cd7);
  transfers("iret16", code_iret16, 0x0ad7);
  outer_stacks();
  call_gates();
  interrupt_gates();
  inner_stacks();
  escalation();
  return guest_report("gates", attempt_digest);
}
