// Segment limits on every access: each kind of data and code segment, offsets around its edges, all widths, in rings 0
// and 3; held against what the manual says (SDM volume 3, 5.3), since QEMU does not look at limits. Through the stack:
// #SS. Null segments. Bases.
#include "system/attempt.h"

enum { kPlace = kAttemptFree, kGp = 13, kSs = 12 };
static uint8_t arena[4 * kPage] __attribute__((aligned(4096)));

struct limited {
  bool code, down, second, big, pages;  // second: writable data, readable code
  uint32_t limit;
};

static void make(const struct limited* s, uint32_t base) {
  const unsigned access = 0x91 | kAccessUser | s->code << 3 | s->down << 2 | s->second << 1;
  system_gdt[kPlace / 8] = system_descriptor(base, s->limit, access, s->big << 2 | s->pages << 3);
}

static bool inside(const struct limited* s, uint32_t offset, uint32_t size) {
  const uint32_t limit = s->pages ? s->limit << 12 | 0xfff : s->limit;
  const uint32_t last = offset + size - 1;
  if (last < offset) return false;
  if (!s->code && s->down) return offset > limit && (s->big || last <= 0xffff);
  return last <= limit;
}

extern const uint8_t code_limits[], code_limits_stack[];

// EAX: selector, ECX: offset, EDX: 0 load, 1 store; EBX: log2 of the size.
__asm__(
    ".text\n.balign 16\n"
    "code_limits: movl %eax, %fs\n"
    "leal (%ebx,%edx,4), %ebx\n"
    "jmp *1f(,%ebx,4)\n"
    "10: movb %fs:(%ecx), %dl\n int $0x81\n"
    "11: movw %fs:(%ecx), %dx\n int $0x81\n"
    "12: movl %fs:(%ecx), %edx\n int $0x81\n"
    "20: orb $0, %fs:(%ecx)\n int $0x81\n"
    "21: orw $0, %fs:(%ecx)\n int $0x81\n"
    "22: orl $0, %fs:(%ecx)\n int $0x81\n"
    ".balign 16\n"
    "code_limits_stack: movl %eax, %ss\n movl %ecx, %esp\n popl %edx\n int $0x81\n"
    ".section .rodata\n.balign 4\n1: .long 10b, 11b, 12b, 0, 20b, 21b, 22b\n.text\n");

static void segment(const struct limited* s, uint32_t base) {
  make(s, base);
  const uint32_t limit = s->pages ? s->limit << 12 | 0xfff : s->limit;
  const uint32_t edges[] = {0, limit + 1, 0x10000};
  for (unsigned e = 0; e < sizeof edges / sizeof *edges; ++e) {
    for (int delta = -4; delta <= 4; ++delta) {
      for (unsigned size = 0; size < 3; ++size) {
        for (unsigned store = 0; store < 2; ++store) {
          const uint32_t offset = edges[e] + (uint32_t)delta;
          const bool fits = inside(s, offset, 1u << size);
          if (fits && base + offset - (uint32_t)arena > sizeof arena - 4) continue;  // not ours
          const struct attempt a = {.code = code_limits,
                                    .ring = delta & 1 ? 3 : 0,
                                    .eax = kPlace | 3,
                                    .ebx = size,
                                    .ecx = offset,
                                    .edx = store};
          const struct frame end = attempt_run(&a);
          attempt_note("access", offset, &end);
          const bool ok = fits && (!store || (!s->code && s->second));
          guest_check("vector", end.vector, ok ? kEndVector : kGp);
          if (!ok) guest_check("error", end.error, 0);
        }
      }
    }
  }
}

// Pops from a stack that ends: #SS, in both rings' own stacks; the stack itself is the segment under test, which the
// trap leaves.
static void stacks(void) {
  attempt_group("stacks");
  for (int delta = -6; delta <= 2; ++delta) {
    const struct limited s = {.second = true, .big = true, .limit = 0xfff};
    make(&s, (uint32_t)arena);
    const struct attempt a = {.code = code_load, .ring = 3, .eax = kPlace | 3, .ecx = 0x1000 + (uint32_t)delta};
    const struct frame end = attempt_run(&a);
    attempt_note("load", a.ecx, &end);
    guest_check("stack", end.vector, delta < 0 ? kEndVector : kGp);
    const struct attempt back = {
        .code = code_limits_stack, .ring = 3, .eax = kPlace | 3, .ecx = 0x1000 + (uint32_t)delta};
    const struct frame popped = attempt_run(&back);
    attempt_note("pop", back.ecx, &popped);
    guest_check("pop", popped.vector, delta <= -4 ? kEndVector : kSs);
    if (delta > -4) guest_check("pop error", popped.error, 0);
  }
  attempt_group_end();
}

