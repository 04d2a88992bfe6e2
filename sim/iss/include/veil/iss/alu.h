// Narrow merging arithmetic of custom-0 (x.add ... x.rsb) as a pure function: the one place where C++ says what it
// computes (docs/internals/native-machine.md, "Arithmetic"). The ISS executes it; interpreters are tested against it.
#pragma once

#include <cstdint>

#include "veil/isa/native.h"

namespace veil::iss {

struct AluResult {
  uint32_t value = 0;  // rs1 with the result in its place
  uint8_t flags = 0;   // bit order of [enums.flag]
};

// The second operand of kind `src2`: rs2 is the register's value, imm the immediate (imm5 extended, or wide).
constexpr uint32_t second_operand(isa::Src2 src2, uint32_t rs2, uint32_t imm) {
  switch (src2) {
    case isa::Src2::reg:
      return rs2;
    case isa::Src2::high:
      return rs2 >> 8 & 0xff;
    default:
      return imm;
  }
}

constexpr uint32_t eflags_of(uint8_t f) {
  return (f & 1u) | (f & 2u) << 1 | (f & 4u) << 2 | (f & 8u) << 3 | (f & 16u) << 3 | (f & 32u) << 6;
}

constexpr uint8_t flags_of_eflags(uint32_t e) {
  return static_cast<uint8_t>((e & 1) | (e >> 1 & 2) | (e >> 2 & 4) | (e >> 3 & 8) | (e >> 3 & 16) | (e >> 6 & 32));
}

// x86 condition codes on a flag register.
constexpr bool condition(isa::Cond cond, uint8_t f) {
  const bool cf = (f & isa::flag::cf) != 0, pf = (f & isa::flag::pf) != 0, zf = (f & isa::flag::zf) != 0;
  const bool sf = (f & isa::flag::sf) != 0, of = (f & isa::flag::of) != 0;
  const unsigned number = static_cast<unsigned>(cond);
  bool holds = false;
  switch (static_cast<isa::Cond>(number & ~1u)) {
    case isa::Cond::o:
      holds = of;
      break;
    case isa::Cond::c:
      holds = cf;
      break;
    case isa::Cond::z:
      holds = zf;
      break;
    case isa::Cond::na:
      holds = cf || zf;
      break;
    case isa::Cond::s:
      holds = sf;
      break;
    case isa::Cond::p:
      holds = pf;
      break;
    case isa::Cond::l:
      holds = sf != of;
      break;
    default:
      holds = zf || sf != of;
      break;
  }
  return holds != ((number & 1) != 0);
}

constexpr bool even_parity(uint32_t byte) {
  uint32_t p = byte & 0xff;
  p ^= p >> 4;
  return (0x9669u >> (p & 15) & 1) != 0;
}

// flags: the old value of fd. carry: CF of fd, or of f1 when fd = 0 (x.adc and x.sbb only).
constexpr AluResult x_alu(isa::AluFn fn, isa::Width width, uint32_t rs1, uint32_t second, uint8_t flags, bool carry) {
  using isa::AluFn;
  using isa::Width;
  const unsigned bits = width == Width::w ? 16 : width == Width::d ? 32 : 8;
  const unsigned place = width == Width::h ? 8 : 0;
  const uint32_t mask = bits == 32 ? 0xffffffffu : (1u << bits) - 1;
  const unsigned top = bits - 1;
  const uint32_t a = rs1 >> place & mask;
  const uint32_t b = second & mask;
  const unsigned n = second & 31;

  uint32_t r = 0;
  bool cf = false, af = false, of = false;
  bool szp = true;  // ZF, SF, PF follow the result
  // Sum and difference: carries and borrows into bit i are bit i of (a ^ b ^ result).
  const auto sum = [&](uint32_t p, uint32_t q, bool in) {
    const uint64_t wide = static_cast<uint64_t>(p) + q + (in ? 1 : 0);
    r = static_cast<uint32_t>(wide) & mask;
    cf = (wide >> bits & 1) != 0;
    af = ((p ^ q ^ r) >> 4 & 1) != 0;
    of = ((p ^ r) & (q ^ r)) >> top & 1;
  };
  const auto difference = [&](uint32_t p, uint32_t q, bool in) {
    const uint64_t wide = static_cast<uint64_t>(p) - q - (in ? 1 : 0);
    r = static_cast<uint32_t>(wide) & mask;
    cf = (wide >> 63 & 1) != 0;
    af = ((p ^ q ^ r) >> 4 & 1) != 0;
    of = ((p ^ q) & (p ^ r)) >> top & 1;
  };
  const uint8_t old = flags;
  const bool old_cf = (old & isa::flag::cf) != 0, old_af = (old & isa::flag::af) != 0;
  bool shifted = false;  // a shift or rotate: by 0 it leaves all flags
  switch (fn) {
    case AluFn::add:
      sum(a, b, false);
      break;
    case AluFn::sub:
      difference(a, b, false);
      break;
    case AluFn::adc:
      sum(a, b, carry);
      break;
    case AluFn::sbb:
      difference(a, b, carry);
      break;
    case AluFn::and_:
      r = a & b;
      break;
    case AluFn::or_:
      r = a | b;
      break;
    case AluFn::xor_:
      r = a ^ b;
      break;
    case AluFn::mov:
      r = b;
      break;
    case AluFn::shl: {
      const uint64_t wide = static_cast<uint64_t>(a) << n;
      r = static_cast<uint32_t>(wide) & mask;
      cf = (wide >> bits & 1) != 0;
      of = ((r >> top & 1) != 0) != cf;
      shifted = true;
      break;
    }
    case AluFn::shr:
      r = a >> n;
      cf = n != 0 && (a >> ((n - 1) & 31) & 1) != 0;
      of = n != 0 && (r >> (top - 1) & 1) != 0;
      shifted = true;
      break;
    case AluFn::sar: {
      const int32_t extended = static_cast<int32_t>(a << (32 - bits)) >> (32 - bits);
      r = static_cast<uint32_t>(extended >> n) & mask;
      cf = n != 0 && (extended >> ((n - 1) & 31) & 1) != 0;
      shifted = true;
      break;
    }
    case AluFn::rol: {
      const unsigned m = n % bits;
      r = (m == 0 ? a : a << m | a >> (bits - m)) & mask;
      cf = (r & 1) != 0;
      of = ((r >> top & 1) != 0) != cf;
      af = old_af;
      szp = false;
      shifted = true;
      break;
    }
    case AluFn::ror: {
      const unsigned m = n % bits;
      r = (m == 0 ? a : a >> m | a << (bits - m)) & mask;
      cf = (r >> top & 1) != 0;
      of = cf != ((r >> (top - 1) & 1) != 0);
      af = old_af;
      szp = false;
      shifted = true;
      break;
    }
    case AluFn::inc:
      sum(a, b, false);
      cf = old_cf;
      break;
    case AluFn::dec:
      difference(a, b, false);
      cf = old_cf;
      break;
    case AluFn::rsb:
      difference(b, a, false);
      break;
  }
  AluResult out;
  out.value = (rs1 & ~(mask << place)) | r << place;
  if (fn == AluFn::mov || (shifted && n == 0)) {
    out.flags = old;
    return out;
  }
  uint8_t f = static_cast<uint8_t>((cf ? isa::flag::cf : 0) | (af ? isa::flag::af : 0) | (of ? isa::flag::of : 0));
  if (szp) {
    f = static_cast<uint8_t>(f | (r == 0 ? isa::flag::zf : 0) | ((r >> top & 1) != 0 ? isa::flag::sf : 0) |
                             (even_parity(r) ? isa::flag::pf : 0));
  } else {
    f = static_cast<uint8_t>(f | (old & (isa::flag::zf | isa::flag::sf | isa::flag::pf)));
  }
  out.flags = f;
  return out;
}

}  // namespace veil::iss
