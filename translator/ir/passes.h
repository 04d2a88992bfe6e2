// The passes over a block: free functions, one file each, and the list that orders and numbers them.
#pragma once

#include "ir/block.h"

namespace veil::ir {

void dead_flags(Block& block);  // passes/dead_flags.cpp
void simplify(Block& block);    // passes/simplify.cpp
void address(Block& block);     // passes/address.cpp
void dead_code(Block& block);   // passes/dead_code.cpp

struct Pass {
  const char* name;
  void (*run)(Block&);
};

// A pass's number (for Options::disabled_passes) is its place here. None is needed for correct code.
inline constexpr Pass kPasses[] = {
    {"dead_flags", dead_flags},
    {"simplify", simplify},
    {"address", address},
    {"dead_code", dead_code},
};

}  // namespace veil::ir
