// How the instruction tests run one instruction: registers and flags in, registers and flags out, digest, model.
// a, b, c are EAX, EDX, ECX, so that every form with implied registers fits; `op_cell` is the memory operand.
// Undefined flags are masked out of everything (SDM volume 2, "Flags Affected" of each instruction).
#pragma once

#include <stdio.h>

#include "guest.h"

enum { kCf = 0x001, kPf = 0x004, kAf = 0x010, kZf = 0x040, kSf = 0x080, kOf = 0x800 };
enum { kArithmetic = kCf | kPf | kAf | kZf | kSf | kOf };

struct io {
  uint32_t a, b, c, flags;
};

extern uint32_t op_cell[8];

// One instruction (or a few) as a function. The flags come in and go out through popf and pushf.
#define OP(name, text)                                                    \
  static void name(struct io* io) {                                       \
    uint32_t a = io->a, b = io->b, c = io->c, flags = io->flags;          \
    __asm__ volatile("pushl %3\n\tpopfl\n\t" text "\n\tpushfl\n\tpopl %3" \
                     : "+a"(a), "+d"(b), "+c"(c), "+r"(flags)             \
                     :                                                    \
                     : "cc", "memory");                                   \
    *io = (struct io){a, b, c, flags & kArithmetic};                      \
  }
// The same with EAX's value in memory: the text works on op_cell.
#define OP_MEMORY(name, text) OP(name, "movl %%eax, op_cell\n\t" text "\n\tmovl op_cell, %%eax")

typedef void operation(struct io* io);

// Values whose low 8 and 16 bits are as interesting as the whole; the first few are the best.
static const uint32_t op_values[] = {0x00000000, 0xffffffff, 0x80808080, 0x7f7f7f7f, 0x00000001, 0x80000000,
                                     0x7fffffff, 0x12345678, 0xffff8000, 0x00007fff, 0x0000ffff, 0xdeadbeef,
                                     0x00000080, 0x0000007f, 0x000000ff, 0x00000100, 0x00010000, 0x55555555,
                                     0xaaaaaaaa, 0x0f0f0f0f, 0xf0f0f0f1, 0x00008000, 0xfffffffe, 0x00000010};
enum { kOpValues = sizeof op_values / sizeof *op_values };

// How many of them this run takes: n= on the command line.
static inline unsigned op_value_count(unsigned standard) {
  unsigned n = guest_scale(standard);
  return n < kOpValues ? n : kOpValues;
}

static inline uint32_t op_mask(unsigned bits) { return bits == 32 ? ~0u : (1u << bits) - 1; }

// ZF, SF and PF of a result.
static inline uint32_t op_result_flags(uint32_t value, unsigned bits) {
  value &= op_mask(bits);
  uint32_t parity = value ^ value >> 4;
  parity ^= parity >> 2;
  parity ^= parity >> 1;
  return (value ? 0 : kZf) | (value >> (bits - 1) ? kSf : 0) | (parity & 1 ? 0 : kPf);
}

static inline uint32_t op_fold(uint32_t digest, const struct io* io, uint32_t defined) {
  digest = guest_mix(digest, io->a);
  digest = guest_mix(digest, io->b);
  digest = guest_mix(digest, io->c);
  return guest_mix(digest, io->flags & defined);
}

// One line for each instruction, so that a difference in the output names it; lines=0 leaves them out, since printing
// is most of a short run.
static inline uint32_t op_line(uint32_t all, const char* name, uint32_t digest) {
  if (!guest_option("lines")) printf("%-16s %08x\n", name, (unsigned)digest);
  return guest_mix(all, digest);
}

// A first difference with the model, with all there is to know.
static inline void op_compare(const char* name, const struct io* in, const struct io* out, uint32_t value,
                              uint32_t flags, uint32_t defined) {
  if (out->a == value && (out->flags & defined) == (flags & defined)) return;
  guest_fail(name, out->a, value);
  printf("  a %08x b %08x c %08x flags %03x: flags %03x, wanted %03x\n", (unsigned)in->a, (unsigned)in->b,
         (unsigned)in->c, (unsigned)in->flags, (unsigned)(out->flags & defined), (unsigned)(flags & defined));
}
