// A machine's memory as frames for a board's boot ROM (boards/boot/protocol.h).
#pragma once

#include <cstdint>
#include <vector>

#include "sim/loader/load.h"

namespace veil::loader {

using Frame = std::vector<uint8_t>;

// In the order in which they must arrive: everything that the boot ROM has to clear, all that is not zero, go.
// Nothing is sent for memory that the boot ROM itself uses: the firmware clears it.
std::vector<Frame> board_frames(const Machine& machine);

}  // namespace veil::loader
