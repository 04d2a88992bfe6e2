// What a board says over its serial line, taken apart (boards/boot/protocol.h, boards/common/host_port.sv): plain
// bytes, and escaped ones that say something else.
#pragma once

#include <cstdint>
#include <optional>

#include "boards/boot/protocol.h"

namespace veil::board {

struct Said {
  enum class Kind : uint8_t {
    plain,   // the guest's console; while the boot ROM runs, its answer to a frame
    report,  // a character of the firmware's report
    ended,   // the run is over: `byte` is the status
    hello,   // the boot ROM waits: `byte` is its version
    other,   // an escape that this side does not know
  };
  Kind kind = Kind::plain;
  uint8_t byte = 0;
};

class Stream {
 public:
  // Empty: in the middle of an escape.
  std::optional<Said> take(uint8_t byte) {
    switch (state_) {
      case State::plain:
        if (byte != boards::protocol::kEscape) return Said{Said::Kind::plain, byte};
        state_ = State::escape;
        return {};
      case State::escape:
        state_ = State::plain;
        if (byte == boards::protocol::kEscape) return Said{Said::Kind::plain, byte};
        kind_ = byte;
        state_ = State::argument;
        return {};
      case State::argument:
        state_ = State::plain;
        return Said{kind_ == 'r'   ? Said::Kind::report
                    : kind_ == 'x' ? Said::Kind::ended
                    : kind_ == 'b' ? Said::Kind::hello
                                   : Said::Kind::other,
                    byte};
    }
    return {};
  }

 private:
  enum class State : uint8_t { plain, escape, argument };
  State state_ = State::plain;
  uint8_t kind_ = 0;
};

}  // namespace veil::board
