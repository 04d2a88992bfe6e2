// Operands of an instruction in the terms of a Machine: effective addresses, reads, writes, the stack.
//
// A semantic function takes the machine and a *form*: the decoded instruction, with the kinds and widths of its
// operands either looked up (AnyForm) or known at compile time (FixedForm). The same source is thus the general
// function and, instantiated for a frequent form, a handler without a test in it.
#pragma once

#include "veil/x86/insn.h"
#include "veil/x86/interpreter_machine.h"
#include "veil/x86/machine.h"

namespace veil::x86::sem {

// Shape of a memory operand with 32-bit addresses; `any`: to be looked up.
enum class AddressForm : uint8_t {
  any,
  any_dword,   // the same, with 32-bit addresses
  absolute,    // disp
  base,        // base + disp
  base_index,  // base + index * scale + disp
};

struct AnyForm {
  const Insn& insn;
  static constexpr AddressForm address_form() { return AddressForm::any; }
  [[nodiscard]] bool in_code_segment() const { return insn.mem.seg == Seg::cs; }
  [[nodiscard]] OperandKind kind(unsigned n) const { return insn.op[n].kind; }
  [[nodiscard]] Width width(unsigned n) const { return insn.op[n].width(); }
  [[nodiscard]] bool high(unsigned n) const { return insn.op[n].high; }
  [[nodiscard]] Width operand_size() const { return insn.operand_size; }
  [[nodiscard]] Width address_size() const { return insn.address_size; }
  [[nodiscard]] Width stack_size() const { return insn.stack_size; }
};

// A plain instruction (Insn::plain): widths are known, kinds are looked up.
struct PlainForm {
  const Insn& insn;
  static constexpr AddressForm address_form() { return AddressForm::any_dword; }
  static constexpr bool in_code_segment() { return false; }
  [[nodiscard]] OperandKind kind(unsigned n) const { return insn.op[n].kind; }
  static constexpr Width width(unsigned) { return Width::d; }
  static constexpr bool high(unsigned) { return false; }
  static constexpr Width operand_size() { return Width::d; }
  static constexpr Width address_size() { return Width::d; }
  static constexpr Width stack_size() { return Width::d; }
};

// The same for movzx and movsx.
struct PlainExtension : PlainForm {
  [[nodiscard]] Width width(unsigned n) const { return n == 0 ? Width::d : insn.op[n].width(); }
  [[nodiscard]] bool high(unsigned n) const { return n != 0 && insn.op[n].high; }
};

// 32-bit code with the given kinds and widths of the first two operands; no AH..BH, no memory operand in CS.
template <OperandKind K0, OperandKind K1, Width W, Width W1 = W, AddressForm A = AddressForm::any>
struct FixedForm {
  const Insn& insn;
  static constexpr AddressForm address_form() { return A; }
  static constexpr bool in_code_segment() { return false; }
  static constexpr OperandKind kind(unsigned n) { return n == 0 ? K0 : n == 1 ? K1 : OperandKind::none; }
  static constexpr Width width(unsigned n) { return n == 0 ? W : W1; }
  static constexpr bool high(unsigned) { return false; }
  static constexpr Width operand_size() { return W; }
  static constexpr Width address_size() { return Width::d; }
  static constexpr Width stack_size() { return Width::d; }
};

constexpr uint32_t kCr0Pe = 1;

constexpr unsigned bytes(Width w) { return w == Width::b ? 1 : w == Width::w ? 2 : 4; }
constexpr unsigned bits(Width w) { return 8 * bytes(w); }
constexpr uint32_t mask(Width w) { return w == Width::d ? 0xffffffffu : w == Width::w ? 0xffffu : 0xffu; }

constexpr uint32_t kCf = 0x1, kPf = 0x4, kAf = 0x10, kZf = 0x40, kSf = 0x80, kOf = 0x800;
constexpr uint32_t kTf = 0x100, kIf = 0x200, kDf = 0x400, kIopl = 0x3000, kNt = 0x4000, kRf = 0x10000, kVm = 0x20000;
constexpr uint32_t kArithmeticFlags = kCf | kPf | kAf | kZf | kSf | kOf;

// Offsets wrap at the address size.
template <class M, class I>
typename M::Value wrap(M& m, const I& i, typename M::Value offset) {
  return i.address_size() == Width::d ? offset : m.zext(offset, Width::w);
}

// Offset of the memory operand in its segment.
template <class M, class I>
[[gnu::always_inline]] inline typename M::Value address(M& m, const I& i) {
  const MemOperand& mem = i.insn.mem;
  const auto base = [&] { return m.gpr(static_cast<Gpr>(mem.base), Width::d, false); };
  const auto scaled_index = [&] {
    return m.op(Fn::shl, m.gpr(static_cast<Gpr>(mem.index), Width::d, false), m.imm(mem.scale));
  };
  switch (i.address_form()) {
    case AddressForm::absolute:
      return m.imm(mem.disp);
    case AddressForm::base:
      return m.op(Fn::add, base(), m.imm(mem.disp));
    case AddressForm::base_index:
      return m.op(Fn::add, m.op(Fn::add, base(), m.imm(mem.disp)), scaled_index());
    case AddressForm::any_dword:
      if constexpr (requires { m.address(mem); }) return m.address(mem);
      break;
    case AddressForm::any:
      break;
  }
  if (mem.base == kNoRegister && mem.index == kNoRegister) {
    return m.imm(i.address_size() == Width::d ? mem.disp : mem.disp & 0xffff);
  }
  typename M::Value sum{};
  if (mem.index != kNoRegister) {
    sum = mem.scale != 0 ? scaled_index() : m.gpr(static_cast<Gpr>(mem.index), Width::d, false);
    if (mem.base != kNoRegister) sum = m.op(Fn::add, base(), sum);
  } else {
    sum = base();
  }
  if (mem.disp != 0) sum = m.op(Fn::add, sum, m.imm(mem.disp));
  return wrap(m, i, sum);
}

// A load from where the instruction stores afterwards. Processors check such a place for writing before they read it,
// so a page fault has its W bit, and of two pages the first that may not be written is in CR2. Translations need not
// know: what they do not complete is interpreted.
template <class M>
typename M::Value load_to_write(M& m, Seg s, typename M::Value offset, Width w) {
  if constexpr (InterpreterMachine<M>) {
    return m.load_to_write(s, offset, w);
  } else {
    return m.load(s, offset, w);
  }
}

// Where operand N is: read it, change it, write it; a memory operand's address is computed once.
template <unsigned N, class M, class I>
struct Place {
  using Value = typename M::Value;
  M& m;
  const I& i;
  Value offset{};

