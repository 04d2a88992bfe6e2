// Delivery of events through the IDT, the instructions that cause them, and iret. SDM vol. 3, 6.12, 6.13; vol. 2,
// INT n, IRET. Task gates, virtual 8086 and real mode are not implemented.
#pragma once

#include "veil/x86/event.h"
#include "x86/semantics/far.h"

namespace veil::x86::sem {

// Delivers an event from the state as it is; m.next_eip() is the EIP to be saved. One atomic step: what it raises
// leaves everything undone, and goes through escalate() (veil/x86/event.h). For `int n` that step is the instruction,
// for all others the machine makes one: start(eip), deliver(m, event), commit without an instruction.
//
// EFLAGS never holds RF, which matters to instruction breakpoints only: the frame gets what the event says.
template <InterpreterMachine M>
[[gnu::noinline, gnu::flatten]] void deliver(M& m, const Event& e) {
  using R = SystemRegister;
  if (!in_protected_mode(m)) return m.unimplemented();
  const bool software = e.kind == Event::Kind::software;
  const uint32_t ext = software ? 0 : 1;
  const uint32_t gate_error = 8u * e.vector + 2 + ext;
  if (8u * e.vector + 7 > m.system(R::idt_limit)) return m.raise(Vector::gp, gate_error);
  m.processor_accesses(true);
  const uint32_t at = m.system(R::idt_base) + 8u * e.vector;
  const uint32_t low = m.load_linear(at, Width::d);
  const uint32_t high = m.load_linear(at + 4, Width::d);
  if (m.failed()) return;
  const Descriptor gate{true, at, low, high};
  bool wide = true;
  bool clears_if = false;
  bool known = (high & kNotSystem) == 0;
  switch (gate.type()) {
    case SystemType::task_gate:
    case SystemType::trap_gate32:
      break;
    case SystemType::interrupt_gate32:
      clears_if = true;
      break;
    case SystemType::interrupt_gate16:
      wide = false;
      clears_if = true;
      break;
    case SystemType::trap_gate16:
      wide = false;
      break;
    default:
      known = false;
      break;
  }
  if (!known || (software && privilege(high) < m.cpl())) return m.raise(Vector::gp, gate_error);
  if ((high & kPresent) == 0) return m.raise(Vector::np, gate_error);
  if (gate.type() == SystemType::task_gate) return m.unimplemented();

  const uint32_t selector = gate.gate_selector();
  if (null_selector(selector)) return m.raise(Vector::gp, ext);
  Target t{false, fetch_descriptor(m, selector, Vector::gp, ext), selector, gate.gate_offset(wide)};
  if (!t.code.valid) return;
  const uint32_t dpl = privilege(t.code.high);
  if (!is_code(t.code.high) || dpl > m.cpl()) return m.raise(Vector::gp, error_code(selector, ext));
  if (!check_present(m, t.code, selector, ext)) return;
  mark_accessed(m, t.code);

  const Width w = wide ? Width::d : Width::w;
  const uint32_t eflags = m.eflags();
  const uint32_t esp = m.gpr(Gpr::esp, Width::d, false);
  const bool inner = !is_conforming(t.code.high) && dpl < m.cpl();
  InnerStack stack;
  if (inner) {
    stack = inner_stack(m, dpl, ext);
    if (!stack.ss.ok) return;
  }
  Frame<M> frame = inner ? Frame<M>(m, stack.ss.part, stack.esp, false) : Frame<M>(m, m.segment(Seg::ss), esp, true);
  if (!frame.room((inner ? 5 : 3) + (e.has_error ? 1 : 0), w)) {
    return m.raise(Vector::ss, inner ? error_code(stack.ss.selector, ext) : ext);
  }
  if (!check_eip(m, t.code, t.eip, ext)) return;
  if (inner) {
    frame.push(w, m.selector(Seg::ss));
    frame.push(w, esp);
  } else {
    m.processor_accesses(false);
  }
  frame.push(w, eflags | kEflagsFixed | (e.resume ? kRf : 0));
  frame.push(w, m.selector(Seg::cs));
  frame.push(w, m.next_eip());
  if (e.has_error) frame.push(w, e.error);
  if (m.failed()) return;
  m.processor_accesses(false);

  m.decided();
  m.set_eflags(eflags & ~(kTf | kVm | kRf | kNt | (clears_if ? kIf : 0)));
  m.set_gpr(Gpr::esp, Width::d, false, frame.esp());
  if (inner) m.set_segment(Seg::ss, stack.ss.selector, stack.ss.part);
  enter_code(m, t, inner ? dpl : m.cpl());
}

template <InterpreterMachine M, class I>
void int_(M& m, const I& i) {
  deliver(m, software_event(static_cast<uint8_t>(i.insn.imm)));
}
template <InterpreterMachine M, class I>
void int3(M& m, const I&) {
  deliver(m, software_event(static_cast<uint8_t>(Vector::bp)));
}
// As if a debugger had asked for it: no check of the gate's DPL; DR6 stays.
template <InterpreterMachine M, class I>
void int1(M& m, const I&) {
  deliver(m, trap_event(Vector::db));
}
template <InterpreterMachine M, class I>
void into(M& m, const I&) {
  if (m.cond(Cond::o) != 0) deliver(m, software_event(static_cast<uint8_t>(Vector::of)));
}
// Does a single-step trap follow an instruction that has been completed? TF counts as it was before: popf and iret that
// set it step the next instruction. A software interrupt clears it and is not stepped (SDM vol. 3, 17.3.1.4). Nor is
// what comes after mov ss and pop ss: the machine's matter (inhibit_traps). DR6.BS is the machine's too.
inline bool single_step_trap(const Insn& insn, uint32_t eflags_before, uint32_t eflags_after) {
  if ((eflags_before & kTf) == 0) return false;
  const bool interrupt =
      insn.exec == Exec::int_ || insn.exec == Exec::int3 || insn.exec == Exec::int1 || insn.exec == Exec::into;
  return !interrupt || (eflags_after & kTf) != 0;
}

template <InterpreterMachine M, class I>
void bound(M& m, const I& i) {
  const Width w = i.operand_size();
  const uint32_t at = address(m, i);
  const auto low = static_cast<int32_t>(m.sext(m.load(i.insn.mem.seg, at, w), w));
  const auto high = static_cast<int32_t>(m.sext(m.load(i.insn.mem.seg, wrap(m, i, at + bytes(w)), w), w));
  const auto index = static_cast<int32_t>(m.sext(read<0>(m, i), w));
  if (!m.failed() && (index < low || index > high)) m.raise(Vector::br);
}
template <InterpreterMachine M, class I>
void ud(M& m, const I&) {
  m.raise(Vector::ud);
}

template <InterpreterMachine M, class I>
void iret(M& m, const I& i) {
  const Width w = i.operand_size();
  if (!in_protected_mode(m) || (m.eflags() & kNt) != 0) return m.unimplemented();  // NT: back to another task
  const uint32_t eip = m.zext(pop_value(m, i, w), w);
  const uint32_t selector = m.zext(pop_value(m, i, w), Width::w);
  const uint32_t image = m.zext(pop_value(m, i, w), w);
  if (m.failed()) return;
  if ((image & kVm) != 0 && m.cpl() == 0) return m.unimplemented();
  const Target t = return_target(m, selector, eip);
  if (!t.ok) return;
  const uint32_t changes = changeable_flags(m, w);
  const uint32_t eflags = (m.eflags() & ~changes) | (image & changes);
  if (rpl(selector) > m.cpl()) {
    const uint32_t esp = m.zext(pop_value(m, i, w), w);
    const uint32_t ss = m.zext(pop_value(m, i, w), Width::w);
    if (!m.failed()) return_outer(m, t, ss, esp, eflags);
    return;
  }
  if (!check_eip(m, t.code, eip)) return;
  m.decided();
  m.set_eflags(eflags);
  enter_code(m, t, m.cpl());
}

}  // namespace veil::x86::sem
