// All families, and the one switch from Insn::exec to the function that executes it.
#pragma once

#include "x86/semantics/alu.h"
#include "x86/semantics/atomic.h"
#include "x86/semantics/bcd.h"
#include "x86/semantics/bit.h"
#include "x86/semantics/control.h"
#include "x86/semantics/far.h"
#include "x86/semantics/flag.h"
#include "x86/semantics/interrupt.h"
#include "x86/semantics/io.h"
#include "x86/semantics/mov.h"
#include "x86/semantics/muldiv.h"
#include "x86/semantics/processor.h"
#include "x86/semantics/segment.h"
#include "x86/semantics/shift.h"
#include "x86/semantics/stack.h"
#include "x86/semantics/string.h"
#include "x86/semantics/system.h"
#include "x86/semantics/table.h"

namespace veil::x86::sem {

// Executes `insn` on m, or emits its translation. False: it must be interpreted.
template <class M>
bool execute(M& m, const Insn& insn) {
  const AnyForm form{insn};
  if constexpr (!InterpreterMachine<M>) {
    if (insn.interpret || needs_interpreter(insn, m.system_mode())) return false;
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
