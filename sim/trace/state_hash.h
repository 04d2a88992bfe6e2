// The state in which a guest ended, as one number: the same on every engine, configuration and gear.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "sim/trace/guest_state.h"

namespace veil::sim {

// XXH64 (seed 0) of everything in the guest state block, as it would be if the interpreter ran, in the order of its
// table, and of all guest memory; 16 hexadecimal digits.
std::string state_hash(const GuestState& guest, std::span<const uint8_t> memory);

}  // namespace veil::sim
