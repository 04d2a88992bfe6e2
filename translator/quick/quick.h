// Gear 2: a block from the semantics straight to native operations, packed in one walk. No IR, no passes.
#pragma once

#include <span>

#include "veil/translator.h"

namespace veil::translator {

// Status `nothing`: the first instruction must be interpreted, or more than this translator can do at once.
Result translate_quickly(const Request& request, const Options& options, Scratch& scratch, std::span<uint32_t> code,
                         std::span<Exit> exits);

}  // namespace veil::translator
