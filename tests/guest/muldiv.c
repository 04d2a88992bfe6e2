// mul, imul with one, two and three operands, div, idiv: 8, 16, 32 bits, register and memory, against 64-bit C.
#include "op.h"

OP(mul_b, "mulb %%dl") OP(mul_w, "mulw %%cx") OP(mul_d, "mull %%ecx")
OP(imul_b, "imulb %%dl") OP(imul_w, "imulw %%cx") OP(imul_d, "imull %%ecx")
OP(mul_hb, "mulb %%dh") OP(mul_mb, "movl %%edx, op_cell\n\tmulb op_cell")
OP(mul_md, "movl %%ecx, op_cell\n\tmull op_cell") OP(imul_mw, "movl %%ecx, op_cell\n\timulw op_cell")
OP(imul2_d, "imull %%edx, %%eax") OP(imul2_w, "imulw %%dx, %%ax")
OP(imul2_md, "movl %%edx, op_cell\n\timull op_cell, %%eax")
OP(imul3_d, "imull $-13, %%edx, %%eax") OP(imul3_d2, "imull $0x12345, %%edx, %%eax")
OP(imul3_w, "imulw $-13, %%dx, %%ax") OP(imul3_w2, "imulw $0x1234, %%dx, %%ax")
OP(div_b, "divb %%cl") OP(div_w, "divw %%cx") OP(div_d, "divl %%ecx")
OP(idiv_b, "idivb %%cl") OP(idiv_w, "idivw %%cx") OP(idiv_d, "idivl %%ecx")
OP(div_md, "movl %%ecx, op_cell\n\tdivl op_cell") OP(idiv_mw, "movl %%ecx, op_cell\n\tidivw op_cell")

static int64_t extend(uint32_t value, unsigned bits, bool is_signed) {
  value &= op_mask(bits);
  if (is_signed && value >> (bits - 1)) return (int64_t)value - ((int64_t)1 << bits);
  return (int64_t)value;
}

static const struct {
  const char *name;
  operation *run;
  unsigned bits;
  bool is_signed, high;  // high: the operand is DH
} products[] = {{"mul_b", mul_b, 8, false, false},    {"mul_w", mul_w, 16, false, false},  {"mul_d", mul_d, 32, false, false},
                {"imul_b", imul_b, 8, true, false},   {"imul_w", imul_w, 16, true, false}, {"imul_d", imul_d, 32, true, false},
                {"mul_hb", mul_hb, 8, false, true},   {"mul_mb", mul_mb, 8, false, false}, {"mul_md", mul_md, 32, false, false},
                {"imul_mw", imul_mw, 16, true, false}};

static const struct {
  const char *name;
  operation *run;
  unsigned bits;
  int32_t factor;  // 0: EAX
} short_products[] = {{"imul2_d", imul2_d, 32, 0},       {"imul2_w", imul2_w, 16, 0},   {"imul2_md", imul2_md, 32, 0},
                      {"imul3_d", imul3_d, 32, -13},     {"imul3_d2", imul3_d2, 32, 0x12345},
                      {"imul3_w", imul3_w, 16, -13},     {"imul3_w2", imul3_w2, 16, 0x1234}};

static const struct {
  const char *name;
  operation *run;
  unsigned bits;
  bool is_signed;
} quotients[] = {{"div_b", div_b, 8, false},   {"div_w", div_w, 16, false},   {"div_d", div_d, 32, false},
                 {"idiv_b", idiv_b, 8, true},  {"idiv_w", idiv_w, 16, true},  {"idiv_d", idiv_d, 32, true},
                 {"div_md", div_md, 32, false}, {"idiv_mw", idiv_mw, 16, true}};

static uint32_t test_product(unsigned at, uint32_t a, uint32_t factor, uint32_t digest) {
  unsigned bits = products[at].bits;
  bool is_signed = products[at].is_signed;
  struct io in = {a, bits == 8 ? factor : 0x77777777, factor, kArithmetic}, out = in;
  products[at].run(&out);
  uint32_t operand = products[at].high ? factor >> 8 : factor;
  uint64_t product = (uint64_t)extend(a, bits, is_signed) * (uint64_t)extend(operand, bits, is_signed);
  uint32_t low, high = in.b;
  if (bits == 8) {
    low = (a & 0xffff0000) | (product & 0xffff);
  } else if (bits == 16) {
    low = (a & 0xffff0000) | (product & 0xffff);
    high = (high & 0xffff0000) | (product >> 16 & 0xffff);
  } else {
    low = (uint32_t)product;
    high = (uint32_t)(product >> 32);
  }
  bool fits = is_signed ? (int64_t)product == extend((uint32_t)product, bits, true) : product >> bits == 0;
  op_compare(products[at].name, &in, &out, low, fits ? 0 : kCf | kOf, kCf | kOf);
  guest_check(products[at].name, out.b, high);
  return op_fold(digest, &out, kCf | kOf);
}

