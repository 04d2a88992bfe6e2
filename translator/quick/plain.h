// Plain instructions (Insn::plain), which nearly all are: the semantics once more with known widths.
#pragma once

#include <array>

#include "x86/semantics/execute.h"

namespace veil::translator {

// What the instructions of binary() do, by Insn::exec.
inline constexpr auto kBinary = [] {
  using x86::Exec;
  using x86::FlagFn;
  std::array<FlagFn, x86::kExecCount> fns{};
  const auto is = [&](Exec exec, FlagFn fn) { fns[static_cast<unsigned>(exec)] = fn; };
  is(Exec::add, FlagFn::add);
  is(Exec::or_, FlagFn::or_);
  is(Exec::adc, FlagFn::adc);
  is(Exec::sbb, FlagFn::sbb);
  is(Exec::and_, FlagFn::and_);
  is(Exec::sub, FlagFn::sub);
  is(Exec::xor_, FlagFn::xor_);
  return fns;
}();

// Emits an instruction; false: it must be interpreted.
template <class M>
[[gnu::always_inline]] inline bool execute_plain(M& m, const x86::Insn& insn) {
  using x86::Exec;
  using x86::FlagFn;
  namespace sem = x86::sem;
  if (!insn.plain) return sem::execute(m, insn);
  const sem::PlainForm form{insn};
  switch (insn.exec) {
    case Exec::mov:
      sem::mov(m, form);
      return true;
    case Exec::add:
    case Exec::or_:
    case Exec::adc:
    case Exec::sbb:
    case Exec::and_:
    case Exec::sub:
    case Exec::xor_:
      sem::binary(m, form, kBinary[static_cast<unsigned>(insn.exec)]);
      return true;
    case Exec::cmp:
      sem::cmp(m, form);
      return true;
    case Exec::test:
      sem::test(m, form);
      return true;
    case Exec::inc:
      sem::inc(m, form);
      return true;
    case Exec::dec:
      sem::dec(m, form);
      return true;
    case Exec::shl:
      sem::shift(m, form, FlagFn::shl);
      return true;
    case Exec::shr:
      sem::shift(m, form, FlagFn::shr);
      return true;
    case Exec::sar:
      sem::shift(m, form, FlagFn::sar);
      return true;
    case Exec::lea:
      sem::lea(m, form);
      return true;
    case Exec::push:
      sem::push(m, form);
      return true;
    case Exec::pop:
      sem::pop(m, form);
      return true;
    case Exec::call:
      sem::call(m, form);
      return true;
    case Exec::ret:
      sem::ret(m, form);
      return true;
    case Exec::jmp:
      sem::jmp(m, form);
      return true;
    case Exec::jcc:
      sem::jcc(m, form);
      return true;
    case Exec::movzx:
      sem::movzx(m, sem::PlainExtension{insn});
      return true;
    case Exec::movsx:
      sem::movsx(m, sem::PlainExtension{insn});
      return true;
    default:
      return sem::execute(m, insn);
  }
}

}  // namespace veil::translator
