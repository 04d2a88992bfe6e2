// Guest time in the devices' units. A unit is a committed guest instruction (isa/platform.toml [time]); the 8254 ticks
// every kUnitsPerTick of them, and a second has exactly kUnitsPerSecond.
#pragma once

#include <cstdint>

#include "veil/isa/platform.h"

namespace veil::fw {

inline constexpr uint64_t kNever = ~uint64_t{0};
inline constexpr uint32_t kUnitsPerTick = platform::time::instructions_per_tick;
inline constexpr uint32_t kUnitsPerSecond = kUnitsPerTick * platform::time::ticks_per_second;
static_assert((kUnitsPerTick & (kUnitsPerTick - 1)) == 0,
              "a division by it is a shift: the firmware's core has no 64-bit divider");

}  // namespace veil::fw
