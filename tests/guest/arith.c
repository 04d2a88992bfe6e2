// add adc sub sbb cmp and or xor test inc dec neg not: 8, 16, 32 bits; registers, memory both ways, immediates; every
// result and every defined flag against a model in C. full=1: all pairs of bytes.
#include "op.h"

enum fn { kAdd, kAdc, kSub, kSbb, kCmp, kAnd, kOr, kXor, kTest, kInc, kDec, kNeg, kNot };

#define BINARY(fn, text)                                              \
  OP(fn##_b, text "b %%dl, %%al")                                     \
  OP(fn##_w, text "w %%dx, %%ax")                                     \
  OP(fn##_d, text "l %%edx, %%eax")                                   \
  OP_MEMORY(fn##_mb, text "b %%dl, op_cell")                          \
  OP_MEMORY(fn##_mw, text "w %%dx, op_cell")                          \
  OP_MEMORY(fn##_md, text "l %%edx, op_cell")                         \
  OP(fn##_rb, "movl %%edx, op_cell\n\t" text "b op_cell, %%al")       \
  OP(fn##_rw, "movl %%edx, op_cell\n\t" text "w op_cell, %%ax")       \
  OP(fn##_rd, "movl %%edx, op_cell\n\t" text "l op_cell, %%eax")
#define UNARY(fn, text)                     \
  OP(fn##_b, text "b %%al")                 \
  OP(fn##_w, text "w %%ax")                 \
  OP(fn##_d, text "l %%eax")                \
  OP_MEMORY(fn##_mb, text "b op_cell")      \
  OP_MEMORY(fn##_mw, text "w op_cell")      \
  OP_MEMORY(fn##_md, text "l op_cell")
// Immediates: byte, sign-extended byte, full, and the short forms with the accumulator.
#define IMMEDIATE(fn, text)                          \
  OP(fn##_ib, text "b $0x85, %%al")                  \
  OP(fn##_iw, text "w $0xfff3, %%ax")                \
  OP(fn##_iw2, text "w $0x1234, %%ax")               \
  OP(fn##_id, text "l $-13, %%eax")                  \
  OP(fn##_id2, text "l $0x12345678, %%eax")          \
  OP_MEMORY(fn##_imb, text "b $0x85, op_cell")       \
  OP_MEMORY(fn##_imw, text "w $0x1234, op_cell")     \
  OP_MEMORY(fn##_imd, text "l $-13, op_cell")

BINARY(add, "add") BINARY(adc, "adc") BINARY(sub, "sub") BINARY(sbb, "sbb") BINARY(cmp, "cmp")
BINARY(and, "and") BINARY(or, "or") BINARY(xor, "xor") BINARY(test, "test")
UNARY(inc, "inc") UNARY(dec, "dec") UNARY(neg, "neg") UNARY(not, "not")
IMMEDIATE(add, "add") IMMEDIATE(adc, "adc") IMMEDIATE(sub, "sub") IMMEDIATE(sbb, "sbb") IMMEDIATE(cmp, "cmp")
IMMEDIATE(and, "and") IMMEDIATE(or, "or") IMMEDIATE(xor, "xor") IMMEDIATE(test, "test")

static const struct {
  const char *name;
  operation *run;
  enum fn fn;
  unsigned bits;
  bool constant;  // b is not the operand, `immediate` is
  uint32_t immediate;
} operations[] = {
#define ROW(fn, code, form, bits) {#fn "_" #form, fn##_##form, code, bits, false, 0}
#define ROWS(fn, code) ROW(fn, code, b, 8), ROW(fn, code, w, 16), ROW(fn, code, d, 32), \
                       ROW(fn, code, mb, 8), ROW(fn, code, mw, 16), ROW(fn, code, md, 32)
#define ROWS_BINARY(fn, code) ROWS(fn, code), ROW(fn, code, rb, 8), ROW(fn, code, rw, 16), ROW(fn, code, rd, 32), \
  {#fn "_ib", fn##_ib, code, 8, true, 0x85}, {#fn "_iw", fn##_iw, code, 16, true, 0xfff3}, \
  {#fn "_iw2", fn##_iw2, code, 16, true, 0x1234}, {#fn "_id", fn##_id, code, 32, true, 0xfffffff3}, \
  {#fn "_id2", fn##_id2, code, 32, true, 0x12345678}, {#fn "_imb", fn##_imb, code, 8, true, 0x85}, \
  {#fn "_imw", fn##_imw, code, 16, true, 0x1234}, {#fn "_imd", fn##_imd, code, 32, true, 0xfffffff3}
  ROWS_BINARY(add, kAdd), ROWS_BINARY(adc, kAdc), ROWS_BINARY(sub, kSub), ROWS_BINARY(sbb, kSbb),
  ROWS_BINARY(cmp, kCmp), ROWS_BINARY(and, kAnd), ROWS_BINARY(or, kOr), ROWS_BINARY(xor, kXor),
  ROWS_BINARY(test, kTest), ROWS(inc, kInc), ROWS(dec, kDec), ROWS(neg, kNeg), ROWS(not, kNot),
};

// Result in the width, and flags.
static uint32_t model(enum fn fn, unsigned bits, uint32_t a, uint32_t b, uint32_t flags, uint32_t *out) {
  uint32_t mask = op_mask(bits), result, carry = 0;
  a &= mask;
  b &= mask;
  if (fn == kInc || fn == kDec) b = 1;
  if (fn == kNeg) b = a, a = 0;
  if (fn == kAdc || fn == kSbb) carry = flags & kCf;
  switch (fn) {
    case kAdd: case kAdc: case kInc: {
      uint64_t wide = (uint64_t)a + b + carry;
      result = (uint32_t)wide & mask;
      *out = (wide >> bits ? kCf : 0) | ((a ^ b ^ result) & kAf);
      if ((~(a ^ b) & (a ^ result)) >> (bits - 1) & 1) *out |= kOf;
      break;
    }
    case kSub: case kSbb: case kCmp: case kDec: case kNeg: {
      uint64_t wide = (uint64_t)a - b - carry;
      result = (uint32_t)wide & mask;
      *out = (wide >> 63 ? kCf : 0) | ((a ^ b ^ result) & kAf);
      if (((a ^ b) & (a ^ result)) >> (bits - 1) & 1) *out |= kOf;
      break;
    }
    case kAnd: case kTest: result = a & b, *out = 0; break;
    case kOr: result = a | b, *out = 0; break;
    case kXor: result = a ^ b, *out = 0; break;
    default:
      *out = flags & kArithmetic;
      return ~a & mask;
  }
  if (fn == kInc || fn == kDec) *out = (*out & ~(uint32_t)kCf) | (flags & kCf);
  *out |= op_result_flags(result, bits);
  return result;
}

int main(void) {
  unsigned values = op_value_count(8);
  bool full = guest_option("full") != 0;
  uint32_t all = 0;
  for (unsigned at = 0; at < sizeof operations / sizeof *operations; ++at) {
    enum fn fn = operations[at].fn;
    unsigned bits = operations[at].bits;
    uint32_t mask = op_mask(bits);
    uint32_t defined = fn == kAnd || fn == kOr || fn == kXor || fn == kTest ? kArithmetic & ~kAf : kArithmetic;
    bool one_operand = operations[at].constant || fn >= kInc;
    bool bytes = full && bits == 8;
    unsigned as = bytes ? 256 : values, bs = one_operand ? 1 : as;
    uint32_t digest = 0;
    for (unsigned i = 0; i < as; ++i) {
      for (unsigned j = 0; j < bs; ++j) {
        for (uint32_t flags = 0; flags <= kArithmetic; flags += kArithmetic) {  // all clear, all set
          struct io in = {bytes ? 0xabcd1200 + i : op_values[i], bytes ? 0x98765400 + j : op_values[j], 7, flags};
          struct io out = in;
          operations[at].run(&out);
          uint32_t b = operations[at].constant ? operations[at].immediate : in.b, wanted_flags;
          uint32_t value = model(fn, bits, in.a, b, flags, &wanted_flags);
          value = fn == kCmp || fn == kTest ? in.a : (in.a & ~mask) | value;
          op_compare(operations[at].name, &in, &out, value, wanted_flags, defined);
          digest = op_fold(digest, &out, defined);
        }
      }
    }
    all = op_line(all, operations[at].name, digest);
  }
  return guest_report("arith", all);
}
