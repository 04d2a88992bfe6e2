// Near control transfers: jmp, jcc, call, ret, loop and its relatives.
#pragma once

#include "x86/semantics/operands.h"

namespace veil::x86::sem {

// Target of a relative jump: a constant.
template <class M, class I>
uint32_t target(M& m, const I& i) {
  return (m.next_eip() + i.insn.imm) & mask(i.operand_size());
}

template <class M, class I>
void jmp(M& m, const I& i) {
  if (i.kind(0) == OperandKind::rel) {
    m.jump(m.imm(target(m, i)));
  } else {
    m.jump(m.zext(read<0>(m, i), i.operand_size()));
  }
}

template <class M, class I>
void jcc(M& m, const I& i) {
  m.branch(i.insn.cond(), target(m, i));
}

template <class M, class I>
void call(M& m, const I& i) {
  const Width w = i.operand_size();
  if (i.kind(0) == OperandKind::rel) {
    push_value(m, i, w, m.imm(m.next_eip()));
    m.jump(m.imm(target(m, i)));
  } else {
    const auto to = m.zext(read<0>(m, i), w);
    push_value(m, i, w, m.imm(m.next_eip()));
    m.jump(to);
  }
}

template <class M, class I>
void ret(M& m, const I& i) {
  const auto to = m.zext(pop_value(m, i, i.operand_size()), i.operand_size());
  if (i.kind(0) == OperandKind::imm) set_stack_pointer(m, i, stack_offset(m, i, i.insn.imm));
  m.jump(to);
}

// eCX - 1 in the width of the address size, without touching flags.
template <class M, class I>
typename M::Value count_down(M& m, const I& i) {
  const Width w = i.address_size();
  const auto count = m.zext(m.op(Fn::sub, m.gpr(Gpr::ecx, w, false), m.imm(1)), w);
  m.set_gpr(Gpr::ecx, w, false, count);
  return count;
}

template <class M, class I>
void loop(M& m, const I& i) {
  m.branch_value(count_down(m, i), target(m, i));
}
template <class M, class I>
void loope(M& m, const I& i) {
  const auto more = m.op(Fn::sne, count_down(m, i), m.imm(0));
  m.branch_value(m.op(Fn::and_, more, m.cond(Cond::z)), target(m, i));
}
template <class M, class I>
void loopne(M& m, const I& i) {
  const auto more = m.op(Fn::sne, count_down(m, i), m.imm(0));
  m.branch_value(m.op(Fn::and_, more, m.cond(Cond::nz)), target(m, i));
}
template <class M, class I>
void jcxz(M& m, const I& i) {
  const Width w = i.address_size();
  m.branch_value(m.op(Fn::seq, m.zext(m.gpr(Gpr::ecx, w, false), w), m.imm(0)), target(m, i));
}

}  // namespace veil::x86::sem
