// What each ring may do: privileged instructions, EFLAGS by popf and iret, ports by IOPL and the TSS's bit map, single
// steps. What each case leaves is folded into a digest.
#include <string.h>

#include "system/attempt.h"

static uint8_t table_image[8] __attribute__((aligned(8)));

static void instructions(void) {
  static const uint32_t bounds[] = {5, 9};
  static const struct {
    const char* name;
    const void* code;
    uint32_t eax;
    const void* address;
    bool not_ring0;
  } codes[] = {{"hlt", code_hlt, 0, 0, true},
               {"cli", code_cli, 0, 0, false},
               {"sti", code_sti, 0, 0, false},
               {"lgdt", code_lgdt, 0, table_image, false},
               {"lidt", code_lidt, 0, table_image, true},
               {"lmsw", code_lmsw, 0x11, 0, false},
               {"smsw", code_smsw, ~0u, 0, false},
               {"clts", code_clts, 0, 0, false},
               {"invlpg", code_invlpg, 0, table_image, false},
               {"wbinvd", code_wbinvd, 0, 0, false},
               {"cr0", code_mov_cr0, 0, 0, false},
               {"cr3", code_mov_cr3, 0, 0, false},
               {"to cr0", code_mov_to_cr0, 0x11, 0, false},
               {"to cr0 pg", code_mov_to_cr0, 0x80000010, 0, true},
               {"to cr0 nw", code_mov_to_cr0, 0x20000011, 0, true},
               {"to cr2", code_mov_to_cr2, 0, 0, false},
               {"to cr4", code_mov_to_cr4, 0, 0, false},
               {"dr7", code_mov_dr, 0, 0, false},
               {"to dr7", code_mov_to_dr, 0x400, 0, false},
               {"lldt", code_lldt, kLdt, 0, false},
               {"ltr", code_ltr, 0, 0, true},
               {"sldt", code_sldt, 0, 0, false},
               {"str", code_str, 0, 0, false},
               {"sgdt", code_sgdt, 0, 0, false},
               {"int3", code_int3, 0, 0, false},
               {"into", code_into, 0x7fffffff, 0, false},
               {"no into", code_into, 1, 0, false},
               {"ud2", code_ud2, 0, 0, false},
               {"div", code_div, 1, 0, false},
               {"bound in", code_bound, 5, bounds, false},
               {"bound out", code_bound, 10, bounds, false},
               {"pushf", code_pushf, 0, 0, false},
               {"int 80", code_int_80, 0, 0, false},
               {"int 82", code_int_82, 0, 0, false}};
  attempt_group("instructions");
  memcpy(table_image, &(uint16_t){kDescriptors * 8 - 1}, 2);
  memcpy(table_image + 2, &(uint32_t){(uint32_t)system_gdt}, 4);
  for (unsigned ring = 0; ring <= 3; ring += ring ? 2 : 1) {
    for (unsigned iopl = 0; iopl < 4; ++iopl) {
      for (unsigned i = 0; i < sizeof codes / sizeof *codes; ++i) {
        if (ring == 0 && codes[i].not_ring0) continue;
        const struct attempt a = {.code = codes[i].code,
                                  .ring = ring,
                                  .eflags = iopl << 12,
                                  .eax = codes[i].eax,
                                  .ecx = (uint32_t)codes[i].address};
        const struct frame end = attempt_run(&a);
        attempt_note(codes[i].name, ring << 8 | iopl, &end);
      }
    }
  }
  attempt_group_end();
}

// All bits but TF, NT (both have tests of their own) and VM.
static void flags(void) {
  enum { kMost = 0x243ed5 };
  attempt_group("flags");
  for (unsigned ring = 0; ring <= 3; ring += ring ? 2 : 1) {
    for (unsigned before = 0; before < 8; ++before) {
      for (unsigned k = 0; k < 24; ++k) {
        uint32_t seed = k + 1;
        const uint32_t value = (k == 0 ? 0 : k == 1 ? kMost : guest_random(&seed) * 0x9e3779b9u) & kMost;
        const uint32_t eflags = before % 4 << 12 | before / 4 << 9;
        const struct attempt a = {
            .code = k % 3 == 2 ? code_popf16 : code_popf, .ring = ring, .eflags = eflags, .eax = value};
        const struct frame end = attempt_run(&a);
        attempt_note("popf", ring << 8 | before, &end);
        static const uint16_t selectors[] = {kKernelCode, kInnerCode1, 0, kUserCode},
                              stacks[] = {kKernelData, kInnerData1, 0, kUserData};
        for (unsigned to = ring; to <= 3; to += to ? 2 : 1) {
          const struct attempt i = {.code = code_iret,
                                    .ring = ring,
                                    .eflags = eflags,
                                    .eax = selectors[to],
                                    .ebx = stacks[to],
                                    .ecx = attempt_stack(to),
                                    .edx = (uint32_t)code_end,
                                    .esi = value};
          const struct frame after = attempt_run(&i);
          attempt_note("iret", ring << 12 | to << 8 | before, &after);
        }
      }
    }
  }
  attempt_group_end();
}

