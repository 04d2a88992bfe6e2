// Repeated string instructions that are translated: rep movs and rep stos with 32-bit addresses.
#pragma once

#include "lift/ir_machine.h"
#include "veil/x86/insn.h"

namespace veil::translator {

bool repeats(const x86::Insn& insn);

// Emits a whole block for the instruction at `eip`.
void lift_repeat(IrMachine& machine, const x86::Insn& insn, uint32_t eip);

}  // namespace veil::translator
