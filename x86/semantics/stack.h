// The stack: push, pop, pusha, popa, leave, enter, pushf, popf.
#pragma once

#include "x86/semantics/privilege.h"

namespace veil::x86::sem {

template <class M, class I>
void push(M& m, const I& i) {
  push_value(m, i, i.operand_size(), read<0>(m, i));  // push esp: the old value
}

template <class M, class I>
void pop(M& m, const I& i) {
  const auto v = pop_value(m, i, i.operand_size());
  write<0>(m, i, v);  // the address is computed with the new stack pointer (SDM, POP)
}

template <class M, class I>
void pusha(M& m, const I& i) {
  const Width w = i.operand_size();
  const uint32_t step = bytes(w);
  for (uint8_t r = 0; r < 8; ++r) {
    m.store(Seg::ss, stack_offset(m, i, 0u - step * (r + 1u)), w, m.gpr(static_cast<Gpr>(r), w, false));
  }
  set_stack_pointer(m, i, stack_offset(m, i, 0u - 8 * step));
}

template <class M, class I>
void popa(M& m, const I& i) {
  const Width w = i.operand_size();
  const uint32_t step = bytes(w);
  for (uint8_t r = 0; r < 8; ++r) {
    if (static_cast<Gpr>(7 - r) == Gpr::esp) continue;  // its image is skipped
    m.set_gpr(static_cast<Gpr>(7 - r), w, false, m.load(Seg::ss, stack_offset(m, i, step * r), w));
  }
  set_stack_pointer(m, i, stack_offset(m, i, 8 * step));
}

template <class M, class I>
void leave(M& m, const I& i) {
  set_stack_pointer(m, i, m.gpr(Gpr::ebp, i.stack_size(), false));
  const auto v = pop_value(m, i, i.operand_size());
  m.set_gpr(Gpr::ebp, i.operand_size(), false, v);
}

template <InterpreterMachine M, class I>
void enter(M& m, const I& i) {
  const Width w = i.operand_size();
  const uint32_t step = bytes(w);
  const uint32_t level = i.insn.imm2 & 31;
  const auto in_stack = [&](uint32_t offset) { return i.stack_size() == Width::d ? offset : offset & 0xffff; };
  // The stack pointer is written once: up to 33 pushes are more than a machine may have room for.
  uint32_t top = stack_pointer(m, i);
  const auto push = [&](uint32_t v) {
    top = in_stack(top - step);
    m.store(Seg::ss, top, w, v);
  };
  push(m.gpr(Gpr::ebp, w, false));
  const uint32_t upper = i.stack_size() == Width::d ? 0 : m.gpr(Gpr::esp, Width::d, false) & 0xffff0000;
  const uint32_t frame = upper | top;
  uint32_t link = m.gpr(Gpr::ebp, Width::d, false);
  for (uint32_t n = 1; n < level; ++n) {
    link -= step;
    push(m.load(Seg::ss, in_stack(link), w));
  }
  if (level > 0) push(frame);
  top = in_stack(top - i.insn.imm);
  // The new top must be writable, or the instruction faults (SDM, ENTER).
  m.store(Seg::ss, top, w, load_to_write(m, Seg::ss, top, w));
  set_stack_pointer(m, i, top);
  m.set_gpr(Gpr::ebp, w, false, frame);
}

template <class M, class I>
void pushf(M& m, const I& i) {
  const auto system = m.op(Fn::and_, m.system_flags(), m.imm(~(kVm | kRf | kArithmeticFlags)));
  push_value(m, i, i.operand_size(), m.op(Fn::or_, system, m.flags()));
}

// Below the privilege that they ask for, IF and IOPL silently stay. A TF that is being set traps after the next
// instruction. A translation is for ring 0, sets neither TF nor DF, and not IF either while an interrupt waits.
template <class M, class I>
void popf(M& m, const I& i) {
  if constexpr (InterpreterMachine<M>) {
    const uint32_t changes = changeable_flags(m, i.operand_size());
    const uint32_t v = pop_value(m, i, i.operand_size());
    if (m.failed()) return;
    m.set_eflags((m.eflags() & ~changes) | (v & changes));
  } else {
    const uint32_t changes = (kAlwaysChangeable | kIopl | kIf) & mask(i.operand_size());
    m.require_zero(m.cpl());
    const auto v = pop_value(m, i, i.operand_size());
    m.require_zero(m.op(Fn::and_, v, m.op(Fn::or_, m.interrupt_waits(), m.imm(kTf | kDf))));
    m.set_flags(v);
    m.set_system_flags(
        m.op(Fn::or_, m.op(Fn::and_, m.system_flags(), m.imm(~changes)), m.op(Fn::and_, v, m.imm(changes))));
  }
}

}  // namespace veil::x86::sem