  Place(M& machine, const I& form) : m(machine), i(form) {
    if (i.kind(N) == OperandKind::mem) offset = address(m, i);
  }
  Value read() {
    const Operand& op = i.insn.op[N];
    switch (i.kind(N)) {
      case OperandKind::mem:
        return m.load(i.insn.mem.seg, offset, i.width(N));
      case OperandKind::imm:
        return m.imm(i.insn.imm);
      case OperandKind::imm2:
        return m.imm(i.insn.imm2);
      default:
        return m.gpr(op.gpr(), i.width(N), i.high(N));
    }
  }
  // The same of what the instruction writes afterwards: it is checked for writing from the start.
  Value read_to_write() {
    if (i.kind(N) != OperandKind::mem) return read();
    if constexpr (InterpreterMachine<M>) {
      if (never_writable()) m.raise(Vector::gp, 0);
    }
    return load_to_write(m, i.insn.mem.seg, offset, i.width(N));
  }
  void write(Value v) {
    if (i.kind(N) == OperandKind::mem) {
      if constexpr (InterpreterMachine<M>) {
        if (never_writable()) return m.raise(Vector::gp, 0);
      }
      m.store(i.insn.mem.seg, offset, i.width(N), v);
    } else {
      m.set_gpr(i.insn.op[N].gpr(), i.width(N), i.high(N), v);
    }
  }

 private:
  // A code segment is never writable, and machines with flat segments do not look (SDM vol. 3, 3.4.5.1).
  bool never_writable() const { return i.in_code_segment() && (m.system(SystemRegister::cr0) & kCr0Pe) != 0; }
};

template <unsigned N, class M, class I>
typename M::Value read(M& m, const I& i) {
  return Place<N, M, I>(m, i).read();
}
template <unsigned N, class M, class I>
void write(M& m, const I& i, typename M::Value v) {
  Place<N, M, I>(m, i).write(v);
}

// Part of what asks: of a plain instruction this is next to nothing.
template <unsigned N, class M>
[[gnu::always_inline]] inline typename M::Value read(M& m, const PlainForm& i) {
  return Place<N, M, PlainForm>(m, i).read();
}

// The stack pointer moves within its own width (SS.B).
template <class M, class I>
typename M::Value stack_pointer(M& m, const I& i) {
  return i.stack_size() == Width::d ? m.gpr(Gpr::esp, Width::d, false)
                                    : m.zext(m.gpr(Gpr::esp, Width::w, false), Width::w);
}
template <class M, class I>
void set_stack_pointer(M& m, const I& i, typename M::Value v) {
  m.set_gpr(Gpr::esp, i.stack_size(), false, v);
}
template <class M, class I>
typename M::Value stack_offset(M& m, const I& i, uint32_t from_top) {
  const auto v = m.op(Fn::add, stack_pointer(m, i), m.imm(from_top));
  return i.stack_size() == Width::d ? v : m.zext(v, Width::w);
}
template <class M, class I>
void push_value(M& m, const I& i, Width w, typename M::Value v) {
  const auto top = stack_offset(m, i, 0u - bytes(w));
  m.store(Seg::ss, top, w, v);
  set_stack_pointer(m, i, top);
}
template <class M, class I>
typename M::Value pop_value(M& m, const I& i, Width w) {
  const auto v = m.load(Seg::ss, stack_pointer(m, i), w);
  set_stack_pointer(m, i, stack_offset(m, i, bytes(w)));
  return v;
}

}  // namespace veil::x86::sem