// Ports without a device, around the end of the bit map.
static void ports(void) {
  enum { kFirst = 0x300, kMap = 0x380 / 8 };
  static struct {
    struct task_state tss;
    uint8_t map[kMap];
  } task __attribute__((aligned(16)));
  static const struct {
    const char* name;
    const void* code;
  } codes[] = {{"in8", code_in8},   {"in16", code_in16}, {"in32", code_in32},
               {"out8", code_out8}, {"insb", code_insb}, {"outsb", code_outsb}};
  attempt_group("ports");
  task.tss = system_tss;
  uint32_t seed = 5;
  for (unsigned i = 0; i < kMap; ++i) task.map[i] = guest_random(&seed) & guest_random(&seed);
  static const uint16_t ends[] = {sizeof task - 1,
                                  sizeof task - 2,
                                  sizeof(struct task_state) + 0x60 + 1,
                                  sizeof(struct task_state) + 0x60,
                                  sizeof(struct task_state) - 1,
                                  sizeof(struct task_state) - 2};
  for (unsigned e = 0; e < sizeof ends / sizeof *ends; ++e) {
    task.tss.io_map = sizeof(struct task_state) - (e == 1 ? 8 : 0);
    system_gdt[kTaskState / 8] = system_descriptor((uint32_t)&task, ends[e], kAccessTss, 0);
    __asm__ volatile("ltr %w0" : : "r"(kTaskState));
    for (unsigned ring = 0; ring <= 3; ring += ring ? 2 : 1) {
      for (unsigned iopl = 0; iopl < 4; iopl += ring) {
        for (unsigned i = 0; i < sizeof codes / sizeof *codes; ++i) {
          for (uint32_t port = kFirst; port < 0x390; port += i == 2 ? 1 : 3) {
            static uint8_t byte;
            const struct attempt a = {.code = codes[i].code,
                                      .ring = ring,
                                      .eflags = iopl << 12,
                                      .edx = port,
                                      .esi = (uint32_t)&byte,
                                      .edi = (uint32_t)&byte};
            struct frame end = attempt_run(&a);
            end.eax = byte = 0;  // what is read there is the board's affair
            attempt_note(codes[i].name, ring << 24 | iopl << 16 | port, &end);
          }
        }
        if (ring == 0) break;
      }
    }
  }
  system_gdt[kTaskState / 8] = system_descriptor((uint32_t)&system_tss, sizeof system_tss - 1, kAccessTss, 0);
  __asm__ volatile("ltr %w0" : : "r"(kTaskState));
  attempt_group_end();
}

static uint32_t stepped_code;

static struct frame* step(struct frame* frame) {
  attempt_note_value("step at", frame->eip - stepped_code);
  attempt_note_value("eflags", frame->eflags & ~0x10000u);
  attempt_note_value("ecx", frame->ecx);
  attempt_note_value("dr6", read_dr6());
  __asm__ volatile("movl %0, %%dr6" : : "r"(0));
  return frame;
}

static void steps(void) {
  static const struct {
    const char* name;
    const void* code;
    uint32_t eax;
  } codes[] = {{"plain", code_steps, 0},   {"mov ss", code_steps_ss, 0},     {"int", code_steps_int, 0},
               {"rep", code_steps_rep, 0}, {"popf off", code_steps_popf, 2}, {"popf on", code_steps_popf, 0x102},
               {"ud2", code_ud2, 0}};
  static uint8_t target[8];
  system_handle(1, step);
  attempt_group("steps");
  for (unsigned ring = 0; ring <= 3; ring += 3) {
    for (unsigned on = 0; on < 2; ++on) {
      for (unsigned i = 0; i < sizeof codes / sizeof *codes; ++i) {
        stepped_code = (uint32_t)codes[i].code;
        const struct attempt a = {.code = codes[i].code,
                                  .ring = ring,
                                  .eflags = on ? kFlagTrap : 0,
                                  .eax = codes[i].eax,
                                  .edi = (uint32_t)target};
        const struct frame end = attempt_run(&a);
        attempt_note(codes[i].name, ring << 8 | on, &end);
      }
    }
  }
  system_handle(1, system_unexpected);
  attempt_group_end();
}

int main(void) {
  attempt_start();
  system_open_gate(0x82, 3);
  instructions();
  flags();
  ports();
  steps();
  return guest_report("rings", attempt_digest);
}
