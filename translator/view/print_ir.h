// The IR as text. Host only.
#pragma once

#include <string>

#include "ir/block.h"

namespace veil::ir {

std::string print(const Block& block);

}  // namespace veil::ir
