// The verifier of the IR: says what is wrong with a block, or that nothing is.
#pragma once

#include "ir/block.h"

namespace veil::ir {

struct Fault {
  const char* what = nullptr;  // nullptr: the block is well formed
  Ref where = 0;
};

Fault verify(const Block& block);

}  // namespace veil::ir
