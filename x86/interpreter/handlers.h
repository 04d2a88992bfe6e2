// Handlers: the semantics instantiated for a machine, once in general and once more for each frequent form.
#pragma once

#include "x86/interpreter/interpreter.h"
#include "x86/semantics/execute.h"

namespace veil::fw {

namespace detail {

using x86::sem::AddressForm;

// The general handler of each semantic function.
template <class M, x86::Exec kExec>
void general(M& m, const x86::Insn& insn) {
  const x86::sem::AnyForm form{insn};
#define VEIL_FW_HANDLER(name, family, interpret) \
  if constexpr (kExec == x86::Exec::name) x86::sem::name(m, form);
  VEIL_X86_EXECS(VEIL_FW_HANDLER)
#undef VEIL_FW_HANDLER
}

// A function of the semantics with the operands' kinds and widths, or the condition, fixed. Flattened: a call costs as
// much as the whole of most of them.
template <class M, x86::Exec kExec, x86::OperandKind K0, x86::OperandKind K1, x86::Width W, x86::Width W1 = W,
          AddressForm A = AddressForm::any>
[[gnu::flatten]] void fixed(M& m, const x86::Insn& insn) {
  const x86::sem::FixedForm<K0, K1, W, W1, A> form{insn};
#define VEIL_FW_HANDLER(name, family, interpret) \
  if constexpr (kExec == x86::Exec::name) x86::sem::name(m, form);
  VEIL_X86_EXECS(VEIL_FW_HANDLER)
#undef VEIL_FW_HANDLER
}

template <class M, x86::Cond C>
void jump_on(M& m, const x86::Insn& insn) {
  m.branch(C, m.next_eip() + insn.imm);
}

template <class M>
constexpr typename Entry<M>::Handler kGeneral[] = {
#define VEIL_FW_HANDLER(name, family, interpret) &general<M, x86::Exec::name>,
    VEIL_X86_EXECS(VEIL_FW_HANDLER)
#undef VEIL_FW_HANDLER
};

template <class M>
constexpr typename Entry<M>::Handler kJump[] = {
#define VEIL_FW_JUMP(c) &jump_on<M, x86::Cond::c>,
    VEIL_FW_JUMP(o) VEIL_FW_JUMP(no) VEIL_FW_JUMP(c) VEIL_FW_JUMP(nc) VEIL_FW_JUMP(z) VEIL_FW_JUMP(nz) VEIL_FW_JUMP(na)
        VEIL_FW_JUMP(a) VEIL_FW_JUMP(s) VEIL_FW_JUMP(ns) VEIL_FW_JUMP(p) VEIL_FW_JUMP(np) VEIL_FW_JUMP(l)
            VEIL_FW_JUMP(nl) VEIL_FW_JUMP(ng) VEIL_FW_JUMP(g)
#undef VEIL_FW_JUMP
};

// A form with a memory operand, by the shape of its address.
template <class M, x86::Exec kExec, x86::OperandKind K0, x86::OperandKind K1, x86::Width W, x86::Width W1 = W>
typename Entry<M>::Handler memory_form(const x86::Insn& insn) {
  const bool base = insn.mem.base != x86::kNoRegister;
  const bool index = insn.mem.index != x86::kNoRegister;
  if (base && !index) return &fixed<M, kExec, K0, K1, W, W1, AddressForm::base>;
  if (base) return &fixed<M, kExec, K0, K1, W, W1, AddressForm::base_index>;
  if (!index) return &fixed<M, kExec, K0, K1, W, W1, AddressForm::absolute>;
  return &fixed<M, kExec, K0, K1, W, W1>;
}

// Two operands of one width: register or memory with register, memory or immediate.
template <class M, x86::Exec kExec, x86::Width W>
typename Entry<M>::Handler two_operands(const x86::Insn& insn) {
  using K = x86::OperandKind;
  const K k0 = insn.op[0].kind;
  const K k1 = insn.op[1].kind;
  if (k0 == K::reg && k1 == K::reg) return &fixed<M, kExec, K::reg, K::reg, W>;
  if (k0 == K::reg && k1 == K::imm) return &fixed<M, kExec, K::reg, K::imm, W>;
  if (k0 == K::reg && k1 == K::mem) return memory_form<M, kExec, K::reg, K::mem, W>(insn);
  if (k0 == K::mem && k1 == K::reg) return memory_form<M, kExec, K::mem, K::reg, W>(insn);
  if (k0 == K::mem && k1 == K::imm) return memory_form<M, kExec, K::mem, K::imm, W>(insn);
  return nullptr;
}

template <class M, x86::Exec kExec>
typename Entry<M>::Handler one_operand(const x86::Insn& insn) {
  using K = x86::OperandKind;
  switch (insn.op[0].kind) {
    case K::none:
      return &fixed<M, kExec, K::none, K::none, x86::Width::d>;
    case K::reg:
      return &fixed<M, kExec, K::reg, K::none, x86::Width::d>;
    case K::mem:
      return memory_form<M, kExec, K::mem, K::none, x86::Width::d>(insn);
    case K::imm:
      return &fixed<M, kExec, K::imm, K::none, x86::Width::d>;
    case K::rel:
      return &fixed<M, kExec, K::rel, K::none, x86::Width::d>;
    default:
      return nullptr;
  }
}

// movzx, movsx to 32 bits
template <class M, x86::Exec kExec>
typename Entry<M>::Handler extension(const x86::Insn& insn) {
  using K = x86::OperandKind;
  using x86::Width;
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
typename Entry<M>::Handler frequent(const x86::Insn& insn) {
  using x86::Exec;
  using x86::Width;
  if (insn.address_size != Width::d || insn.stack_size != Width::d || insn.mem.seg == x86::Seg::cs) return nullptr;
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
        return memory_form<M, Exec::lea, x86::OperandKind::reg, x86::OperandKind::mem, Width::d>(insn);
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
typename Entry<M>::Handler handler_for(const x86::Insn& insn) {
  if (const auto handler = detail::frequent<M>(insn)) return handler;
  return detail::kGeneral<M>[static_cast<unsigned>(insn.exec)];
}

}  // namespace veil::fw
