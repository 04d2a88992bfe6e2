// Segment registers and questions about selectors: every type of descriptor, with both privileges, present and not,
// each with RPL 0 and 3, in rings 0 and 3; selectors at and beyond the end of their tables. What each case leaves is
// folded into a digest, and the accessed bits.
#include <stdio.h>

#include "system/attempt.h"

enum { kTypes = 32, kCases = kTypes * 2 * 2 };
enum { kPresentBit = 0x8000 };

// Descriptor n of the LDT: type n mod 32 (bit 4: code or data), DPL 0 or 3, not present or present.
static void make_descriptors(void) {
  for (unsigned n = 0; n < kCases; ++n) {
    const unsigned access = n % kTypes | (n / kTypes % 2 ? kAccessUser : 0) | (n / kTypes / 2 ? 0x80 : 0);
    const bool down = (access & 0x1c) == 0x14;  // above the limit: all but offset 0
    attempt_ldt[n] = system_descriptor(0, down ? 0 : 0xfffff, access, down ? kFlagBig : kFlagBig | kFlagPages);
  }
}

static void each(const char* name, const void* code, bool accessed_bits) {
  attempt_group(name);
  for (unsigned ring = 0; ring <= 3; ring += 3) {
    for (unsigned rpl = 0; rpl <= 3; rpl += 3) {
      make_descriptors();
      for (unsigned n = 0; n < kCases; ++n) {
        const uint32_t selector = n << 3 | kLocal | rpl;
        const struct attempt a = {.code = code, .ring = ring, .eax = selector, .ecx = 0x12345678, .edx = 0x9abcdef0};
        const struct frame end = attempt_run(&a);
        attempt_note(name, ring << 16 | selector, &end);
        if (accessed_bits) attempt_note_value("descriptor", attempt_ldt[n].high);
      }
    }
  }
  attempt_group_end();
}

// Null selectors; the last of each table, and those after it; no LDT.
static void edges(void) {
  static const struct {
    const char* name;
    const void* code;
  } codes[] = {{"mov ds", code_mov_ds},   {"mov ss", code_mov_ss}, {"mov gs", code_mov_gs}, {"lar", code_lar},
               {"verw", code_verw},       {"lldt", code_lldt},     {"ltr", code_ltr},       {"jmp far", code_jmp_far},
               {"ret far", code_ret_far}, {"iret", code_iret}};
  attempt_group("edges");
  for (unsigned no_ldt = 0; no_ldt < 2; ++no_ldt) {
    for (unsigned i = 0; i < sizeof codes / sizeof *codes; ++i) {
      for (unsigned ring = 0; ring <= 3; ring += 3) {
        static const uint16_t selectors[] = {0,
                                             1,
                                             2,
                                             3,
                                             kDescriptors * 8 - 8,
                                             kDescriptors * 8,
                                             0xfff8,
                                             0xffff,
                                             4,
                                             7,
                                             kLocalDescriptors * 8 - 8 + kLocal,
                                             kLocalDescriptors * 8 + kLocal,
                                             0xfffc};
        for (unsigned k = 0; k < sizeof selectors / sizeof *selectors; ++k) {
          if (codes[i].code == code_ltr && selectors[k] < 4) continue;  // QEMU 7.2 loads a null selector
          if (no_ldt) __asm__ volatile("lldt %w0" : : "r"(0));
          const struct attempt a = {.code = codes[i].code,
                                    .ring = ring,
                                    .eax = 0x55550000 | selectors[k],
                                    .ebx = kUserData,
                                    .edx = (uint32_t)code_end,
                                    .esi = kFlagAlways};
          const struct frame end = attempt_run(&a);
          attempt_note(codes[i].name, ring << 16 | selectors[k], &end);
          __asm__ volatile("lldt %w0" : : "r"(kLdt));
        }
      }
    }
  }
  attempt_group_end();
}

// lldt and ltr with every type, in the GDT.
static void system_segments(void) {
  attempt_group("lldt and ltr");
  for (unsigned ltr = 0; ltr < 2; ++ltr) {
    for (unsigned n = 0; n < 2 * kTypes; ++n) {
      enum { kPlace = kAttemptFree + 8 };
      system_gdt[kPlace / 8] = system_descriptor((uint32_t)(ltr ? (void*)&system_tss : (void*)attempt_ldt),
                                                 ltr ? sizeof system_tss - 1 : sizeof attempt_ldt - 1,
                                                 n % kTypes | (n / kTypes ? 0x80 : 0), 0);
      for (unsigned rpl = 0; rpl <= 3; rpl += 3) {
        const struct attempt a = {.code = ltr ? code_ltr : code_lldt, .eax = kPlace | rpl};
        const struct frame end = attempt_run(&a);
        attempt_note(ltr ? "ltr" : "lldt", n, &end);
        attempt_note_value("descriptor", system_gdt[kPlace / 8].high);
        const struct attempt ask = {.code = ltr ? code_str : code_sldt, .ring = ltr ? 0 : 3, .eax = 0xffffffff};
        const struct frame answer = attempt_run(&ask);
        attempt_note(ltr ? "str" : "sldt", n, &answer);
      }
    }
  }
  system_gdt[kTaskState / 8].high &= ~0x200u;  // not busy
  __asm__ volatile("ltr %w0\n\tlldt %w1" : : "r"(kTaskState), "r"(kLdt));
  attempt_group_end();
}

static void adjust_rpl(void) {
  attempt_group("arpl");
  for (unsigned n = 0; n < 16; ++n) {
    const struct attempt a = {
        .code = code_arpl, .ring = 3, .eflags = n & 1 ? 0x8d5 : 0, .eax = 0x12340100 | n % 4, .ebx = n / 4};
    const struct frame end = attempt_run(&a);
    attempt_note("arpl", n, &end);
  }
  attempt_group_end();
}

int main(void) {
  attempt_start();
  each("mov ds", code_mov_ds, true);
  each("mov es", code_mov_es, true);
  each("mov fs", code_mov_fs, true);
  each("mov gs", code_mov_gs, true);
  each("mov ss", code_mov_ss, true);
  each("pop ds", code_pop_ds, true);
  each("pop ss", code_pop_ss, true);
  each("pop gs", code_pop_gs, true);
  each("lds", code_lds, true);
  each("lss", code_lss, true);
  each("lfs", code_lfs, true);
  each("lar", code_lar, true);
  each("lsl", code_lsl, true);
  each("lar16", code_lar16, false);
  each("lsl16", code_lsl16, false);
  each("verr", code_verr, false);
  each("verw", code_verw, false);
  edges();
  system_segments();
  adjust_rpl();
  return guest_report("segments", attempt_digest);
}
