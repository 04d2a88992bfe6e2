// Scheduling and register allocation in one walk: mops become native words in legal groups.
#pragma once

#include <span>

#include "backend/code.h"

namespace veil::translator {

// Writes the words of a block's body, its last operation (x.j, x.b, x.jt) included; the offset of that operation and of
// branches to the rollback stub is left 0 for the emitter.
struct Body {
  bool ok = false;  // false: no room in `out`, or not enough temporaries (try a shorter block)
  uint32_t words = 0;
  uint32_t end_word = 0;       // offset of the last operation
  uint32_t end_operation = 0;  // that operation
  unsigned end_register = 0;   // jump_to: register with the EIP
};

struct ScheduleScratch {
  struct Edge {
    uint16_t to;
    uint16_t next;
    uint16_t latency;
    uint16_t unused;
  };
  static constexpr unsigned kMaxEdges = kMaxMops * 8;
  std::array<Edge, kMaxEdges> edges;
  // What is known of a mop: together, so that one address leads to all of it.
  struct State {
    uint16_t first_edge;
    uint16_t waits;                 // predecessors that are not placed yet
    uint16_t height;                // latency to the end of the block
    uint16_t cycle;                 // earliest
    uint16_t reads;                 // readers of the result that are not placed yet
    uint8_t reg;                    // register of the result; before it is placed, Mop::dst
    uint8_t kind;                   // bits, see schedule.cpp
    uint16_t next_entry_reader[2];  // chains of operands that read a register's entry value
  };
  static_assert(sizeof(State) == 16);
  std::array<State, kMaxMops> at;
  std::array<uint16_t, kMaxMops> ready;
  std::array<uint16_t, kMaxMops> accesses;               // loads and stores so far
  std::array<std::array<uint16_t, 64>, 4> flag_readers;  // since the newest write
  std::array<uint16_t, kMaxMops> rollback_branches;      // word offsets
  unsigned rollback_branch_count = 0;
};

// The last operation of a block, without its offset; `end_register`: jump_to's EIP.
uint32_t end_operation(const Code& code, unsigned end_register);

Body schedule(const Code& code, unsigned width, ScheduleScratch& scratch, std::span<uint32_t> out);

}  // namespace veil::translator
