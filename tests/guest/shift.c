// shl shr sar rol ror rcl rcr with every count from 0 to 40 and some larger ones, by CL, by immediate, by one; shld and
// shrd. Results and defined flags against a model that goes one bit at a time.
#include "op.h"

enum fn { kShl, kShr, kSar, kRol, kRor, kRcl, kRcr };

#define SHIFT(fn)                                    \
  OP(fn##_b, #fn "b %%cl, %%al")                     \
  OP(fn##_w, #fn "w %%cl, %%ax")                     \
  OP(fn##_d, #fn "l %%cl, %%eax")                    \
  OP_MEMORY(fn##_mb, #fn "b %%cl, op_cell")          \
  OP_MEMORY(fn##_mw, #fn "w %%cl, op_cell")          \
  OP_MEMORY(fn##_md, #fn "l %%cl, op_cell")          \
  OP(fn##_1b, #fn "b $1, %%al")                      \
  OP(fn##_1w, #fn "w $1, %%ax")                      \
  OP(fn##_1d, #fn "l $1, %%eax")                     \
  OP(fn##_5b, #fn "b $5, %%al")                      \
  OP(fn##_5w, #fn "w $5, %%ax")                      \
  OP(fn##_5d, #fn "l $5, %%eax")                     \
  OP(fn##_31d, #fn "l $31, %%eax")                   \
  OP_MEMORY(fn##_5md, #fn "l $5, op_cell")
SHIFT(shl) SHIFT(shr) SHIFT(sar) SHIFT(rol) SHIFT(ror) SHIFT(rcl) SHIFT(rcr)

static const struct {
  const char *name;
  operation *run;
  enum fn fn;
  unsigned bits;
  unsigned count;  // 0: by CL
} shifts[] = {
#define ROW(fn, code, form, bits, count) {#fn "_" #form, fn##_##form, code, bits, count}
#define ROWS(fn, code)                                                                                            \
  ROW(fn, code, b, 8, 0), ROW(fn, code, w, 16, 0), ROW(fn, code, d, 32, 0), ROW(fn, code, mb, 8, 0),              \
  ROW(fn, code, mw, 16, 0), ROW(fn, code, md, 32, 0), ROW(fn, code, 1b, 8, 1), ROW(fn, code, 1w, 16, 1),          \
  ROW(fn, code, 1d, 32, 1), ROW(fn, code, 5b, 8, 5), ROW(fn, code, 5w, 16, 5), ROW(fn, code, 5d, 32, 5),          \
  ROW(fn, code, 31d, 32, 31), ROW(fn, code, 5md, 32, 5)
  ROWS(shl, kShl), ROWS(shr, kShr), ROWS(sar, kSar), ROWS(rol, kRol), ROWS(ror, kRor), ROWS(rcl, kRcl), ROWS(rcr, kRcr),
};

// One step at a time, as the manual's pseudocode has it; `defined` says which flags the manual promises.
static uint32_t model(enum fn fn, unsigned bits, uint32_t a, unsigned count, uint32_t flags, uint32_t *out,
                      uint32_t *defined) {
  uint32_t mask = op_mask(bits), top = 1u << (bits - 1), original = a & mask;
  a &= mask;
  count &= 31;
  *out = flags & kArithmetic;
  *defined = kArithmetic;
  if (count == 0) return a;
  uint32_t carry = flags & kCf;
  for (unsigned i = 0; i < count; ++i) {
    uint32_t high = a & top ? 1 : 0, low = a & 1, old = carry;
    switch (fn) {
      case kShl: carry = high, a = a << 1; break;
      case kShr: carry = low, a = a >> 1; break;
      case kSar: carry = low, a = a >> 1 | (high ? top : 0); break;
      case kRol: carry = high, a = a << 1 | high; break;
      case kRor: carry = low, a = a >> 1 | (low ? top : 0); break;
      case kRcl: carry = high, a = a << 1 | old; break;
      case kRcr: carry = low, a = a >> 1 | (old ? top : 0); break;
    }
    a &= mask;
  }
  bool plain_shift = fn <= kSar;
  uint32_t overflow = 0;
  if (fn == kShl || fn == kRol || fn == kRcl) overflow = (a & top ? 1 : 0) ^ carry;
  if (fn == kShr) overflow = original & top ? 1 : 0;
  if (fn == kRor || fn == kRcr) overflow = (a & top ? 1 : 0) ^ (a & top >> 1 ? 1 : 0);
  *out = carry | (overflow ? kOf : 0);
  *out |= plain_shift ? op_result_flags(a, bits) : flags & (kPf | kZf | kSf | kAf);
  *defined = kCf | kPf | kZf | kSf;
  if (!plain_shift) *defined |= kAf;
  if (count == 1) *defined |= kOf;
  if ((fn == kShl || fn == kShr) && count >= bits) *defined &= ~(uint32_t)kCf;
  return a;
}

OP(shld_d, "shldl %%cl, %%edx, %%eax")
OP(shrd_d, "shrdl %%cl, %%edx, %%eax")
OP(shld_w, "shldw %%cl, %%dx, %%ax")
OP(shrd_w, "shrdw %%cl, %%dx, %%ax")
OP_MEMORY(shld_md, "shldl %%cl, %%edx, op_cell")
OP_MEMORY(shrd_md, "shrdl %%cl, %%edx, op_cell")
OP_MEMORY(shld_mw, "shldw %%cl, %%dx, op_cell")
OP_MEMORY(shrd_mw, "shrdw %%cl, %%dx, op_cell")
OP(shld_7d, "shldl $7, %%edx, %%eax")
OP(shrd_7d, "shrdl $7, %%edx, %%eax")
OP_MEMORY(shld_7mw, "shldw $7, %%dx, op_cell")

static const struct {
  const char *name;
  operation *run;
  bool left;
  unsigned bits, count;
} doubles[] = {{"shld_d", shld_d, true, 32, 0},    {"shrd_d", shrd_d, false, 32, 0},   {"shld_w", shld_w, true, 16, 0},
               {"shrd_w", shrd_w, false, 16, 0},   {"shld_md", shld_md, true, 32, 0},  {"shrd_md", shrd_md, false, 32, 0},
               {"shld_mw", shld_mw, true, 16, 0},  {"shrd_mw", shrd_mw, false, 16, 0}, {"shld_7d", shld_7d, true, 32, 7},
               {"shrd_7d", shrd_7d, false, 32, 7}, {"shld_7mw", shld_7mw, true, 16, 7}};

static uint32_t double_model(bool left, unsigned bits, uint32_t a, uint32_t b, unsigned count, uint32_t flags,
                             uint32_t *out, uint32_t *defined) {
  uint32_t mask = op_mask(bits), top = 1u << (bits - 1), original = a & mask, carry = 0;
  a &= mask;
  b &= mask;
  *out = flags & kArithmetic;
  *defined = kArithmetic;
  if (count == 0) return a;
  for (unsigned i = 0; i < count; ++i) {
    if (left) {
      carry = a & top ? 1 : 0;
      a = (a << 1 | (b & top ? 1 : 0)) & mask;
      b = b << 1 & mask;
    } else {
      carry = a & 1;
      a = a >> 1 | (b & 1 ? top : 0);
      b >>= 1;
    }
  }
  *out = carry | op_result_flags(a, bits) | ((a ^ original) & top ? kOf : 0);
  *defined = kCf | kPf | kZf | kSf | (count == 1 ? kOf : 0);
  return a;
}

int main(void) {
  static const uint8_t more[] = {41, 63, 64, 65, 100, 128, 129, 160, 200, 255};
  unsigned values = op_value_count(6);
  unsigned step = values < 3 ? 7 : values < 5 ? 3 : 1;  // 7 reaches 0, 7, 14, 21, 28, 35, 63
  uint32_t all = 0;
  for (unsigned at = 0; at < sizeof shifts / sizeof *shifts; ++at) {
    uint32_t digest = 0, mask = op_mask(shifts[at].bits);
    unsigned counts = shifts[at].count ? 1 : 41 + sizeof more;
    for (unsigned i = 0; i < values; ++i) {
      for (unsigned k = 0; k < counts; k += step) {
        uint32_t count = k < 41 ? k : more[k - 41], flags = (i + k) & 1 ? kArithmetic : 0, wanted_flags, defined;
        struct io in = {op_values[i], 0, 0x5500 + count, flags}, out = in;
        shifts[at].run(&out);
        if (shifts[at].count) count = shifts[at].count;
        uint32_t value = model(shifts[at].fn, shifts[at].bits, in.a, count, flags, &wanted_flags, &defined);
        op_compare(shifts[at].name, &in, &out, (in.a & ~mask) | value, wanted_flags, defined);
        digest = op_fold(digest, &out, defined);
      }
    }
    all = op_line(all, shifts[at].name, digest);
  }
  for (unsigned at = 0; at < sizeof doubles / sizeof *doubles; ++at) {
    uint32_t digest = 0, mask = op_mask(doubles[at].bits);
    for (unsigned i = 0; i < values; ++i) {
      for (unsigned j = 0; j < values; ++j) {
        unsigned end = doubles[at].count ? 1 : doubles[at].bits == 32 ? 32 : 17;  // 16 bits: no meaning beyond 16
        for (unsigned k = 0; k < end; k += step) {
          uint32_t flags = (i + j + k) & 1 ? kArithmetic : 0, wanted_flags, defined;
          struct io in = {op_values[i], op_values[j], k, flags}, out = in;
          doubles[at].run(&out);
          unsigned count = doubles[at].count ? doubles[at].count : k;
          uint32_t value =
              double_model(doubles[at].left, doubles[at].bits, in.a, in.b, count, flags, &wanted_flags, &defined);
          op_compare(doubles[at].name, &in, &out, (in.a & ~mask) | value, wanted_flags, defined);
          digest = op_fold(digest, &out, defined);
        }
      }
    }
    all = op_line(all, doubles[at].name, digest);
  }
  return guest_report("shift", all);
}
