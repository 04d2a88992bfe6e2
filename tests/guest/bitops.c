// bt bts btr btc (register, immediate, memory with bit offsets far outside, negative ones too), bsf bsr, 16 and 32 bits.
#include "op.h"

#define BIT(fn)                                                      \
  OP(fn##_d, #fn "l %%edx, %%eax")                                   \
  OP(fn##_w, #fn "w %%dx, %%ax")                                     \
  OP(fn##_id, #fn "l $37, %%eax")                                    \
  OP(fn##_iw, #fn "w $0x1d, %%ax")                                   \
  OP_MEMORY(fn##_imd, #fn "l $30, op_cell")                          \
  OP_MEMORY(fn##_imw, #fn "w $3, op_cell")
BIT(bt) BIT(bts) BIT(btr) BIT(btc)
OP(bsf_d, "bsfl %%edx, %%eax") OP(bsr_d, "bsrl %%edx, %%eax")
OP(bsf_w, "bsfw %%dx, %%ax") OP(bsr_w, "bsrw %%dx, %%ax")
OP(bsf_m, "movl %%edx, op_cell\n\tbsfl op_cell, %%eax") OP(bsr_m, "movl %%edx, op_cell\n\tbsrl op_cell, %%eax")

enum fn { kBt, kBts, kBtr, kBtc };
static const struct {
  const char *name;
  operation *run;
  enum fn fn;
  int bit;  // -1: EDX
  unsigned bits;
} operations[] = {
#define ROWS(fn, code) {#fn "_d", fn##_d, code, -1, 32}, {#fn "_w", fn##_w, code, -1, 16}, {#fn "_id", fn##_id, code, 37, 32}, \
                       {#fn "_iw", fn##_iw, code, 0x1d, 16}, {#fn "_imd", fn##_imd, code, 30, 32}, {#fn "_imw", fn##_imw, code, 3, 16}
    ROWS(bt, kBt), ROWS(bts, kBts), ROWS(btr, kBtr), ROWS(btc, kBtc)};

static uint32_t apply(enum fn fn, uint32_t value, uint32_t mask) {
  return fn == kBt ? value : fn == kBts ? value | mask : fn == kBtr ? value & ~mask : value ^ mask;
}

// The memory forms reach any bit of memory: byte address + 4 * (offset >> 5) for 32 bits, + 2 * (offset >> 4) for 16.
static uint32_t field[64];
#define FAR(name, text)                                                                                       \
  static uint32_t name(int32_t offset) {                                                                      \
    uint32_t carry;                                                                                           \
    __asm__ volatile(text "\n\tsbbl %0, %0" : "=&r"(carry) : "r"(offset), "r"(&field[32]) : "cc", "memory");  \
    return carry & 1;                                                                                         \
  }
FAR(far_bt, "btl %1, (%2)") FAR(far_bts, "btsl %1, (%2)") FAR(far_btr, "btrl %1, 4(%2)") FAR(far_btc, "btcl %1, -1(%2)")
FAR(far_btw, "btw %w1, (%2)") FAR(far_btsw, "btsw %w1, 2(%2)") FAR(far_btcw, "btcw %w1, -3(%2)") FAR(lock_bts, "lock; btsl %1, (%2)")

static const struct {
  const char *name;
  uint32_t (*run)(int32_t offset);
  enum fn fn;
  int bytes;
} fars[] = {{"far_bt", far_bt, kBt, 0},   {"far_bts", far_bts, kBts, 0},   {"far_btr", far_btr, kBtr, 4},   {"far_btc", far_btc, kBtc, -1},
            {"far_btw", far_btw, kBt, 0}, {"far_btsw", far_btsw, kBts, 2}, {"far_btcw", far_btcw, kBtc, -3}, {"lock_bts", lock_bts, kBts, 0}};

int main(void) {
  unsigned values = op_value_count(8);
  uint32_t all = 0, state = 99;
  for (unsigned at = 0; at < sizeof operations / sizeof *operations; ++at) {
    uint32_t digest = 0, bits = operations[at].bits;
    for (unsigned i = 0; i < values; ++i) {
      for (uint32_t bit = 0; bit < 40; bit += values < 5 ? 7 : 1) {
        struct io in = {op_values[i], operations[at].bit < 0 ? bit * 0x01000801 : 1, 0, bit & 1 ? kArithmetic : 0}, out = in;
        operations[at].run(&out);
        uint32_t mask = 1u << ((operations[at].bit < 0 ? in.b : (uint32_t)operations[at].bit) & (bits - 1));
        // OF SF AF PF are undefined; ZF stays
        op_compare(operations[at].name, &in, &out, apply(operations[at].fn, in.a, mask),
                   (in.a & mask ? kCf : 0) | (in.flags & kZf), kCf | kZf);
        digest = op_fold(digest, &out, kCf | kZf);
      }
    }
    all = op_line(all, operations[at].name, digest);
  }
  for (unsigned at = 0; at < sizeof fars / sizeof *fars; ++at) {
    uint32_t digest = 0;
    for (unsigned i = 0; i < 64; ++i) field[i] = guest_random(&state);
    for (int offset = -900; offset < 900; offset += values < 5 ? 201 : 29) {
      uint8_t *byte = (uint8_t *)&field[32] + fars[at].bytes + (offset >> 3);
      uint8_t mask = (uint8_t)(1u << (offset & 7)), before = *byte;
      uint32_t carry = fars[at].run(offset);
      guest_check(fars[at].name, carry, before & mask ? 1 : 0);
      guest_check(fars[at].name, *byte, (uint8_t)apply(fars[at].fn, before, mask));
      digest = guest_mix(digest, carry);
    }
    for (unsigned i = 0; i < 64; ++i) digest = guest_mix(digest, field[i]);
    all = op_line(all, fars[at].name, digest);
  }
  static const struct {
    const char *name;
    operation *run;
    bool forward;
    unsigned bits;
  } scans[] = {{"bsf_d", bsf_d, true, 32}, {"bsr_d", bsr_d, false, 32}, {"bsf_w", bsf_w, true, 16},
               {"bsr_w", bsr_w, false, 16}, {"bsf_m", bsf_m, true, 32}, {"bsr_m", bsr_m, false, 32}};
  for (unsigned at = 0; at < sizeof scans / sizeof *scans; ++at) {
    uint32_t digest = 0;
    for (unsigned i = 0; i < kOpValues; ++i) {
      struct io in = {0xaaaa5555, op_values[i], 0, i & 1 ? kArithmetic : 0}, out = in;
      scans[at].run(&out);
      uint32_t source = in.b & op_mask(scans[at].bits);
      guest_check(scans[at].name, out.flags & kZf, source ? 0 : kZf);
      if (!source) continue;  // the destination is undefined
      unsigned position = scans[at].forward ? 0 : 31;
      while (!(source >> position & 1)) scans[at].forward ? ++position : --position;
      guest_check(scans[at].name, out.a, scans[at].bits == 16 ? 0xaaaa0000 + position : position);
      digest = op_fold(digest, &out, kZf);
    }
    all = op_line(all, scans[at].name, digest);
  }
  return guest_report("bitops", all);
}
