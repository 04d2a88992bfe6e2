// The quick pipeline: semantics, groups, exits.
#include "quick/quick.h"

#include "backend/emit.h"
#include "lift/form.h"
#include "quick/pack.h"
#include "quick/plain.h"
#include "quick/quick_machine.h"
#include "scratch.h"

namespace veil::translator {

Result translate_quickly(const Request& request, const Options& options, Scratch& scratch, std::span<uint32_t> code,
                         std::span<Exit> exits) {
  Code& end = scratch.code;
  end.end_value = 0;
  QuickMachine machine(scratch.quick, end, options.width, request.flat, {request.supervisor, request.counted_time});
  const Formed formed = form_block(
      request, options.block_limit, machine,
      [](QuickMachine & m, const x86::Insn& insn) __attribute__((always_inline)) { return execute_plain(m, insn); });
  if (formed.instructions == 0) return {.status = Status::nothing};
  if (!machine.ended()) {
    end.end = EndKind::jump;
    end.target = formed.end_eip;
    end.interpret = formed.interpret;
  }
  machine.finish();
  end.has_rollback_exit = machine.rolls_back();
  end.instructions = formed.instructions;
  end.start_eip = request.eip;
  end.gate = needs_gate(request, formed.end_eip);
  const Body body = pack(scratch.quick, end, options.width, scratch.schedule, code);
  if (!body.ok) return {.status = Status::nothing};
  const Emitted emitted = emit_exits(end, body, scratch.schedule, request, code, exits);
  if (!emitted.ok) return {.status = Status::no_room};
  return {.status = Status::ok,
          .words = emitted.words,
          .guest_bytes = formed.end_eip - request.eip,
          .instructions = formed.instructions,
          .exits = emitted.exits,
          .gate = emitted.gate};
}

}  // namespace veil::translator
