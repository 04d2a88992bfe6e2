// Forming a block: decode, execute the semantics on a machine that emits, until the block ends. Where a block ends:
// after a transfer of control; before an instruction that must be interpreted or that cannot be decoded here; at the
// end of the page, with an instruction that crosses it as the last one (with paging that is a translation of its own,
// since it rests on where the next page is); when its stores might need more of the gated store buffer than there is;
// when the machine is full; at the limit. A repeated string instruction is a translation of its own
// (backend/repeat.cpp).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <new>

#include "backend/repeat.h"
#include "veil/translator.h"
#include "veil/x86/decode.h"
#include "x86/semantics/execute.h"

namespace veil::translator {

struct Formed {
  uint8_t instructions = 0;
  uint32_t end_eip = 0;    // after the last one
  bool interpret = false;  // what follows must be interpreted
};

// The last `left` bytes of the page begin an instruction that ends in the next one.
[[gnu::noinline]] inline x86::DecodeStatus decode_across(const Request& request, uint32_t left, x86::Mode mode,
                                                         x86::Insn& insn) {
  std::array<uint8_t, x86::kMaxInsnBytes> bytes;
  const auto end = std::copy_n(request.bytes.last(left).begin(), left, bytes.begin());
  const std::size_t more = std::min<std::size_t>(request.beyond.size(), bytes.size() - left);
  std::copy_n(request.beyond.begin(), more, end);
  return x86::decode(std::span(bytes).first(left + more), mode, insn);
}

// Of a translation up to `end_eip`.
inline bool needs_gate(const Request& request, uint32_t end_eip) {
  return request.paging && end_eip - request.eip > request.bytes.size();
}

// The store buffer has 16 entries (rtl/configs.toml, every configuration). Two stay free for a block of several
// instructions; a single one (pusha) may take all.
inline constexpr unsigned kStoreEntries = 14;
inline constexpr unsigned kStoreEntriesOfOne = 16;

// What the block was made from is still there; otherwise it rolls back. In aligned words, with ordinary arithmetic and
// before everything else: so no store of the block comes first.
template <class M>
[[gnu::noinline]] void check_source(const Request& request, M& machine) {
  using x86::Fn;
  const uint32_t here = std::min(request.checked_bytes, static_cast<uint32_t>(request.bytes.size()));
  const struct {
    uint32_t at;
    std::span<const uint8_t> bytes;
  } parts[] = {{request.physical, request.bytes.first(here)},
               {request.beyond_physical, request.beyond.first(request.checked_bytes - here)}};
  machine.start_instruction(request.eip);
  typename M::Value difference = machine.imm(0);
  bool any = false;
  for (const auto& part : parts) {
    if (part.bytes.empty()) continue;
    const uint32_t end = part.at + static_cast<uint32_t>(part.bytes.size());
    for (uint32_t word = part.at & ~3u; word < end; word += 4) {
      if (any) machine.start_instruction(request.eip);
      const uint32_t first = std::max(word, part.at);
      const uint32_t last = std::min(word + 4, end);
      uint32_t wanted = 0;
      for (uint32_t at = first; at < last; ++at) wanted |= uint32_t{part.bytes[at - part.at]} << (at - word) * 8;
      typename M::Value value = machine.native_word(word);
      value = machine.op(Fn::xor_, value, machine.imm(wanted));
      // Bytes of the word that are not the block's are shifted out, those above first.
      const uint32_t above = (word + 4 - last) * 8;
      const uint32_t below = (first - word) * 8;
      if (above != 0) value = machine.op(Fn::shl, value, machine.imm(above));
      if (above + below != 0) value = machine.op(Fn::shr, value, machine.imm(above + below));
      difference = any ? machine.op(Fn::or_, difference, value) : value;
      any = true;
    }
  }
  machine.require_zero(difference);
  machine.settle();
  machine.accept();
}

// At most `limit` instructions; none: not even the first one (it must be interpreted, or is cut off, or the machine
// has no room for it). If the last one has not ended the block (machine.ended()), the caller does. `execute` emits an
// instruction, or says that it must be interpreted.
template <class M, class Execute>
[[gnu::always_inline]] inline Formed form_block(const Request& request, unsigned limit, M& machine, Execute execute) {
  Formed formed{.end_eip = request.eip};
  uint32_t eip = request.eip;
  uint32_t left = static_cast<uint32_t>(request.bytes.size());
  alignas(x86::Insn) std::byte own[sizeof(x86::Insn)];  // made only where an instruction is decoded here
  unsigned count = 0;
  if (request.checked_bytes != 0) [[unlikely]] {
    check_source(request, machine);
    if (machine.full()) return formed;
  }
  unsigned done = 0;  // of them, those that stay
  uint32_t done_eip = eip;
  bool joins = false;  // the last one stays only with the next
  for (; count < limit && left != 0;) {
    const bool first = count == 0;
    const x86::Insn* insn = nullptr;
    if (count < request.decoded.size()) [[likely]] {
      insn = request.decoded[count];
    } else {
      auto* const fresh = new (own) x86::Insn;
      const x86::Mode mode{.code32 = request.code32, .stack32 = request.code32};
      x86::DecodeStatus status = x86::decode(request.bytes.last(left), mode, *fresh);
      if (status == x86::DecodeStatus::truncated && left < x86::kMaxInsnBytes) [[unlikely]] {
        if (!first && (request.paging || request.beyond.empty())) break;  // it starts a block
        status = decode_across(request, left, mode, *fresh);
      }
      if (status != x86::DecodeStatus::ok) {
        formed.interpret = true;
        break;
      }
      insn = fresh;
    }
    if (!first && x86::sem::stands_alone(*insn)) break;
    if (joins) {
      machine.join_instruction(eip + insn->length);
    } else {
      machine.start_instruction(eip + insn->length);
    }
    if (insn->rep != x86::Rep::none && repeats(*insn, request.flat)) break;  // a translation of its own
    const bool holds = x86::sem::holds_interrupts(*insn);
    if (!execute(machine, *insn)) {
      machine.take_back();
      formed.interpret = true;
      break;
    }
    if (!holds) {
      machine.settle();
      if (machine.full() || machine.store_entries() > (first ? kStoreEntriesOfOne : kStoreEntries)) {
        machine.take_back();
        formed.interpret = first;
        break;
      }
      machine.accept();
    }
    ++count;
    left -= std::min<uint32_t>(left, insn->length);
    eip += insn->length;
    joins = holds;
    if (!holds) {
      done = count;
      done_eip = eip;
    }
    if (request.checks && machine.store_entries() != 0) break;
    if (machine.ended() || x86::sem::stands_alone(*insn)) break;
  }
  if (joins) {  // the next instruction is not in the block: nor is the one that holds interrupts back for it
    machine.take_back();
    formed.interpret = true;
  }
  formed.instructions = static_cast<uint8_t>(done);
  formed.end_eip = done_eip;
  return formed;
}

}  // namespace veil::translator
