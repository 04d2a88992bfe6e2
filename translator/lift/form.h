// Forming a block: decode, execute the semantics on a machine that emits, until the block ends. Where a block ends:
// behind a transfer of control; before an instruction that is the interpreter's or that cannot be decoded here; at the
// end of the bytes (a page); when its stores might need more of the gated store buffer than there is; when the machine
// is full; at the limit. A repeated string instruction is a translation of its own (backend/repeat.cpp).
#pragma once

#include <cstddef>
#include <new>

#include "backend/repeat.h"
#include "lift/semantics/execute.h"
#include "veil/translator.h"
#include "veil/x86/decode.h"

namespace veil::translator {

struct Formed {
  uint8_t instructions = 0;
  uint32_t end_eip = 0;    // behind the last one
  bool interpret = false;  // what stands there is the interpreter's
};

// The store buffer has 16 entries (rtl/configs.toml, every configuration). Two stay free for a block of several
// instructions; a single one (pusha) may take all.
inline constexpr unsigned kStoreEntries = 14;
inline constexpr unsigned kStoreEntriesOfOne = 16;

// At most `limit` instructions; none: not even the first one (it is the interpreter's, or is cut off, or the machine
// has no room for it). If the last one has not ended the block (machine.ended()), the caller does.
template <class M>
Formed form_block(const Request& request, unsigned limit, M& machine) {
  Formed formed{.end_eip = request.eip};
  const x86::Mode mode{.code32 = request.code32, .stack32 = request.code32};
  uint32_t offset = 0;
  alignas(x86::Insn) std::byte own[sizeof(x86::Insn)];  // made only where an instruction is decoded here
  while (formed.instructions < limit && offset < request.bytes.size()) {
    const std::span<const uint8_t> bytes = request.bytes.subspan(offset);
    const x86::Insn* insn = request.decoded != nullptr ? request.decoded(request.eip + offset, bytes) : nullptr;
    if (insn == nullptr) {
      auto* const fresh = new (own) x86::Insn;
      if (x86::decode(bytes, mode, *fresh) != x86::DecodeStatus::ok) {
        formed.interpret = true;
        break;
      }
      insn = fresh;
    }
    const typename M::Mark mark = machine.mark();
    machine.start_instruction(request.eip + offset + insn->length);
    if (insn->rep != x86::Rep::none && repeats(*insn, request.flat)) break;  // a translation of its own
    if (!x86::sem::execute(machine, *insn)) {
      machine.back_to(mark);
      formed.interpret = true;
      break;
    }
    machine.settle();
    const bool first = formed.instructions == 0;
    if (machine.full() || machine.store_entries() > (first ? kStoreEntriesOfOne : kStoreEntries)) {
      machine.back_to(mark);
      formed.interpret = first;
      break;
    }
    machine.accept();
    ++formed.instructions;
    offset += insn->length;
    formed.end_eip = request.eip + offset;
    if (machine.ended()) break;
  }
  return formed;
}

}  // namespace veil::translator