static uint32_t test_quotient(unsigned at, uint32_t high, uint32_t low, uint32_t divisor, uint32_t digest) {
  unsigned bits = quotients[at].bits;
  uint32_t mask = op_mask(bits);
  struct io in = {low, high, divisor, 0};
  if (!(divisor & mask)) return digest;
  // Only quotients that fit: the others are a fault (and tested where faults are).
  uint64_t dividend = bits == 8 ? low & 0xffff : (uint64_t)(high & mask) << bits | (low & mask);
  int64_t quotient, rest;
  if (quotients[at].is_signed) {
    int64_t value = bits == 32 ? (int64_t)dividend : extend((uint32_t)dividend, 2 * bits, true);
    int64_t by = extend(divisor, bits, true);
    if (by == -1 && value == INT64_MIN) return digest;
    quotient = value / by;
    rest = value % by;
    if (quotient != extend((uint32_t)quotient, bits, true)) return digest;
  } else {
    quotient = (int64_t)(dividend / (divisor & mask));
    rest = (int64_t)(dividend % (divisor & mask));
    if ((uint64_t)quotient >> bits) return digest;
  }
  struct io out = in;
  quotients[at].run(&out);
  uint32_t wanted = (low & ~mask) | ((uint32_t)quotient & mask), remainder = (high & ~mask) | ((uint32_t)rest & mask);
  if (bits == 8) {
    wanted = (low & 0xffff0000) | ((uint32_t)quotient & 0xff) | ((uint32_t)rest & 0xff) << 8;
    remainder = high;
  }
  op_compare(quotients[at].name, &in, &out, wanted, 0, 0);
  guest_check(quotients[at].name, out.b, remainder);
  return op_fold(digest, &out, 0);
}

int main(void) {
  unsigned values = op_value_count(12);
  uint32_t all = 0;
  for (unsigned at = 0; at < sizeof products / sizeof *products; ++at) {
    uint32_t digest = 0;
    for (unsigned i = 0; i < values; ++i) {
      for (unsigned j = 0; j < values; ++j) digest = test_product(at, op_values[i], op_values[j], digest);
    }
    all = op_line(all, products[at].name, digest);
  }
  for (unsigned at = 0; at < sizeof short_products / sizeof *short_products; ++at) {
    uint32_t digest = 0;
    for (unsigned i = 0; i < values; ++i) {
      for (unsigned j = 0; j < values; ++j) {
        unsigned bits = short_products[at].bits;
        struct io in = {op_values[i], op_values[j], 0, 0}, out = in;
        short_products[at].run(&out);
        int64_t factor = short_products[at].factor ? short_products[at].factor : extend(in.a, bits, true);
        int64_t product = extend(in.b, bits, true) * factor;
        bool fits = product == extend((uint32_t)product, bits, true);
        uint32_t wanted = (in.a & ~op_mask(bits)) | ((uint32_t)product & op_mask(bits));
        op_compare(short_products[at].name, &in, &out, wanted, fits ? 0 : kCf | kOf, kCf | kOf);
        digest = op_fold(digest, &out, kCf | kOf);
      }
    }
    all = op_line(all, short_products[at].name, digest);
  }
  for (unsigned at = 0; at < sizeof quotients / sizeof *quotients; ++at) {
    uint32_t digest = 0;
    for (unsigned i = 0; i < values; ++i) {
      for (unsigned j = 0; j < values; ++j) {
        uint32_t divisor = op_values[j], low = op_values[i];
        digest = test_quotient(at, 0, low, divisor, digest);
        digest = test_quotient(at, low, op_values[(i + j) % values], divisor, digest);
        digest = test_quotient(at, ~0u, low, divisor, digest);                  // a small negative dividend
        digest = test_quotient(at, divisor >> 1, low, divisor, digest);         // a large quotient that may just fit
        digest = test_quotient(at, 0, divisor & 0xff ? 3 * (divisor & 0xff) : low, divisor, digest);
      }
    }
    all = op_line(all, quotients[at].name, digest);
  }
  return guest_report("muldiv", all);
}
