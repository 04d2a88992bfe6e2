// What the backend works on: native operations whose results still have no register ("mops"), and the order that the
// IR's nodes are lowered in.
//
// A mop's word is a complete encoding except for rd, rs1, rs2 and the group bit, which the scheduler fills in.
#pragma once

#include <array>
#include <cstdint>

#include "ir/block.h"
#include "veil/isa/native.h"

namespace veil::translator {

// Where an operand comes from: 0..31 = a register that has it from the start (x0, the guest's), else a mop's result.
using Operand = uint16_t;
inline constexpr Operand kFirstMop = 32;

inline constexpr uint8_t kNoResult = 0;  // Mop::dst
inline constexpr uint8_t kTemp = 0xff;   // any temporary; otherwise the register itself

inline constexpr Operand kNoBase = 0xffff;

struct Mop {
  uint32_t word = 0;
  uint32_t wide = 0;  // second word, if slots = 2
  Operand rs1 = 0;
  Operand rs2 = 0;
  uint8_t dst = kNoResult;
  isa::Unit unit = isa::Unit::alu;
  uint8_t slots = 1;
  uint8_t latency = 1;
  uint8_t flag_reads = 0;  // bit n: f[n]
  uint8_t flag_writes = 0;
  // Guest memory: size 0 = no access. Accesses with one base (and segment) are told apart by their displacement.
  uint8_t size = 0;
  bool store = false;
  Operand base = kNoBase;
  uint8_t seg = 0;
  int32_t disp = 0;
  uint32_t unused = 0;
};
static_assert(sizeof(Mop) == 32);  // found by a shift

// Not a power of two: the arrays of this length would begin in the same few sets of the data cache, two of which is all
// that it holds.
inline constexpr unsigned kMaxMops = 488;

struct Order {
  std::array<ir::Ref, ir::kMaxNodes> list;  // [first, kMaxNodes)
  unsigned first = 0;
  std::array<uint8_t, ir::kMaxNodes> home;  // guest register that the node is the final value of, or kNoHome
  struct State {                            // while the order is made
    uint16_t users = 0;                     // that are not in the list yet
    uint8_t reader_of = 0;                  // bit r: the last reader of register r's entry value
    bool placed = false;
  };
  std::array<State, ir::kMaxNodes> state;
};
inline constexpr uint8_t kNoHome = 0xff;

// How a block leaves; its last operation is not among the mops.
enum class EndKind : uint8_t { jump, jump_to, branch };

struct Code {
  std::array<Mop, kMaxMops> mops;
  unsigned count = 0;
  bool overflow = false;
  bool has_rollback_exit = false;  // some mop is a branch to the rollback stub
  EndKind end = EndKind::jump;
  Operand end_value = 0;  // jump_to
  uint8_t end_flag = 0;   // branch: flag register
  isa::Cond end_cond = isa::Cond::o;
  uint32_t target = 0;     // jump, branch
  bool interpret = false;  // jump: the interpreter goes on at the target
  uint32_t fall = 0;       // branch: EIP after the block
  uint8_t instructions = 0;
  bool gate = false;  // the translation has one (veil/translator.h)
  uint32_t start_eip = 0;
};

// Decides the order of lowering, in which a guest register's old value is read before its new one is written where that
// is possible, and gives every guest register that changes a node of its own (appends copies to the block).
void make_order(ir::Block& block, Order& order);

void lower(const ir::Block& block, const Order& order, Code& code);

}  // namespace veil::translator
