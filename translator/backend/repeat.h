// Repeated string instructions that are translated: rep movs and rep stos, flat, with 32-bit addresses.
#pragma once

#include "backend/emit.h"
#include "veil/x86/insn.h"

namespace veil::translator {

bool repeats(const x86::Insn& insn, bool flat);

// Writes the translation of the one instruction at request.eip.
Emitted emit_repeat(const x86::Insn& insn, unsigned width, const Request& request, Code& code, ScheduleScratch& scratch,
                    std::span<uint32_t> out, std::span<Exit> exits);

}  // namespace veil::translator
