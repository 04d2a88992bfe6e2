// Bit tests and scans. Of the flags only CF (tests) and those of the scanned value (scans) change.
#pragma once

#include "x86/semantics/operands.h"

namespace veil::x86::sem {

enum class BitAction : uint8_t { none, set, reset, complement };

// bt, bts, btr, btc. With the bit number in a register a memory operand is a bit string that reaches 2 GBit to both
// sides; with an immediate the number is taken modulo the width.
template <class M, class I>
void bit_test(M& m, const I& i, BitAction action) {
  const Width w = i.width(0);
  const uint32_t log = w == Width::d ? 5 : 4;
  Place<0, M, I> place(m, i);
  const auto number = read<1>(m, i);
  if (i.kind(0) == OperandKind::mem && i.kind(1) == OperandKind::reg) {
    const auto unit = m.op(Fn::sar, m.sext(number, w), m.imm(log));
    const auto distance = m.op(Fn::shl, unit, m.imm(log - 3));
    place.offset = wrap(m, i, m.op(Fn::add, place.offset, distance));
  }
  const auto n = m.op(Fn::and_, number, m.imm(bits(w) - 1));
  const auto v = m.zext(action == BitAction::none ? place.read() : place.read_to_write(), w);
  const auto selected = m.op(Fn::shl, m.imm(1), n);
  if (action == BitAction::set) place.write(m.op(Fn::or_, v, selected));
  if (action == BitAction::reset) place.write(m.op(Fn::and_, v, m.op(Fn::xor_, selected, m.imm(0xffffffff))));
  if (action == BitAction::complement) place.write(m.op(Fn::xor_, v, selected));
  m.set_cf(m.op(Fn::shr, v, n));
}

template <class M, class I>
void bt(M& m, const I& i) {
  bit_test(m, i, BitAction::none);
}
template <class M, class I>
void bts(M& m, const I& i) {
  bit_test(m, i, BitAction::set);
}
template <class M, class I>
void btr(M& m, const I& i) {
  bit_test(m, i, BitAction::reset);
}
template <class M, class I>
void btc(M& m, const I& i) {
  bit_test(m, i, BitAction::complement);
}

// Zero leaves the destination as it was (undefined in the SDM, so on every processor).
template <class M, class I>
void scan(M& m, const I& i, bool forward) {
  const Width w = i.width(0);
  const auto v = m.zext(read<1>(m, i), w);
  const auto zeros = m.op(forward ? Fn::ctz : Fn::clz, v, m.imm(0));
  (void)m.alu(FlagFn::and_, w, v, v);
  write<0>(m, i, m.select_value(v, forward ? zeros : m.op(Fn::xor_, zeros, m.imm(31)), read<0>(m, i)));
}

template <class M, class I>
void bsf(M& m, const I& i) {
  scan(m, i, true);
}
template <class M, class I>
void bsr(M& m, const I& i) {
  scan(m, i, false);
}

}  // namespace veil::x86::sem
