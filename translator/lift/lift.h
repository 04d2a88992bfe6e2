// Forming a block: decode, then execute the semantics on the machine that emits IR, until the block ends.
#pragma once

#include "ir/block.h"
#include "veil/translator.h"

namespace veil::translator {

// Lifts at most `limit` instructions. False: not even the first one (it must be interpreted, or is cut off).
bool lift(const Request& request, unsigned limit, ir::Block& block);

}  // namespace veil::translator
