// The optimizing pipeline: lift, passes, order, lower, schedule, exits. The quick one: quick/quick.cpp.
#include "backend/emit.h"
#include "backend/repeat.h"
#include "ir/passes.h"
#include "ir/verify.h"
#include "lift/form.h"
#include "lift/lift.h"
#include "quick/quick.h"
#include "scratch.h"
#include "veil/translator.h"
#include "veil/x86/decode.h"

namespace veil::translator {

uint32_t scratch_bytes() { return sizeof(Scratch); }

namespace {

// False: the verifier objects.
bool run_passes(ir::Block& block, const Options& options) {
  if (options.verify && ir::verify(block).what != nullptr) return false;
  unsigned number = 0;
  for (const ir::Pass& pass : ir::kPasses) {
    if ((options.disabled_passes >> number++ & 1) != 0) continue;
    pass.run(block);
    if (options.verify && ir::verify(block).what != nullptr) return false;
  }
  return true;
}

// Some prefix is rep, so that decoding it once more is worth while.
bool may_repeat(const Request& request) {
  if (!request.decoded.empty()) return request.decoded[0]->rep != x86::Rep::none;
  const std::span<const uint8_t> bytes = request.bytes;
  for (std::size_t i = 0; i < bytes.size() && i < 4; ++i) {
    if (bytes[i] == 0xf3) return true;
    if (bytes[i] != 0x66 && (bytes[i] & 0xe7) != 0x26) return false;  // operand size, es cs ss ds
  }
  return false;
}

}  // namespace

namespace {

// A translation of its own; `nothing`: the first instruction is none of these.
[[gnu::noinline]] Result translate_repeat(const Request& request, const Options& options, Scratch& scratch,
                                          std::span<uint32_t> code, std::span<Exit> exits) {
  const x86::Mode mode{.code32 = request.code32, .stack32 = request.code32};
  x86::DecodeResult first = x86::decode(request.bytes, mode);
  if (first.status == x86::DecodeStatus::truncated && request.bytes.size() < x86::kMaxInsnBytes) {
    first.status = decode_across(request, static_cast<uint32_t>(request.bytes.size()), mode, first.insn);
  }
  if (first.status == x86::DecodeStatus::ok && repeats(first.insn, request.flat)) {
    scratch.code.gate = needs_gate(request, request.eip + first.insn.length);
    const Emitted emitted =
        emit_repeat(first.insn, options.width, request, scratch.code, scratch.schedule, code, exits);
    if (!emitted.ok) return {.status = Status::no_room};
    return {.words = emitted.words,
            .guest_bytes = first.insn.length,
            .instructions = 1,
            .exits = emitted.exits,
            .gate = emitted.gate};
  }
  return {.status = Status::nothing};
}

[[gnu::noinline]] Result optimize(const Request& request, const Options& options, Scratch& scratch,
                                  std::span<uint32_t> code, std::span<Exit> exits) {
  ir::Block& block = scratch.block;
  block.native_width = options.width;
  unsigned limit = options.block_limit < 1 ? 1 : options.block_limit > 31 ? 31 : options.block_limit;
  for (;;) {
    if (!lift(request, limit, block)) return {.status = Status::nothing};
    if (!run_passes(block, options)) return {.status = Status::internal};
    make_order(block, scratch.order);
    lower(block, scratch.order, scratch.code);
    scratch.code.gate = needs_gate(request, block.end_eip);
    Body body;
    if (!scratch.code.overflow) body = schedule(scratch.code, options.width, scratch.schedule, code);
    if (body.ok) {
      const Emitted emitted = emit_exits(scratch.code, body, scratch.schedule, request, code, exits);
      if (!emitted.ok) return {.status = Status::no_room};
      return {.status = Status::ok,
              .words = emitted.words,
              .guest_bytes = block.end_eip - block.start_eip,
              .instructions = block.instructions,
              .exits = emitted.exits,
              .gate = emitted.gate};
    }
    // Not enough temporaries, or no room: a shorter block needs less of both.
    if (block.instructions <= 1) return {.status = code.size() < kMaxBlockWords ? Status::no_room : Status::nothing};
    limit = block.instructions / 2u;
  }
}

// A translation of no instruction: its exit alone, so that other translations can be chained to what must be
// interpreted.
Result emit_interpret(const Request& request, Scratch& scratch, std::span<uint32_t> code, std::span<Exit> exits) {
  Code& end = scratch.code;
  end.end = EndKind::jump;
  end.target = end.start_eip = request.eip;
  end.interpret = true;
  end.has_rollback_exit = false;
  end.gate = false;
  end.instructions = 0;
  const Emitted emitted =
      emit_exits(end, {.ok = true, .words = 0, .end_word = ~0u}, scratch.schedule, request, code, exits);
  if (!emitted.ok) return {.status = Status::no_room};
  return {.words = emitted.words, .guest_bytes = 1, .instructions = 0, .exits = emitted.exits};
}

}  // namespace

namespace {

Result translate_once(const Request& request, const Options& options, Scratch& scratch, std::span<uint32_t> code,
                      std::span<Exit> exits) {
  if (may_repeat(request) && !request.checks) [[unlikely]] {
    const Result result = translate_repeat(request, options, scratch, code, exits);
    if (result.status != Status::nothing) return result;
  }
  // (One that checks its source would never be dropped when that changes.)
  const bool may_be_empty = request.interpret_exit != 0 && !request.checks;
  if (may_be_empty && !request.decoded.empty() && request.decoded[0]->interpret) {
    return emit_interpret(request, scratch, code, exits);
  }
  if (options.quick) return translate_quickly(request, options, scratch, code, exits);
  const Result result = optimize(request, options, scratch, code, exits);
  if (result.status == Status::nothing && may_be_empty && !request.bytes.empty()) {
    return emit_interpret(request, scratch, code, exits);
  }
  return result;
}

// The check comes first and needs to know how long the source is: so it is translated twice.
[[gnu::noinline]] Result translate_with_checks(const Request& request, const Options& options, Scratch& scratch,
                                               std::span<uint32_t> code, std::span<Exit> exits) {
  const Result plan = translate_once(request, options, scratch, code, exits);
  if (plan.status != Status::ok) return plan;
  Request checked = request;
  checked.checked_bytes = plan.guest_bytes;
  Options same = options;
  same.block_limit = plan.instructions;
  return translate_once(checked, same, scratch, code, exits);
}

}  // namespace

Result translate(const Request& request, const Options& options, Scratch& scratch, std::span<uint32_t> code,
                 std::span<Exit> exits) {
  if (request.checks) [[unlikely]]
    return translate_with_checks(request, options, scratch, code, exits);
  return translate_once(request, options, scratch, code, exits);
}

}  // namespace veil::translator
