// A group as it is in memory, checked against the group rules.
#pragma once

#include <array>
#include <cstdint>

#include "sim/trace/group_record.h"
#include "veil/isa/native.h"

namespace veil::iss {

struct GroupOp {
  isa::Decoded d;
  uint32_t pc = 0;
  uint32_t word = 0;
  uint32_t wide = 0;  // the immediate in the next slot, if it has one
};

struct GroupText {
  std::array<GroupOp, sim::kMaxSlots> ops{};
  unsigned count = 0;
  uint32_t next_pc = 0;
  bool legal = true;
  uint32_t illegal_word = 0;  // the operation that breaks a rule
};

// Reads the group at pc. `words` are the words from pc to the end of its fetch block.
GroupText read_group(uint32_t pc, unsigned width, const uint32_t* words);

}  // namespace veil::iss
