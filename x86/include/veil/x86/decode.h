// Decoder of IA-32 instructions, 16- and 32-bit code: bytes in, Insn out. Pure and table-driven (isa/x86.toml).
#pragma once

#include <cstdint>
#include <span>

#include "veil/x86/insn.h"

namespace veil::x86 {

enum class DecodeStatus : uint8_t {
  ok,
  truncated,  // the bytes end before the instruction does
  invalid,    // #UD: no such instruction on this processor, or LOCK where it is not allowed
  too_long,   // #GP(0): more than 15 bytes
};

struct DecodeResult {
  DecodeStatus status = DecodeStatus::truncated;
  Insn insn;  // valid when status is ok; when invalid, `length` counts the bytes looked at
};

constexpr unsigned kMaxInsnBytes = 15;

// Decodes the instruction that starts at bytes[0]. Never reads more than kMaxInsnBytes.
[[nodiscard]] DecodeStatus decode(std::span<const uint8_t> bytes, Mode mode, Insn& insn);
[[nodiscard]] DecodeResult decode(std::span<const uint8_t> bytes, Mode mode = {});

}  // namespace veil::x86
