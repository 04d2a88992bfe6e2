// Descriptor-table and task registers, and the instructions that ask about selectors. SDM vol. 2, LGDT, LLDT, LTR, LAR,
// LSL, VERR, ARPL.
#pragma once

#include "x86/semantics/privilege.h"

namespace veil::x86::sem {

template <class M, class I>
void store_table(M& m, const I& i) {
  const bool idt = i.insn.modrm_reg % 2 == 1;  // /1, /3
  const uint32_t at = address(m, i);
  m.store(i.insn.mem.seg, at, Width::w, m.system(idt ? SystemRegister::idt_limit : SystemRegister::gdt_limit));
  m.store(i.insn.mem.seg, wrap(m, i, at + 2), Width::d,
          m.system(idt ? SystemRegister::idt_base : SystemRegister::gdt_base));
}

template <InterpreterMachine M, class I>
void load_table(M& m, const I& i) {
  if (!privileged(m)) return;
  const bool idt = i.insn.modrm_reg % 2 == 1;  // /1, /3
  const uint32_t at = address(m, i);
  const uint32_t limit = m.zext(m.load(i.insn.mem.seg, at, Width::w), Width::w);
  uint32_t base = m.load(i.insn.mem.seg, wrap(m, i, at + 2), Width::d);
  if (i.operand_size() == Width::w) base &= 0xffffff;
  if (m.failed()) return;
  m.decided();
  m.set_system(idt ? SystemRegister::idt_limit : SystemRegister::gdt_limit, limit);
  m.set_system(idt ? SystemRegister::idt_base : SystemRegister::gdt_base, base);
}

// These are of protected mode.
template <InterpreterMachine M>
bool recognised(M& m) {
  if (in_protected_mode(m)) return true;
  m.raise(Vector::ud);
  return false;
}

template <InterpreterMachine M, class I>
void sldt(M& m, const I& i) {
  if (recognised(m)) write<0>(m, i, m.system(SystemRegister::ldt));
}
template <InterpreterMachine M, class I>
void str(M& m, const I& i) {
  if (recognised(m)) write<0>(m, i, m.system(SystemRegister::tr));
}

template <InterpreterMachine M>
void set_system_segment(M& m, SystemRegister first, uint32_t selector, const Segment& part) {
  m.decided();
  const auto word = [&](unsigned n) { return static_cast<SystemRegister>(static_cast<unsigned>(first) + n); };
  m.set_system(first, selector);
  m.set_system(word(1), part.base);
  m.set_system(word(2), part.limit);
  m.set_system(word(3), part.attr);
}

// The descriptor of an LDT or TSS: in the GDT, of one of two types. Not valid: the exception is raised.
template <InterpreterMachine M>
Descriptor system_descriptor(M& m, uint32_t selector, SystemType a, SystemType b) {
  if ((selector & kTableIndicator) != 0) {
    m.raise(Vector::gp, error_code(selector));
    return {};
  }
  Descriptor d = fetch_descriptor(m, selector);
  if (!d.valid) return {};
  if (!is_system(d.high, a) && !is_system(d.high, b)) {
    m.raise(Vector::gp, error_code(selector));
    return {};
  }
  if ((d.high & kPresent) == 0) {
    m.raise(Vector::np, error_code(selector));
    return {};
  }
  return d;
}

template <InterpreterMachine M, class I>
void lldt(M& m, const I& i) {
  if (!recognised(m) || !privileged(m)) return;
  const uint32_t selector = m.zext(read<0>(m, i), Width::w);
  if (m.failed()) return;
  if (null_selector(selector)) return set_system_segment(m, SystemRegister::ldt, selector, {0, 0, 0});
  const Descriptor d = system_descriptor(m, selector, SystemType::ldt, SystemType::ldt);
  if (d.valid) set_system_segment(m, SystemRegister::ldt, selector, hidden_part(d));
}

template <InterpreterMachine M, class I>
void ltr(M& m, const I& i) {
  if (!recognised(m) || !privileged(m)) return;
  const uint32_t selector = m.zext(read<0>(m, i), Width::w);
  if (m.failed()) return;
  if (null_selector(selector)) return m.raise(Vector::gp, 0);
  Descriptor d = system_descriptor(m, selector, SystemType::tss16, SystemType::tss32);
  if (!d.valid) return;
  d.high |= kTssBusy;
  m.store_linear(d.address + 4, Width::d, d.high);
  if (!m.failed()) set_system_segment(m, SystemRegister::tr, selector, hidden_part(d));
}

template <InterpreterMachine M>
void set_zf(M& m, bool on) {
  m.set_eflags(on ? m.eflags() | kZf : m.eflags() & ~kZf);
}

// The descriptor of any selector, if it is visible at this privilege: what lar, lsl, verr and verw have in common.
template <InterpreterMachine M>
Descriptor visible_descriptor(M& m, uint32_t selector) {
  selector &= 0xffff;
  if (null_selector(selector)) return {};
  Descriptor d = find_descriptor(m, selector);
  const uint32_t dpl = privilege(d.high);
  d.valid = d.valid && (is_conforming(d.high) || (dpl >= m.cpl() && dpl >= rpl(selector)));
  return d;
}

template <InterpreterMachine M, class I>
void verify(M& m, const I& i) {
  if (!recognised(m)) return;
  const uint32_t selector = read<0>(m, i);
  if (m.failed()) return;
  const Descriptor d = visible_descriptor(m, selector);
  if (m.failed()) return;
  const bool to_write = i.insn.modrm_reg == 5;
  const bool readable = is_data(d.high) || (is_code(d.high) && (d.high & kReadable) != 0);
  set_zf(m, d.valid && (to_write ? is_writable_data(d.high) : readable));
}

template <InterpreterMachine M, class I>
void lar(M& m, const I& i) {
  constexpr uint32_t kHaveRights = 1u << 1 | 1u << 2 | 1u << 3 | 1u << 4 | 1u << 5 | 1u << 9 | 1u << 11 | 1u << 12;
  if (!recognised(m)) return;
  const uint32_t selector = read<1>(m, i);
  if (m.failed()) return;
  const Descriptor d = visible_descriptor(m, selector);
  if (m.failed()) return;
  const bool ok = d.valid && ((d.high & kNotSystem) != 0 || (kHaveRights >> (d.high >> 8 & 15) & 1) != 0);
  set_zf(m, ok);
  if (ok) write<0>(m, i, d.high & 0x00f0ff00);
}

template <InterpreterMachine M, class I>
void lsl(M& m, const I& i) {
  constexpr uint32_t kHaveLimit = 1u << 1 | 1u << 2 | 1u << 3 | 1u << 9 | 1u << 11;
  if (!recognised(m)) return;
  const uint32_t selector = read<1>(m, i);
  if (m.failed()) return;
  const Descriptor d = visible_descriptor(m, selector);
  if (m.failed()) return;
  const bool ok = d.valid && ((d.high & kNotSystem) != 0 || (kHaveLimit >> (d.high >> 8 & 15) & 1) != 0);
  set_zf(m, ok);
  if (ok) write<0>(m, i, hidden_part(d).limit);
}

template <InterpreterMachine M, class I>
void arpl(M& m, const I& i) {
  if (!recognised(m)) return;
  Place<0, M, I> place(m, i);
  const uint32_t selector = place.read_to_write();
  const uint32_t least = rpl(read<1>(m, i));
  if (m.failed()) return;
  const bool raised = rpl(selector) < least;
  if (raised) place.write((selector & 0xfffc) | least);
  set_zf(m, raised);
}

}  // namespace veil::x86::sem
