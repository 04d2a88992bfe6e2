// Two-operand arithmetic and its one-operand relatives: add or adc sbb and sub xor cmp test inc dec neg not.
#pragma once

#include "x86/semantics/operands.h"

namespace veil::x86::sem {

template <class M, class I>
void binary(M& m, const I& i, FlagFn fn) {
  Place<0, M, I> place(m, i);
  const auto a = place.read_to_write();
  place.write(m.alu(fn, i.width(0), a, read<1>(m, i)));
}

template <class M, class I>
void add(M& m, const I& i) {
  binary(m, i, FlagFn::add);
}
template <class M, class I>
void or_(M& m, const I& i) {
  binary(m, i, FlagFn::or_);
}
template <class M, class I>
void adc(M& m, const I& i) {
  binary(m, i, FlagFn::adc);
}
template <class M, class I>
void sbb(M& m, const I& i) {
  binary(m, i, FlagFn::sbb);
}
template <class M, class I>
void and_(M& m, const I& i) {
  binary(m, i, FlagFn::and_);
}
template <class M, class I>
void sub(M& m, const I& i) {
  binary(m, i, FlagFn::sub);
}
template <class M, class I>
void xor_(M& m, const I& i) {
  binary(m, i, FlagFn::xor_);
}

// Only the flags of the result are wanted.
template <class M, class I>
void cmp(M& m, const I& i) {
  const auto a = read<0>(m, i);
  (void)m.alu(FlagFn::sub, i.width(0), a, read<1>(m, i));
}
template <class M, class I>
void test(M& m, const I& i) {
  const auto a = read<0>(m, i);
  (void)m.alu(FlagFn::and_, i.width(0), a, read<1>(m, i));
}

template <class M, class I>
void unary(M& m, const I& i, FlagFn fn, uint32_t operand) {
  Place<0, M, I> place(m, i);
  place.write(m.alu(fn, i.width(0), place.read_to_write(), m.imm(operand)));
}

template <class M, class I>
void inc(M& m, const I& i) {
  unary(m, i, FlagFn::inc, 1);
}
template <class M, class I>
void dec(M& m, const I& i) {
  unary(m, i, FlagFn::dec, 1);
}
template <class M, class I>
void neg(M& m, const I& i) {
  unary(m, i, FlagFn::rsb, 0);  // 0 - operand
}
template <class M, class I>
void not_(M& m, const I& i) {
  Place<0, M, I> place(m, i);
  place.write(m.op(Fn::xor_, place.read_to_write(), m.imm(0xffffffff)));
}

}  // namespace veil::x86::sem
