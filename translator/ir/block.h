// A block in the IR: nodes in program order in a fixed arena, values in static single assignment.
//
// Invariants (verify.cpp checks them):
// - Operands come before their users. Node 0 is the constant 0 (so "no operand" reads as zero); nodes 1..8 are the
//   guest registers on entry.
// - Flag registers are not SSA: fd names one (1 = the guest's flags, 2 = the translator's own, 0 = none), and
//   program order says which write a read sees.
// - The last node that is not `none` is a jump, jump_to or branch, and there is no other such node.
// - final[r] is the node that holds guest register r at the end.
#pragma once

#include <array>
#include <cstdint>

#include "ir/ops.h"
#include "veil/x86/machine.h"

namespace veil::ir {

using Ref = uint16_t;

inline constexpr unsigned kMaxNodes = 512;
inline constexpr unsigned kReserve = 16;  // nodes that the lifter leaves for the backend's copies
inline constexpr Ref kZero = 0;
inline constexpr Ref kFirstIn = 1;  // guest register r is node kFirstIn + r
inline constexpr unsigned kGuestRegisters = 8;

// Width of alu, load and store. `h`: the first operand and the place of the result are bits 15:8 (alu only).
enum class Width : uint8_t { b, w, d, h };

constexpr Width width_of(x86::Width w) { return static_cast<Width>(w); }

// Bits of a flag register, as the hardware orders them ([enums.flag] of isa/native.toml).
using Flags = uint8_t;
inline constexpr Flags kCf = 1, kPf = 2, kAf = 4, kZf = 8, kSf = 16, kOf = 32, kAllFlags = 63;

// Node::bits
inline constexpr uint8_t kHighB = 1;      // alu: the second operand is bits 15:8 of b
inline constexpr uint8_t kSigned = 2;     // load
inline constexpr uint8_t kHigh = 4;       // set: byte 1
inline constexpr uint8_t kInterpret = 8;  // jump

struct Node {
  Op op = Op::none;
  Width width = Width::d;
  uint8_t fn = 0;  // alu: x86::FlagFn; set, cmov, branch: x86::Cond; in: guest register
  uint8_t bits = 0;
  Ref a = kZero;
  Ref b = kZero;
  uint32_t imm = 0;
  uint8_t fd = 0;
  uint8_t seg = 0;    // load, store: native segment number
  uint8_t scale = 0;  // load, shadd
  uint8_t unused = 0;

  [[nodiscard]] x86::FlagFn flag_fn() const { return static_cast<x86::FlagFn>(fn); }
  [[nodiscard]] x86::Cond cond() const { return static_cast<x86::Cond>(fn); }
};
static_assert(sizeof(Node) == 16);

struct Block {
  std::array<Node, kMaxNodes> nodes;
  std::array<Ref, kGuestRegisters> final;
  Ref count = 0;              // nodes in use
  uint32_t start_eip = 0;     // of the first guest instruction
  uint32_t end_eip = 0;       // after the last one
  uint8_t instructions = 0;   // guest instructions
  bool overflow = false;      // the arena was full: the last instructions are not complete
  unsigned native_width = 4;  // issue width of the machine that the block is for

  Node& operator[](Ref ref) { return nodes[ref]; }
  const Node& operator[](Ref ref) const { return nodes[ref]; }

  void start(uint32_t eip);
  // Appends a node. When the arena is full: `overflow` is set, the result is kZero.
  Ref append(const Node& node);
  Ref imm(uint32_t value);
  [[nodiscard]] bool is_imm(Ref ref) const { return nodes[ref].op == Op::imm; }
  [[nodiscard]] bool is_imm(Ref ref, uint32_t value) const { return is_imm(ref) && nodes[ref].imm == value; }
};

// Flags that a condition looks at.
Flags cond_reads(x86::Cond cond);
// What a node reads and what it overwrites for certain of its flag register (fd; for adc and sbb without one, f1). What
// it may change, but also may keep, is in `changes` only.
struct FlagUse {
  Flags reads = 0;
  Flags writes = 0;   // always
  Flags changes = 0;  // always or sometimes
};
FlagUse flag_use(const Block& block, const Node& node);

}  // namespace veil::ir