extern const uint8_t code_limits_jump[], code_limits_call[], code_limits_ret[], code_limits_jcc[], code_limits_none[];
__asm__(
    ".text\n.balign 16\n"
    "code_limits_jump: nop\n jmp *%ecx\n"
    "code_limits_call: nop\n call *%ecx\n"
    "code_limits_ret: pushl %ecx\n ret\n"
    "code_limits_jcc: xorl %ebx, %ebx\n jz 0x200000\n int $0x81\n"
    "code_limits_none: xorl %ebx, %ebx\n jnz 0x200000\n int $0x81\n");

// Near transfers to the end of the code segment and beyond: the transfer faults, and has not touched the stack.
static void near_transfers(void) {
  enum { kEnd = 0x200000 };
  static const struct {
    const char* name;
    const uint8_t* code;
    uint32_t at, pushed;
  } codes[] = {{"jmp", code_limits_jump, 1, 0},
               {"call", code_limits_call, 1, 0},
               {"ret", code_limits_ret, 1, 4},
               {"jcc", code_limits_jcc, 2, 0},
               {"no jcc", code_limits_none, 10, 0}};
  attempt_group("near transfers");
  const struct limited s = {.code = true, .second = true, .big = true, .pages = true, .limit = kEnd / kPage - 1};
  make(&s, 0);
  for (unsigned i = 0; i < sizeof codes / sizeof *codes; ++i) {
    const struct attempt a = {
        .code = code_jmp_far, .ring = 3, .eax = kPlace | 3, .edx = (uint32_t)codes[i].code, .ecx = kEnd};
    struct frame end = attempt_run(&a);
    end.eip += (uint32_t)a.code - (uint32_t)codes[i].code;
    attempt_note(codes[i].name, 0, &end);
    const bool stays = codes[i].code == code_limits_none;
    guest_check("near transfer", end.vector, stays ? kEndVector : kGp);
    guest_check("at", end.eip, codes[i].at);
    guest_check("pushed", 0 - end.esp, 8 + codes[i].pushed);
  }
  attempt_group_end();
}

static void null_segments(void) {
  attempt_group("null");
  for (uint32_t selector = 0; selector < 4; ++selector) {
    const struct attempt a = {.code = code_load, .ring = 3, .eax = selector, .ecx = (uint32_t)arena};
    const struct frame end = attempt_run(&a);
    attempt_note("load", selector, &end);
    guest_check("null", end.vector, kGp);
  }
  attempt_group_end();
}

int main(void) {
  attempt_start();
  static const uint32_t limits[] = {0xffe, 0, 3, 0x7f, 0xfff};
  const unsigned n = guest_scale(5);
  for (unsigned kind = 0; kind < 16; ++kind) {
    const struct limited base = {
        .code = kind >> 3 & 1, .down = kind >> 2 & 1, .second = kind >> 1 & 1, .big = kind & 1};
    if (base.code && (!base.second || base.down)) continue;
    static const char* const names[] = {"read-only 16",   "read-only", "data 16", "data", "down read-only 16",
                                        "down read-only", "down 16",   "down",    0,      0,
                                        "code 16",        "code"};
    attempt_group(names[kind]);
    for (unsigned i = 0; i < n && i < sizeof limits / sizeof *limits; ++i) {
      struct limited s = base;
      s.limit = limits[i];
      segment(&s, (uint32_t)arena);
      segment(&s, (uint32_t)arena + 1);
      s.pages = true;
      s.limit = limits[i] & 1;
      segment(&s, (uint32_t)arena);
    }
    attempt_group_end();
  }
  stacks();
  near_transfers();
  null_segments();
  return guest_report("limits", attempt_digest);
}
