// Multiplication and division. Flags that the SDM leaves open (S Z A P) keep their values; division changes none.
#pragma once

#include "veil/x86/interpreter_machine.h"
#include "x86/semantics/operands.h"

namespace veil::x86::sem {

// The double-width product goes to AX, DX:AX or EDX:EAX; CF = OF = its upper half says more than the lower.
template <class M, class I>
void multiply_accumulator(M& m, const I& i, bool is_signed) {
  const Width w = i.width(0);
  const auto extend = [&](typename M::Value v) { return is_signed ? m.sext(v, w) : m.zext(v, w); };
  const auto a = extend(m.gpr(Gpr::eax, w, false));
  const auto b = extend(read<0>(m, i));
  const auto low = m.op(Fn::mul, a, b);
  if (w == Width::d) {
    const auto high = m.op(is_signed ? Fn::mulh : Fn::mulhu, a, b);
    m.set_gpr(Gpr::eax, w, false, low);
    m.set_gpr(Gpr::edx, w, false, high);
    m.set_cf_of(m.op(Fn::sne, high, is_signed ? m.op(Fn::sar, low, m.imm(31)) : m.imm(0)));
  } else {
    if (w == Width::b) {
      m.set_gpr(Gpr::eax, Width::w, false, low);
    } else {
      m.set_gpr(Gpr::eax, Width::w, false, low);
      m.set_gpr(Gpr::edx, Width::w, false, m.op(Fn::shr, low, m.imm(16)));
    }
    m.set_cf_of(m.op(Fn::sne, extend(low), low));
  }
}

template <class M, class I>
void mul(M& m, const I& i) {
  multiply_accumulator(m, i, false);
}
template <class M, class I>
void imul1(M& m, const I& i) {
  multiply_accumulator(m, i, true);
}

// imul with two or three operands
template <class M, class I>
void imul(M& m, const I& i) {
  const Width w = i.width(0);
  const bool three = i.kind(2) != OperandKind::none;
  const auto a = m.sext(three ? read<2>(m, i) : read<0>(m, i), w);
  const auto b = m.sext(read<1>(m, i), w);
  const auto low = m.op(Fn::mul, a, b);
  write<0>(m, i, low);
  if (w == Width::d) {
    m.set_cf_of(m.op(Fn::sne, m.op(Fn::mulh, a, b), m.op(Fn::sar, low, m.imm(31))));
  } else {
    m.set_cf_of(m.op(Fn::sne, m.sext(low, w), low));
  }
}

// 64 by 32 bits, for values: the translator takes the 32-bit case alone (require_zero).
struct Quotient {
  bool fits = false;
  uint32_t quotient = 0;
  uint32_t remainder = 0;
};

constexpr Quotient divide_unsigned(uint32_t high, uint32_t low, uint32_t by) {
  if (high >= by) return {};  // by zero, or the quotient needs more than 32 bits
  if (high == 0) return {true, low / by, low % by};
  const uint64_t all = static_cast<uint64_t>(high) << 32 | low;
  return {true, static_cast<uint32_t>(all / by), static_cast<uint32_t>(all % by)};
}

constexpr Quotient divide_signed(uint32_t high, uint32_t low, uint32_t by) {
  const bool negative = (high >> 31) != 0;
  const bool by_negative = (by >> 31) != 0;
  const uint64_t all = static_cast<uint64_t>(high) << 32 | low;
  const uint64_t magnitude = negative ? 0 - all : all;
  Quotient q = divide_unsigned(static_cast<uint32_t>(magnitude >> 32), static_cast<uint32_t>(magnitude),
                               by_negative ? 0 - by : by);
  if (!q.fits) return {};
  const uint32_t most = negative != by_negative ? 0x80000000u : 0x7fffffffu;
  if (q.quotient > most) return {};
  if (negative != by_negative) q.quotient = 0 - q.quotient;
  if (negative) q.remainder = 0 - q.remainder;
  return q;
}

// Quotient and remainder go to AL and AH, AX and DX, EAX and EDX.
template <class M>
void set_quotient(M& m, Width w, typename M::Value quotient, typename M::Value remainder) {
  if (w == Width::b) {
    m.set_gpr(Gpr::eax, Width::b, false, quotient);
    m.set_gpr(Gpr::eax, Width::b, true, remainder);
  } else {
    m.set_gpr(Gpr::eax, w, false, quotient);
    m.set_gpr(Gpr::edx, w, false, remainder);
  }
}

// One digit of divide_pair: `rest` and 16 more bits by a normalised divisor (high and low: its halves). The estimate of
// the digit is at most two too large.
template <class M>
struct Digit {
  typename M::Value digit;
  typename M::Value rest;
};
template <class M>
Digit<M> divide_digit(M& m, typename M::Value rest, typename M::Value next, typename M::Value by,
                      typename M::Value by_high, typename M::Value by_low) {
  using Value = typename M::Value;
  const Value sixteen = m.imm(16);
  Value digit = m.op(Fn::divu, rest, by_high);
  Value over = m.op(Fn::sub, rest, m.op(Fn::mul, digit, by_high));
  for (unsigned round = 0; round < 2; ++round) {
    const Value long_digit = m.op(Fn::sne, m.op(Fn::shr, digit, sixteen), m.imm(0));
    const Value ahead = m.op(Fn::sltu, m.op(Fn::or_, m.op(Fn::shl, over, sixteen), next), m.op(Fn::mul, digit, by_low));
    Value less = m.op(Fn::or_, long_digit, ahead);
    // Once `over` has 17 bits the digit is right.
    if (round == 1) less = m.op(Fn::and_, less, m.op(Fn::seq, m.op(Fn::shr, over, sixteen), m.imm(0)));
    digit = m.op(Fn::sub, digit, less);
    if (round == 0) over = m.op(Fn::add, over, m.op(Fn::and_, by_high, m.op(Fn::sub, m.imm(0), less)));
  }
  const Value all = m.op(Fn::or_, m.op(Fn::shl, rest, sixteen), next);
  return {digit, m.op(Fn::sub, all, m.op(Fn::mul, digit, by))};
}

// high:low by `by`, where high < by: long division in two digits of 16 bits (Knuth, The Art of Computer Programming,
// vol. 2, algorithm 4.3.1 D), without a branch. Gives quotient and remainder.
template <class M>
Digit<M> divide_pair(M& m, typename M::Value high, typename M::Value low, typename M::Value by) {
  using Value = typename M::Value;
  const Value sixteen = m.imm(16);
  const Value half = m.imm(0xffff);
  const Value shift = m.op(Fn::clz, by, m.imm(0));
  by = m.op(Fn::shl, by, shift);
  // Two steps, so that a shift of 0 brings in nothing.
  const Value carried = m.op(Fn::shr, m.op(Fn::shr, low, m.imm(1)), m.op(Fn::sub, m.imm(31), shift));
  const Value rest = m.op(Fn::or_, m.op(Fn::shl, high, shift), carried);
  low = m.op(Fn::shl, low, shift);
  const Value by_high = m.op(Fn::shr, by, sixteen);
  const Value by_low = m.op(Fn::and_, by, half);
  const Digit<M> first = divide_digit(m, rest, m.op(Fn::shr, low, sixteen), by, by_high, by_low);
  const Digit<M> second = divide_digit(m, first.rest, m.op(Fn::and_, low, half), by, by_high, by_low);
  return {m.op(Fn::or_, m.op(Fn::shl, first.digit, sixteen), second.digit), m.op(Fn::shr, second.rest, shift)};
}

template <class M, class I>
void div(M& m, const I& i) {
  const Width w = i.width(0);
  const auto by = m.zext(read<0>(m, i), w);
  if constexpr (InterpreterMachine<M>) {
    const uint32_t a = m.gpr(Gpr::eax, Width::d, false);
    const uint32_t d = m.gpr(Gpr::edx, Width::d, false);
    const Quotient q = w == Width::d   ? divide_unsigned(d, a, by)
                       : w == Width::w ? divide_unsigned(0, (d & 0xffff) << 16 | (a & 0xffff), by)
                                       : divide_unsigned(0, a & 0xffff, by);
    if (!q.fits || q.quotient > mask(w)) return m.raise(Vector::de);
    set_quotient(m, w, q.quotient, q.remainder);
  } else {
    auto low = m.gpr(Gpr::eax, w == Width::b ? Width::w : w, false);
    if (w == Width::d) {
      const auto high = m.gpr(Gpr::edx, w, false);
      if (!m.known_zero(high)) {
        m.require_zero(m.op(Fn::seq, m.op(Fn::sltu, high, by), m.imm(0)));  // by = 0, too
        const auto [quotient, remainder] = divide_pair(m, high, low, by);
        return set_quotient(m, w, quotient, remainder);
      }
      m.require_zero(m.op(Fn::seq, by, m.imm(0)));
    } else {
      low = m.zext(low, Width::w);
      if (w == Width::w) low = m.op(Fn::or_, low, m.op(Fn::shl, m.gpr(Gpr::edx, w, false), m.imm(16)));
    }
    const auto quotient = m.op(Fn::divu, low, by);
    if (w != Width::d) m.require_zero(m.op(Fn::shr, quotient, m.imm(bits(w))));  // all ones when by = 0
    set_quotient(m, w, quotient, m.op(Fn::remu, low, by));
  }
}

template <class M, class I>
void idiv(M& m, const I& i) {
  const Width w = i.width(0);
  const auto by = m.sext(read<0>(m, i), w);
  if constexpr (InterpreterMachine<M>) {
    const uint32_t a = m.gpr(Gpr::eax, Width::d, false);
    const uint32_t d = m.gpr(Gpr::edx, Width::d, false);
    const uint32_t low = w == Width::d ? a : w == Width::w ? (d & 0xffff) << 16 | (a & 0xffff) : m.sext(a, Width::w);
    const uint32_t high = w == Width::d ? d : (low >> 31) != 0 ? 0xffffffffu : 0u;
    const Quotient q = divide_signed(high, low, by);
    if (!q.fits || m.sext(q.quotient, w) != q.quotient) return m.raise(Vector::de);
    set_quotient(m, w, q.quotient, q.remainder);
  } else {
    auto low = m.gpr(Gpr::eax, w == Width::b ? Width::w : w, false);
    m.require_zero(m.op(Fn::seq, by, m.imm(0)));
    if (w == Width::d) {
      m.require_zero(m.op(Fn::xor_, m.gpr(Gpr::edx, w, false), m.op(Fn::sar, low, m.imm(31))));
      m.require_zero(m.op(Fn::and_, m.op(Fn::seq, by, m.imm(0xffffffff)), m.op(Fn::seq, low, m.imm(0x80000000))));
    } else {
      low = w == Width::b ? m.sext(low, Width::w)
                          : m.op(Fn::or_, m.zext(low, Width::w), m.op(Fn::shl, m.gpr(Gpr::edx, w, false), m.imm(16)));
    }
    const auto quotient = m.op(Fn::div, low, by);
    if (w != Width::d) m.require_zero(m.op(Fn::sne, m.sext(quotient, w), quotient));
    set_quotient(m, w, quotient, m.op(Fn::rem, low, by));
  }
}

}  // namespace veil::x86::sem
