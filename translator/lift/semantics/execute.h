// All families, and the one switch from Insn::exec to the function that executes it.
#pragma once

#include "lift/semantics/alu.h"
#include "lift/semantics/atomic.h"
#include "lift/semantics/bcd.h"
#include "lift/semantics/bit.h"
#include "lift/semantics/control.h"
#include "lift/semantics/far.h"
#include "lift/semantics/flag.h"
#include "lift/semantics/interrupt.h"
#include "lift/semantics/io.h"
#include "lift/semantics/mov.h"
#include "lift/semantics/muldiv.h"
#include "lift/semantics/processor.h"
#include "lift/semantics/segment.h"
#include "lift/semantics/shift.h"
#include "lift/semantics/stack.h"
#include "lift/semantics/string.h"
#include "lift/semantics/table.h"

namespace veil::x86::sem {

// Executes `insn` on m, or emits its translation. False: it is the interpreter's alone.
template <class M>
bool execute(M& m, const Insn& insn) {
  const AnyForm form{insn};
  if constexpr (!InterpreterMachine<M>) {
    if (insn.interpret) return false;
  }
  switch (insn.exec) {
#define VEIL_X86_EXECUTE(name, family, interpret)          \
  case Exec::name:                                         \
    if constexpr (InterpreterMachine<M> || !(interpret)) { \
      name(m, form);                                       \
      return true;                                         \
    } else {                                               \
      return false;                                        \
    }
    VEIL_X86_EXECS(VEIL_X86_EXECUTE)
#undef VEIL_X86_EXECUTE
  }
  return false;
}

}  // namespace veil::x86::sem
