// Instructions on flags alone.
#pragma once

#include "x86/semantics/privilege.h"

namespace veil::x86::sem {

template <class M, class I>
void clc(M& m, const I&) {
  m.set_cf(m.imm(0));
}
template <class M, class I>
void stc(M& m, const I&) {
  m.set_cf(m.imm(1));
}
template <class M, class I>
void cmc(M& m, const I&) {
  m.set_cf(m.cond(Cond::nc));
}

template <class M, class I>
void lahf(M& m, const I&) {
  const auto low = m.op(Fn::and_, m.flags(), m.imm(kSf | kZf | kAf | kPf | kCf));
  m.set_gpr(Gpr::eax, Width::b, true, m.op(Fn::or_, low, m.imm(2)));
}
template <class M, class I>
void sahf(M& m, const I&) {
  const auto low = m.op(Fn::and_, m.gpr(Gpr::eax, Width::b, true), m.imm(kSf | kZf | kAf | kPf | kCf));
  m.set_flags(m.op(Fn::or_, m.op(Fn::and_, m.flags(), m.imm(kOf)), low));
}
// Undocumented: AL = CF ? ff : 00.
template <class M, class I>
void salc(M& m, const I&) {
  m.set_gpr(Gpr::eax, Width::b, false, m.op(Fn::sub, m.imm(0), m.cond(Cond::c)));
}

template <InterpreterMachine M, class I>
void cld(M& m, const I&) {
  m.set_eflags(m.eflags() & ~kDf);
}
template <InterpreterMachine M, class I>
void std(M& m, const I&) {
  m.set_eflags(m.eflags() | kDf);
}

template <class M>
bool may_change_if(M& m) {
  if constexpr (InterpreterMachine<M>) {
    if (m.cpl() <= iopl(m.eflags())) return true;
    m.raise(Vector::gp, 0);
    return false;
  } else {
    m.require_zero(m.cpl());
    return true;
  }
}
template <class M, class I>
void cli(M& m, const I&) {
  if (may_change_if(m)) m.set_system_flags(m.op(Fn::and_, m.system_flags(), m.imm(~kIf)));
}
// Interrupts wait for one more instruction, so that `sti; ret` and `sti; hlt` leave no gap (SDM, STI). A single-step
// trap does not wait (SDM vol. 3, 6.8.3). In a translation the next instruction is in the same block, and no interrupt
// waits.
template <class M, class I>
void sti(M& m, const I&) {
  if (!may_change_if(m)) return;
  if constexpr (InterpreterMachine<M>) {
    const uint32_t before = m.eflags();
    m.set_eflags(before | kIf);
    m.decided();
    if ((before & kIf) == 0) m.inhibit_interrupts();
  } else {
    m.require_zero(m.interrupt_waits());
    m.set_system_flags(m.op(Fn::or_, m.system_flags(), m.imm(kIf)));
  }
}

}  // namespace veil::x86::sem
