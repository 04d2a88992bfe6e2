// Segment registers: loads with their checks in the manual's order (SDM vol. 3, 5.5 to 5.7; vol. 2, MOV), and moves
// from them.
#pragma once

#include "x86/semantics/descriptor.h"

namespace veil::x86::sem {

// A segment to be put into a register once the instruction is decided.
struct Loading {
  uint32_t ok = 0;  // not: the exception is raised
  uint32_t selector = 0;
  Segment part{0, 0, 0};
  uint32_t low = 0;  // the descriptor, if there is one
  uint32_t high = 0;
};

// SS for a stack of privilege `level` (SDM: MOV to SS, iret, a far return; with `vector` #TS: from the TSS).
// A null selector raises the vector with `null_error`.
template <InterpreterMachine M>
[[gnu::noinline]] Loading check_stack_segment(M& m, uint32_t selector, uint32_t level, Vector vector = Vector::gp,
                                              uint32_t ext = 0) {
  selector &= 0xffff;
  if (null_selector(selector)) {
    m.raise(vector, ext);
    return {};
  }
  Descriptor d = fetch_descriptor(m, selector, vector, ext);
  if (!d.valid) return {};
  if (rpl(selector) != level || !is_writable_data(d.high) || privilege(d.high) != level) {
    m.raise(vector, error_code(selector, ext));
    return {};
  }
  if ((d.high & kPresent) == 0) {
    m.raise(Vector::ss, error_code(selector, ext));
    return {};
  }
  mark_accessed(m, d);
  return {!m.failed(), selector, hidden_part(d), d.low, d.high};
}

// DS, ES, FS, GS
template <InterpreterMachine M>
Loading check_data_segment(M& m, uint32_t selector) {
  selector &= 0xffff;
  if (null_selector(selector)) return {true, selector, {0, 0, 0}, 0, 0};  // each access through it will raise #GP
  Descriptor d = fetch_descriptor(m, selector);
  if (!d.valid) return {};
  bool allowed = is_data(d.high) || (is_code(d.high) && (d.high & kReadable) != 0);
  if (!is_conforming(d.high)) {
    allowed = allowed && rpl(selector) <= privilege(d.high) && m.cpl() <= privilege(d.high);
  }
  if (!allowed) {
    m.raise(Vector::gp, error_code(selector));
    return {};
  }
  if ((d.high & kPresent) == 0) {
    m.raise(Vector::np, error_code(selector));
    return {};
  }
  mark_accessed(m, d);
  return {!m.failed(), selector, hidden_part(d), d.low, d.high};
}

template <InterpreterMachine M>
Loading check_segment(M& m, Seg s, uint32_t selector) {
  return s == Seg::ss ? check_stack_segment(m, selector, m.cpl()) : check_data_segment(m, selector);
}

// Last in its instruction. An interrupt between the loads of SS and ESP would find half a stack (SDM, MOV, POP).
template <InterpreterMachine M>
void load_segment(M& m, Seg s, const Loading& l, bool inhibits) {
  m.decided();
  m.set_segment(s, l.selector, l.part);
  m.note_loaded(s, l.selector, l.low, l.high);
  if (s == Seg::ss && inhibits) {
    m.inhibit_interrupts();
    m.inhibit_traps();
  }
}

// What a translation does of a load: what is in the register already. The selector and its descriptor are those that
// the register has been loaded from (of the GDT; SS apart), and in ring 0 no check fails that has passed before.
template <class M>
void load_again(M& m, Seg s, typename M::Value selector) {
  using R = SystemRegister;
  m.require_zero(m.cpl());
  m.require_zero(m.op(Fn::xor_, selector, m.loaded_selector(s)));
  m.require_zero(m.op(Fn::sltu, m.system(R::gdt_limit), m.op(Fn::or_, selector, m.imm(7))));
  const auto at = m.op(Fn::add, m.system(R::gdt_base), m.op(Fn::and_, selector, m.imm(0xfff8)));
  m.require_zero(m.op(Fn::xor_, m.load_linear(at), m.loaded_low(s)));
  m.require_zero(m.op(Fn::xor_, m.load_linear(m.op(Fn::add, at, m.imm(4))), m.loaded_high(s)));
}

template <class M, class I>
void mov_from_sreg(M& m, const I& i) {
  write<0>(m, i, m.selector(static_cast<Seg>(i.insn.op[1].reg)));
}

template <class M, class I>
void mov_to_sreg(M& m, const I& i) {
  const auto s = static_cast<Seg>(i.insn.op[0].reg);
  const auto selector = read<1>(m, i);
  if constexpr (InterpreterMachine<M>) {
    if (m.failed()) return;
    const Loading l = check_segment(m, s, selector);
    if (l.ok) load_segment(m, s, l, true);
  } else {
    load_again(m, s, m.zext(selector, Width::w));
  }
}

template <class M, class I>
void push_sreg(M& m, const I& i) {
  push_value(m, i, i.operand_size(), m.selector(static_cast<Seg>(i.insn.op[0].reg)));
}

template <class M, class I>
void pop_sreg(M& m, const I& i) {
  const auto s = static_cast<Seg>(i.insn.op[0].reg);
  const auto selector = pop_value(m, i, i.operand_size());
  if constexpr (InterpreterMachine<M>) {
    if (m.failed()) return;
    const Loading l = check_segment(m, s, selector);
    if (l.ok) load_segment(m, s, l, true);
  } else {
    load_again(m, s, m.zext(selector, Width::w));
  }
}

// les, lds, lss, lfs, lgs: the opcode says which.
template <class M, class I>
void load_far(M& m, const I& i) {
  const Width w = i.operand_size();
  const uint32_t at = address(m, i);
  const uint32_t offset = m.load(i.insn.mem.seg, at, w);
  const uint32_t selector = m.load(i.insn.mem.seg, wrap(m, i, at + bytes(w)), Width::w);
  if (m.failed()) return;
  Seg s = Seg::es;
  switch (i.insn.opcode) {
    case 0xc4:
      s = Seg::es;
      break;
    case 0xc5:
      s = Seg::ds;
      break;
    case 0xb2:
      s = Seg::ss;
      break;
    case 0xb4:
      s = Seg::fs;
      break;
    default:
      s = Seg::gs;
      break;
  }
  const Loading l = check_segment(m, s, selector);
  if (!l.ok) return;
  write<0>(m, i, offset);
  load_segment(m, s, l, false);
}

}  // namespace veil::x86::sem
