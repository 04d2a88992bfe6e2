// Moves: mov, movzx, movsx, lea, xchg, bswap, cmovcc, setcc, xlat, sign extensions of the accumulator, nop.
#pragma once

#include "x86/semantics/operands.h"

namespace veil::x86::sem {

template <class M, class I>
void mov(M& m, const I& i) {
  write<0>(m, i, read<1>(m, i));
}

template <class M, class I>
void movzx(M& m, const I& i) {
  write<0>(m, i, m.zext(read<1>(m, i), i.width(1)));
}

template <class M, class I>
void movsx(M& m, const I& i) {
  write<0>(m, i, m.sext(read<1>(m, i), i.width(1)));
}

template <class M, class I>
void lea(M& m, const I& i) {
  write<0>(m, i, address(m, i));
}

template <class M, class I>
void xchg(M& m, const I& i) {
  Place<0, M, I> first(m, i);
  Place<1, M, I> second(m, i);
  const auto a = first.read_to_write();
  const auto b = second.read_to_write();
  first.write(b);
  second.write(a);
}

// A 16-bit operand is undefined in the SDM; processors give 0.
template <class M, class I>
void bswap(M& m, const I& i) {
  write<0>(m, i, i.operand_size() == Width::d ? m.op(Fn::bswap, read<0>(m, i), m.imm(0)) : m.imm(0));
}

template <class M, class I>
void cmovcc(M& m, const I& i) {
  const auto source = read<1>(m, i);  // read in any case: it may fault
  write<0>(m, i, m.select(i.insn.cond(), source, read<0>(m, i)));
}

template <class M, class I>
void setcc(M& m, const I& i) {
  write<0>(m, i, m.cond(i.insn.cond()));
}

template <class M, class I>
void xlat(M& m, const I& i) {
  const auto index = m.zext(m.gpr(Gpr::eax, Width::b, false), Width::b);
  const auto offset = wrap(m, i, m.op(Fn::add, m.gpr(Gpr::ebx, Width::d, false), index));
  m.set_gpr(Gpr::eax, Width::b, false, m.load(i.insn.segment, offset, Width::b));
}

// cbw, cwde
template <class M, class I>
void cbw(M& m, const I& i) {
  const Width half = i.operand_size() == Width::d ? Width::w : Width::b;
  m.set_gpr(Gpr::eax, i.operand_size(), false, m.sext(m.gpr(Gpr::eax, half, false), half));
}

// cwd, cdq
template <class M, class I>
void cwd(M& m, const I& i) {
  const auto a = m.sext(m.gpr(Gpr::eax, i.operand_size(), false), i.operand_size());
  m.set_gpr(Gpr::edx, i.operand_size(), false, m.op(Fn::sar, a, m.imm(31)));
}

template <class M, class I>
void nop(M&, const I&) {}

}  // namespace veil::x86::sem
