// Far jumps, calls and returns: to code segments, through call gates, to outer rings. SDM vol. 2, JMP, CALL, RET;
// vol. 3, 5.8. Tasks (TSS and task gates as targets) are not implemented.
#pragma once

#include "x86/semantics/privilege.h"

namespace veil::x86::sem {

// Where a transfer goes, checked.
struct Target {
  uint32_t ok = 0;  // a word, as Descriptor::valid
  Descriptor code;
  uint32_t selector = 0;  // RPL as it was given
  uint32_t eip = 0;
};

template <InterpreterMachine M>
bool check_present(M& m, const Descriptor& d, uint32_t selector, uint32_t ext = 0) {
  if ((d.high & kPresent) != 0) return true;
  m.raise(Vector::np, error_code(selector, ext));
  return false;
}

template <InterpreterMachine M>
bool check_eip(M& m, const Descriptor& d, uint32_t eip, uint32_t ext = 0) {
  if (eip <= hidden_part(d).limit) return true;
  m.raise(Vector::gp, ext);
  return false;
}

// After decided(). The selector gets the new CPL as its RPL.
template <InterpreterMachine M>
void enter_code(M& m, const Target& t, uint32_t cpl) {
  m.set_cpl(cpl);
  m.set_segment(Seg::cs, (t.selector & 0xfffc) | cpl, hidden_part(t.code));
  m.jump(t.eip);
}

struct FarPointer {
  uint32_t selector;
  uint32_t offset;
};

template <InterpreterMachine M, class I>
FarPointer far_pointer(M& m, const I& i) {
  if (i.kind(0) == OperandKind::far) return {i.insn.imm2, i.insn.imm};
  const Width w = i.operand_size();
  const uint32_t at = address(m, i);
  const uint32_t offset = m.zext(m.load(i.insn.mem.seg, at, w), w);
  return {m.zext(m.load(i.insn.mem.seg, wrap(m, i, at + bytes(w)), Width::w), Width::w), offset};
}

// The descriptor that a far jump or call names: a code segment that may be entered at this privilege, or a call gate
// that may be used. Not valid: the exception is raised.
template <InterpreterMachine M>
[[gnu::noinline]] Descriptor far_descriptor(M& m, uint32_t selector) {
  if (null_selector(selector)) {
    m.raise(Vector::gp, 0);
    return {};
  }
  Descriptor d = fetch_descriptor(m, selector);
  if (!d.valid) return {};
  const uint32_t dpl = privilege(d.high);
  bool allowed = false;
  if (is_code(d.high)) {
    allowed = is_conforming(d.high) ? dpl <= m.cpl() : dpl == m.cpl() && rpl(selector) <= m.cpl();
  } else if ((d.high & kNotSystem) == 0) {
    switch (d.type()) {
      case SystemType::call_gate16:
      case SystemType::call_gate32:
        allowed = dpl >= m.cpl() && dpl >= rpl(selector);
        break;
      case SystemType::task_gate:
      case SystemType::tss16:
      case SystemType::tss32:
        if (dpl >= m.cpl() && dpl >= rpl(selector)) {
          m.unimplemented();
          return {};
        }
        break;
      default:
        break;
    }
  }
  if (!allowed) {
    m.raise(Vector::gp, error_code(selector));
    return {};
  }
  d.valid = check_present(m, d, selector);
  return d;
}

// The code segment that a call gate leads to. `call`: a more privileged one is allowed.
template <InterpreterMachine M>
[[gnu::noinline]] Target through_gate(M& m, const Descriptor& gate, bool call) {
  const uint32_t selector = gate.gate_selector();
  if (null_selector(selector)) {
    m.raise(Vector::gp, 0);
    return {};
  }
  Target t{false, fetch_descriptor(m, selector), selector, gate.gate_offset(gate.type() == SystemType::call_gate32)};
  if (!t.code.valid) return {};
  const uint32_t dpl = privilege(t.code.high);
  const bool allowed = is_code(t.code.high) && (call || is_conforming(t.code.high) ? dpl <= m.cpl() : dpl == m.cpl());
  if (!allowed) {
    m.raise(Vector::gp, error_code(selector));
    return {};
  }
  if (!check_present(m, t.code, selector)) return {};
  mark_accessed(m, t.code);
  t.ok = !m.failed();
  return t;
}

template <InterpreterMachine M>
Target direct_target(M& m, Descriptor code, const FarPointer& to) {
  mark_accessed(m, code);
  return {!m.failed(), code, to.selector, to.offset};
}

template <InterpreterMachine M, class I>
void jmp_far(M& m, const I& i) {
  const FarPointer to = far_pointer(m, i);
  if (m.failed()) return;
  const Descriptor d = far_descriptor(m, to.selector);
  if (!d.valid) return;
  const Target t = is_code(d.high) ? direct_target(m, d, to) : through_gate(m, d, false);
  if (!t.ok || !check_eip(m, t.code, t.eip)) return;
  m.decided();
  enter_code(m, t, m.cpl());
}

// A call through a gate to an inner ring: the caller's SS:ESP and the parameters go to the new stack.
template <InterpreterMachine M>
void call_inner(M& m, const Descriptor& gate, const Target& t) {
  const Width w = gate.type() == SystemType::call_gate32 ? Width::d : Width::w;
  const uint32_t parameters = gate.high & 31;
  const uint32_t level = privilege(t.code.high);
  const InnerStack stack = inner_stack(m, level, 0);
  if (!stack.ss.ok) return;
  Frame<M> frame(m, stack.ss.part, stack.esp, false);
  if (!frame.room(4 + parameters, w)) return m.raise(Vector::ss, error_code(stack.ss.selector));
  if (!check_eip(m, t.code, t.eip)) return;
  const uint32_t esp = m.gpr(Gpr::esp, Width::d, false);
  const uint32_t offset_mask = (m.segment(Seg::ss).attr & kDefault32) != 0 ? 0xffffffff : 0xffff;
  frame.push(w, m.selector(Seg::ss));
  frame.push(w, esp);
  for (uint32_t n = parameters; n > 0; --n) {
    frame.push(w, m.load(Seg::ss, (esp + (n - 1) * bytes(w)) & offset_mask, w));
  }
  frame.push(w, m.selector(Seg::cs));
  frame.push(w, m.next_eip());
  if (m.failed()) return;
  m.decided();
  m.set_gpr(Gpr::esp, Width::d, false, frame.esp());
  m.set_segment(Seg::ss, stack.ss.selector, stack.ss.part);
  enter_code(m, t, level);
}

template <InterpreterMachine M, class I>
void call_far(M& m, const I& i) {
  const FarPointer to = far_pointer(m, i);
  if (m.failed()) return;
  const Descriptor d = far_descriptor(m, to.selector);
  if (!d.valid) return;
  const bool direct = is_code(d.high);
  const Target t = direct ? direct_target(m, d, to) : through_gate(m, d, true);
  if (!t.ok) return;
  if (!direct && !is_conforming(t.code.high) && privilege(t.code.high) < m.cpl()) return call_inner(m, d, t);
  const Width w = direct ? i.operand_size() : d.type() == SystemType::call_gate32 ? Width::d : Width::w;
  Frame<M> frame(m, m.segment(Seg::ss), m.gpr(Gpr::esp, Width::d, false), true);
  if (!frame.room(2, w)) return m.raise(Vector::ss, 0);
  if (!check_eip(m, t.code, t.eip)) return;
  frame.push(w, m.selector(Seg::cs));
  frame.push(w, m.next_eip());
  if (m.failed()) return;
  m.decided();
  m.set_gpr(Gpr::esp, Width::d, false, frame.esp());
  enter_code(m, t, m.cpl());
}

// The code segment that ret or iret returns to; its RPL is the new privilege.
template <InterpreterMachine M>
Target return_target(M& m, uint32_t selector, uint32_t eip) {
  if (null_selector(selector)) {
    m.raise(Vector::gp, 0);
    return {};
  }
  Target t{false, fetch_descriptor(m, selector), selector, eip};
  if (!t.code.valid) return {};
  const uint32_t dpl = privilege(t.code.high);
  const bool allowed = is_code(t.code.high) && rpl(selector) >= m.cpl() &&
                       (is_conforming(t.code.high) ? dpl <= rpl(selector) : dpl == rpl(selector));
  if (!allowed) {
    m.raise(Vector::gp, error_code(selector));
    return {};
  }
  if (!check_present(m, t.code, selector)) return {};
  mark_accessed(m, t.code);
  t.ok = !m.failed();
  return t;
}

// The rest of a return to an outer ring, all read and checked but for SS and the limits. `eflags`: bits to be set.
template <InterpreterMachine M>
void return_outer(M& m, const Target& t, uint32_t ss, uint32_t esp, uint32_t eflags) {
  const uint32_t level = rpl(t.selector);
  const Loading l = check_stack_segment(m, ss, level);
  if (!l.ok || !check_eip(m, t.code, t.eip)) return;
  m.decided();
  m.set_eflags(eflags);
  const bool wide = (l.part.attr & kDefault32) != 0;  // of a 16-bit stack only SP is loaded
  m.set_gpr(Gpr::esp, wide ? Width::d : Width::w, false, esp);
  m.set_segment(Seg::ss, l.selector, l.part);
  enter_code(m, t, level);
  drop_inner_segments(m, level);
}

template <InterpreterMachine M, class I>
void ret_far(M& m, const I& i) {
  const Width w = i.operand_size();
  const uint32_t parameters = i.kind(0) == OperandKind::imm ? i.insn.imm & 0xffff : 0;
  const uint32_t eip = m.zext(pop_value(m, i, w), w);
  const uint32_t selector = m.zext(pop_value(m, i, w), Width::w);
  set_stack_pointer(m, i, stack_offset(m, i, parameters));
  if (m.failed()) return;
  const Target t = return_target(m, selector, eip);
  if (!t.ok) return;
  if (rpl(selector) > m.cpl()) {
    const uint32_t esp = m.zext(pop_value(m, i, w), w);
    const uint32_t ss = m.zext(pop_value(m, i, w), Width::w);
    if (m.failed()) return;
    return return_outer(m, t, ss, esp + parameters, m.eflags());
  }
  if (!check_eip(m, t.code, eip)) return;
  m.decided();
  enter_code(m, t, m.cpl());
}

}  // namespace veil::x86::sem
