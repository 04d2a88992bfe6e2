// The host's end of a board's serial line: sends frames until each is acknowledged. Without devices or clocks of its
// own: the transport is the caller's.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/board/frames.h"
#include "sim/board/stream.h"

namespace veil::board {

class Transport {
 public:
  virtual ~Transport() = default;
  // False: the line is gone.
  virtual bool write(std::span<const uint8_t> bytes) = 0;
  // The next byte, waiting at most so long. Empty: none came; `gone` then says whether one ever will.
  virtual std::optional<uint8_t> read(unsigned milliseconds) = 0;
  virtual bool gone() const = 0;
};

struct Patience {
  unsigned milliseconds = 2000;  // of silence
  unsigned tries = 8;            // of a frame
  unsigned restarts = 3;
};

struct Met {
  std::string problem;  // one sentence; empty: a boot ROM waits there
  unsigned width = 0;   // of its core
};

// Waits for the boot ROM's call.
Met meet(Transport& transport, Stream& stream, Patience patience = {});

struct Sent {
  std::string problem;     // one sentence; empty: everything is there, and the firmware has started
  unsigned repeated = 0;   // frames that had to be sent again
  unsigned restarted = 0;  // times that all began anew, because the board had been reset
};

// After `meet`; `progress(done, all)` after each frame, in bytes.
Sent send(Transport& transport, Stream& stream, const std::vector<Frame>& frames,
          const std::function<void(size_t, size_t)>& progress, Patience patience = {});

}  // namespace veil::board
