// Plain instructions (Insn::plain), which nearly all are: the semantics once more with known widths.
#pragma once

#include "lift/semantics/execute.h"

namespace veil::translator {

// Emits an instruction; false: it is the interpreter's alone.
template <class M>
bool execute_plain(M& m, const x86::Insn& insn) {
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
      sem::binary(m, form, FlagFn::add);
      return true;
    case Exec::or_:
      sem::binary(m, form, FlagFn::or_);
      return true;
    case Exec::adc:
      sem::binary(m, form, FlagFn::adc);
      return true;
    case Exec::sbb:
      sem::binary(m, form, FlagFn::sbb);
      return true;
    case Exec::and_:
      sem::binary(m, form, FlagFn::and_);
      return true;
    case Exec::sub:
      sem::binary(m, form, FlagFn::sub);
      return true;
    case Exec::xor_:
      sem::binary(m, form, FlagFn::xor_);
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
