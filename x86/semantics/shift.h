// Shifts, rotates, rotates through carry, double shifts. Counts are taken modulo 32; a count of 0 changes no flag.
#pragma once

#include "veil/x86/interpreter_machine.h"
#include "x86/semantics/operands.h"

namespace veil::x86::sem {

template <class M, class I>
void shift(M& m, const I& i, FlagFn fn) {
  Place<0, M, I> place(m, i);
  const auto a = place.read_to_write();
  place.write(m.alu(fn, i.width(0), a, read<1>(m, i)));
}

template <class M, class I>
void rol(M& m, const I& i) {
  shift(m, i, FlagFn::rol);
}
template <class M, class I>
void ror(M& m, const I& i) {
  shift(m, i, FlagFn::ror);
}
template <class M, class I>
void shl(M& m, const I& i) {
  shift(m, i, FlagFn::shl);
}
template <class M, class I>
void shr(M& m, const I& i) {
  shift(m, i, FlagFn::shr);
}
template <class M, class I>
void sar(M& m, const I& i) {
  shift(m, i, FlagFn::sar);
}

// CF and OF = bit 0 of the values, the others kept.
template <class M>
void set_carry_overflow(M& m, typename M::Value cf, typename M::Value of) {
  const auto kept = m.op(Fn::and_, m.flags(), m.imm(~(kCf | kOf)));
  m.set_flags(m.op(Fn::or_, kept, m.op(Fn::or_, cf, m.op(Fn::shl, of, m.imm(11)))));
}

// Rotates left by n through a carry in and out; value and carry form a number of width + 1 bits.
struct ThroughCarry {
  uint32_t result;
  uint32_t carry;
};
constexpr ThroughCarry rotate_left_through_carry(uint32_t a, uint32_t carry, unsigned n, unsigned size) {
  const uint64_t all = static_cast<uint64_t>(carry) << size | a;
  const uint64_t r = n == 0 ? all : all << n | all >> (size + 1 - n);
  return {static_cast<uint32_t>(r & ((uint64_t{1} << size) - 1)), static_cast<uint32_t>(r >> size & 1)};
}

// rcl, rcr. By one everywhere; by more only where values are numbers (such forms are marked `interpret`).
template <class M, class I>
void through_carry(M& m, const I& i, bool left) {
  const Width w = i.width(0);
  const unsigned size = bits(w);
  Place<0, M, I> place(m, i);
  const auto a = m.zext(place.read_to_write(), w);
  const auto carry = m.cond(Cond::c);
  const auto msb = [&](typename M::Value v, unsigned below) {
    return m.op(Fn::and_, m.op(Fn::shr, v, m.imm(size - 1 - below)), m.imm(1));
  };
  if constexpr (InterpreterMachine<M>) {
    const unsigned count = read<1>(m, i) & 31;
    if (count == 0) return place.write(a);
    const unsigned n = count % (size + 1);
    const ThroughCarry r = rotate_left_through_carry(a, carry, left || n == 0 ? n : size + 1 - n, size);
    place.write(r.result);
    set_carry_overflow(m, r.carry, msb(r.result, 0) ^ (left ? r.carry : msb(r.result, 1)));
  } else {
    const auto out = left ? msb(a, 0) : m.op(Fn::and_, a, m.imm(1));
    const auto r = left ? m.op(Fn::or_, m.op(Fn::shl, a, m.imm(1)), carry)
                        : m.op(Fn::or_, m.op(Fn::shr, a, m.imm(1)), m.op(Fn::shl, carry, m.imm(size - 1)));
    place.write(r);
    set_carry_overflow(m, out, m.op(Fn::xor_, msb(r, 0), left ? out : msb(r, 1)));
  }
}

template <class M, class I>
void rcl(M& m, const I& i) {
  through_carry(m, i, true);
}
template <class M, class I>
void rcr(M& m, const I& i) {
  through_carry(m, i, false);
}

// shld, shrd. 16-bit counts above 16 (undefined in the SDM) go on with the destination's bits, as processors do.
template <class M, class I>
void double_shift(M& m, const I& i, bool left) {
  using Value = typename M::Value;
  const Width w = i.width(0);
  Place<0, M, I> place(m, i);
  const Value a = m.zext(place.read_to_write(), w);
  const Value b = m.zext(read<1>(m, i), w);
  const Value n = m.op(Fn::and_, read<2>(m, i), m.imm(31));
  const auto shl = [&](Value v, Value by) { return m.op(Fn::shl, v, by); };
  const auto shr = [&](Value v, Value by) { return m.op(Fn::shr, v, by); };
  const auto lowest = [&](Value v) { return m.op(Fn::and_, v, m.imm(1)); };
  const Value one = m.imm(1);
  Value r{};
  Value carry{};
  if (w == Width::d) {
    // Two steps for the far end, so that a count of 0 brings in nothing.
    const Value rest = m.op(Fn::sub, m.imm(31), n);
    if (left) {
      r = m.op(Fn::or_, shl(a, n), shr(shr(b, one), rest));
      carry = lowest(shr(shr(a, one), rest));
    } else {
      r = m.op(Fn::or_, shr(a, n), shl(shl(b, one), rest));
      carry = lowest(shr(a, m.op(Fn::sub, n, one)));
    }
  } else {
    const Value sixteen = m.imm(16);
    const Value beyond = m.op(Fn::sltu, sixteen, n);
    const Value by = m.select_value(beyond, m.op(Fn::sub, n, sixteen), n);
    const Value ab = m.op(Fn::or_, shl(a, sixteen), b);
    const Value ba = m.op(Fn::or_, shl(b, sixteen), a);
    const Value before = m.op(Fn::sub, by, one);
    if (left) {
      const Value pair = m.select_value(beyond, ba, ab);
      r = shr(shl(pair, by), sixteen);
      carry = shr(shl(pair, before), m.imm(31));
    } else {
      const Value pair = m.select_value(beyond, ab, ba);
      r = m.zext(shr(pair, by), w);
      carry = lowest(shr(pair, before));
    }
  }
  place.write(r);
  const Value old = m.flags();
  (void)m.alu(FlagFn::and_, w, r, r);
  const Value sign = m.imm(bits(w) - 1);
  const Value overflow = lowest(shr(m.op(Fn::xor_, a, r), sign));
  const Value flags = m.op(Fn::or_, m.op(Fn::or_, m.flags(), carry), shl(overflow, m.imm(11)));
  m.set_flags(m.select_value(n, flags, old));
}

template <class M, class I>
void shld(M& m, const I& i) {
  double_shift(m, i, true);
}
template <class M, class I>
void shrd(M& m, const I& i) {
  double_shift(m, i, false);
}

}  // namespace veil::x86::sem
