// Where a block ends: behind a transfer of control; before an instruction that is the interpreter's or that cannot be
// decoded here; at the end of the bytes (a page); when its stores might need more of the gated store buffer than there
// is; when the arena is full; at the limit. A repeated string instruction is a
// translation of its own (backend/repeat.cpp).
#include "lift/lift.h"

#include "backend/repeat.h"
#include "lift/ir_machine.h"
#include "lift/semantics/execute.h"
#include "veil/x86/decode.h"

namespace veil::translator {

namespace {

// The store buffer has 16 entries (rtl/configs.toml, every configuration). Two stay free for a block of several
// instructions; a single one (pusha) may take all.
constexpr unsigned kStoreEntries = 14;
constexpr unsigned kStoreEntriesOfOne = 16;

}  // namespace

bool lift(const Request& request, unsigned limit, ir::Block& block) {
  block.start(request.eip);
  IrMachine machine(block, request.flat);
  const x86::Mode mode{.code32 = request.code32, .stack32 = request.code32};
  uint32_t offset = 0;
  bool interpret = false;
  x86::Insn own;
  while (block.instructions < limit && offset < request.bytes.size()) {
    const std::span<const uint8_t> bytes = request.bytes.subspan(offset);
    const x86::Insn* insn = request.decoded != nullptr ? request.decoded(request.eip + offset, bytes) : nullptr;
    if (insn == nullptr) {
      if (x86::decode(bytes, mode, own) != x86::DecodeStatus::ok) {
        interpret = true;
        break;
      }
      insn = &own;
    }
    const IrMachine::Mark mark = machine.mark();
    machine.start_instruction(request.eip + offset + insn->length);
    if (insn->rep != x86::Rep::none && repeats(*insn, request.flat)) break;  // a translation of its own
    if (!x86::sem::execute(machine, *insn)) {
      machine.back_to(mark);
      interpret = true;
      break;
    }
    const bool first = block.instructions == 0;
    if (block.overflow || machine.store_entries() > (first ? kStoreEntriesOfOne : kStoreEntries)) {
      machine.back_to(mark);
      interpret = first;
      break;
    }
    ++block.instructions;
    offset += insn->length;
    block.end_eip = request.eip + offset;
    if (machine.ended()) return true;
  }
  if (block.instructions == 0) return false;
  machine.end();
  // The arena keeps room for these nodes (kReserve).
  block.nodes[block.count++] = {
      .op = ir::Op::jump, .bits = interpret ? ir::kInterpret : uint8_t{0}, .imm = block.end_eip};
  return true;
}

}  // namespace veil::translator
