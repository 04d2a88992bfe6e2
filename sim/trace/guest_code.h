// The guest's code as it is in memory, found as the processor finds it: code segment, page tables.
#pragma once

#include <cstdint>
#include <span>

#include "sim/trace/shadow.h"

namespace veil::sim {

// Fills `bytes` with what the guest would fetch at `eip`; returns how many there are before memory or mapping ends.
size_t read_guest_code(const Shadow& shadow, uint32_t eip, std::span<uint8_t> bytes);

}  // namespace veil::sim
