// A machine's memory as frames for a board's boot ROM (boards/boot/protocol.h).
#pragma once

#include <cstdint>
#include <vector>

#include "sim/loader/load.h"

namespace veil::board {

using Frame = std::vector<uint8_t>;

// In the order in which they must arrive: everything that the boot ROM has to clear, all that is not zero, go.
// Nothing is sent for memory that the boot ROM itself uses: the firmware clears it.
// `clear` false: memory is known to be zero (a simulated board). `width`: what the machine was loaded for.
std::vector<Frame> frames_of(const loader::Machine& machine, bool clear = true, unsigned width = 1);

// The same as an SD card's image, from its first sector on.
std::vector<uint8_t> card_of(const std::vector<Frame>& frames);

}  // namespace veil::board
