// Packing: operations become groups in one walk, each in the earliest group that it fits into.
#pragma once

#include <span>

#include "backend/schedule.h"
#include "quick/quick_code.h"

namespace veil::translator {

// Group rules as in backend/schedule.cpp. `end` says how the block leaves (its mops are not looked at); the body's last
// operation is written, too. Not ok: no room in `out`, or more groups than it keeps count of.
Body pack(QuickCode& quick, const Code& end, unsigned width, ScheduleScratch& scratch, std::span<uint32_t> out);

}  // namespace veil::translator
