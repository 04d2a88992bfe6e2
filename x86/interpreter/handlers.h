// Handlers: the semantics instantiated for a machine, once in general and once more for each frequent form.
#pragma once

#include "x86/interpreter/interpreter.h"
#include "x86/semantics/execute.h"

namespace veil::x86 {

namespace detail {

using sem::AddressForm;

// The general handler of each semantic function.
template <class M, Exec kExec>
void general(M& m, const Insn& insn) {
  const sem::AnyForm form{insn};
#define VEIL_X86_HANDLER(name, family, interpret) \
  if constexpr (kExec == Exec::name) sem::name(m, form);
  VEIL_X86_EXECS(VEIL_X86_HANDLER)
#undef VEIL_X86_HANDLER
}

// A function of the semantics with the operands' kinds and widths, or the condition, fixed. Flattened: a call costs as
// much as the whole of most of them.
template <class M, Exec kExec, OperandKind K0, OperandKind K1, Width W, Width W1 = W, AddressForm A = AddressForm::any>
[[gnu::flatten]] void fixed(M& m, const Insn& insn) {
  const sem::FixedForm<K0, K1, W, W1, A> form{insn};
#define VEIL_X86_HANDLER(name, family, interpret) \
  if constexpr (kExec == Exec::name) sem::name(m, form);
  VEIL_X86_EXECS(VEIL_X86_HANDLER)
#undef VEIL_X86_HANDLER
}

template <class M, Cond C>
void jump_on(M& m, const Insn& insn) {
  m.branch(C, m.next_eip() + insn.imm);
}

template <class M>
constexpr typename Entry<M>::Handler kGeneral[] = {
#define VEIL_X86_HANDLER(name, family, interpret) &general<M, Exec::name>,
    VEIL_X86_EXECS(VEIL_X86_HANDLER)
#undef VEIL_X86_HANDLER
};

template <class M>
constexpr typename Entry<M>::Handler kJump[] = {
#define VEIL_X86_JUMP(c) &jump_on<M, Cond::c>,
    VEIL_X86_JUMP(o) VEIL_X86_JUMP(no) VEIL_X86_JUMP(c) VEIL_X86_JUMP(nc) VEIL_X86_JUMP(z) VEIL_X86_JUMP(nz)
        VEIL_X86_JUMP(na) VEIL_X86_JUMP(a) VEIL_X86_JUMP(s) VEIL_X86_JUMP(ns) VEIL_X86_JUMP(p) VEIL_X86_JUMP(np)
            VEIL_X86_JUMP(l) VEIL_X86_JUMP(nl) VEIL_X86_JUMP(ng) VEIL_X86_JUMP(g)
#undef VEIL_X86_JUMP
};

// A form with a memory operand, by the shape of its address.
template <class M, Exec kExec, OperandKind K0, OperandKind K1, Width W, Width W1 = W>
typename Entry<M>::Handler memory_form(const Insn& insn) {
  const bool base = insn.mem.base != kNoRegister;
  const bool index = insn.mem.index != kNoRegister;
  if (base && !index) return &fixed<M, kExec, K0, K1, W, W1, AddressForm::base>;
  if (base) return &fixed<M, kExec, K0, K1, W, W1, AddressForm::base_index>;
  if (!index) return &fixed<M, kExec, K0, K1, W, W1, AddressForm::absolute>;
  return &fixed<M, kExec, K0, K1, W, W1>;
}

// Two operands of one width: register or memory with register, memory or immediate.
template <class M, Exec kExec, Width W>
typename Entry<M>::Handler two_operands(const Insn& insn) {
  using K = OperandKind;
  const K k0 = insn.op[0].kind;
  const K k1 = insn.op[1].kind;
  if (k0 == K::reg && k1 == K::reg) return &fixed<M, kExec, K::reg, K::reg, W>;
  if (k0 == K::reg && k1 == K::imm) return &fixed<M, kExec, K::reg, K::imm, W>;
  if (k0 == K::reg && k1 == K::mem) return memory_form<M, kExec, K::reg, K::mem, W>(insn);
  if (k0 == K::mem && k1 == K::reg) return memory_form<M, kExec, K::mem, K::reg, W>(insn);
  if (k0 == K::mem && k1 == K::imm) return memory_form<M, kExec, K::mem, K::imm, W>(insn);
  return nullptr;
}

template <class M, Exec kExec>
typename Entry<M>::Handler one_operand(const Insn& insn) {
  using K = OperandKind;
  switch (insn.op[0].kind) {
    case K::none:
      return &fixed<M, kExec, K::none, K::none, Width::d>;
    case K::reg:
      return &fixed<M, kExec, K::reg, K::none, Width::d>;
    case K::mem:
      return memory_form<M, kExec, K::mem, K::none, Width::d>(insn);
    case K::imm:
      return &fixed<M, kExec, K::imm, K::none, Width::d>;
    case K::rel:
      return &fixed<M, kExec, K::rel, K::none, Width::d>;
    default:
      return nullptr;
  }
}

// movzx, movsx to 32 bits
template <class M, Exec kExec>
typename Entry<M>::Handler extension(const Insn& insn) {
  using K = OperandKind;
  if (insn.op[1].high) return nullptr;
  const bool memory = insn.op[1].kind == K::mem;
  if (insn.op[1].bytes == 1) {
    if (memory) return memory_form<M, kExec, K::reg, K::mem, Width::d, Width::b>(insn);
    return &fixed<M, kExec, K::reg, K::reg, Width::d, Width::b>;
  }
  if (memory) return memory_form<M, kExec, K::reg, K::mem, Width::d, Width::w>(insn);
  return &fixed<M, kExec, K::reg, K::reg, Width::d, Width::w>;
}

// Frequent forms in flat 32-bit code; null: none.
template <class M>
typename Entry<M>::Handler frequent(const Insn& insn) {
  if (insn.address_size != Width::d || insn.stack_size != Width::d || insn.mem.seg == Seg::cs) return nullptr;
  if (insn.operand_size == Width::d) {
    using K = x86::OperandKind;
    switch (insn.exec) {  // not short, and what an operating system does all the time
      case Exec::iret:
        return &fixed<M, Exec::iret, K::none, K::none, Width::d>;
      case Exec::int_:
        return &fixed<M, Exec::int_, K::imm, K::none, Width::b>;
      case Exec::mov_to_cr:
        return &fixed<M, Exec::mov_to_cr, K::none, K::reg, Width::d>;
      case Exec::invlpg:
        return memory_form<M, Exec::invlpg, K::mem, K::none, Width::d>(insn);
      case Exec::in:
        if (insn.op[0].bytes != 1) break;
        if (insn.op[1].kind == K::imm) return &fixed<M, Exec::in, K::reg, K::imm, Width::b>;
        return &fixed<M, Exec::in, K::reg, K::reg, Width::b, Width::w>;
      case Exec::out:
        if (insn.op[1].bytes != 1) break;
        if (insn.op[0].kind == K::imm) return &fixed<M, Exec::out, K::imm, K::reg, Width::b>;
        return &fixed<M, Exec::out, K::reg, K::reg, Width::w, Width::b>;
      case Exec::pop_sreg:
        return &fixed<M, Exec::pop_sreg, K::none, K::none, Width::d>;
      case Exec::mov_to_sreg:
        if (insn.op[1].kind == K::reg) return &fixed<M, Exec::mov_to_sreg, K::none, K::reg, Width::d>;
        break;
      case Exec::call_far:
        if (insn.op[0].kind == K::far) return &fixed<M, Exec::call_far, K::far, K::none, Width::d>;
        break;
      case Exec::ret_far:
        if (insn.op[0].kind == K::none) return &fixed<M, Exec::ret_far, K::none, K::none, Width::d>;
        break;
      default:
        break;
    }
  }
  const bool dwords = insn.operand_size == Width::d && (insn.op[0].bytes == 4 || insn.op[0].bytes == 0);
  if (dwords) {
    switch (insn.exec) {
      case Exec::jcc:
        return kJump<M>[insn.opcode & 15];
      case Exec::mov:
        return two_operands<M, Exec::mov, Width::d>(insn);
      case Exec::add:
        return two_operands<M, Exec::add, Width::d>(insn);
      case Exec::sub:
        return two_operands<M, Exec::sub, Width::d>(insn);
      case Exec::and_:
        return two_operands<M, Exec::and_, Width::d>(insn);
      case Exec::or_:
        return two_operands<M, Exec::or_, Width::d>(insn);
      case Exec::xor_:
        return two_operands<M, Exec::xor_, Width::d>(insn);
      case Exec::cmp:
        return two_operands<M, Exec::cmp, Width::d>(insn);
      case Exec::test:
        return two_operands<M, Exec::test, Width::d>(insn);
      case Exec::lea:
        return memory_form<M, Exec::lea, OperandKind::reg, OperandKind::mem, Width::d>(insn);
      case Exec::shl:
        return two_operands<M, Exec::shl, Width::d>(insn);
      case Exec::shr:
        return two_operands<M, Exec::shr, Width::d>(insn);
      case Exec::sar:
        return two_operands<M, Exec::sar, Width::d>(insn);
      case Exec::inc:
        return one_operand<M, Exec::inc>(insn);
      case Exec::dec:
        return one_operand<M, Exec::dec>(insn);
      case Exec::push:
        return one_operand<M, Exec::push>(insn);
      case Exec::pop:
        return one_operand<M, Exec::pop>(insn);
      case Exec::call:
        return one_operand<M, Exec::call>(insn);
      case Exec::ret:
        return one_operand<M, Exec::ret>(insn);
      case Exec::jmp:
        return one_operand<M, Exec::jmp>(insn);
      case Exec::movzx:
        return extension<M, Exec::movzx>(insn);
      case Exec::movsx:
        return extension<M, Exec::movsx>(insn);
      default:
        return nullptr;
    }
  }
  if (insn.op[0].bytes == 1 && !insn.op[0].high && !insn.op[1].high) {
    switch (insn.exec) {
      case Exec::jcc:
        return insn.operand_size == Width::d ? kJump<M>[insn.opcode & 15] : nullptr;
      case Exec::jmp:
        return insn.operand_size == Width::d ? one_operand<M, Exec::jmp>(insn) : nullptr;
      case Exec::mov:
        return two_operands<M, Exec::mov, Width::b>(insn);
      case Exec::add:
        return two_operands<M, Exec::add, Width::b>(insn);
      case Exec::sub:
        return two_operands<M, Exec::sub, Width::b>(insn);
      case Exec::and_:
        return two_operands<M, Exec::and_, Width::b>(insn);
      case Exec::or_:
        return two_operands<M, Exec::or_, Width::b>(insn);
      case Exec::xor_:
        return two_operands<M, Exec::xor_, Width::b>(insn);
      case Exec::cmp:
        return two_operands<M, Exec::cmp, Width::b>(insn);
      case Exec::test:
        return two_operands<M, Exec::test, Width::b>(insn);
      default:
        return nullptr;
    }
  }
  return nullptr;
}

}  // namespace detail

template <class M>
typename Entry<M>::Handler handler_for(const Insn& insn) {
  if (const auto handler = detail::frequent<M>(insn)) return handler;
  return detail::kGeneral<M>[static_cast<unsigned>(insn.exec)];
}

}  // namespace veil::x86
