// What a board says over its serial line, taken apart (boards/boot/protocol.h, boards/common/host_port.sv): plain
// bytes, and escaped ones that say something else.
#pragma once

#include <cstdint>
#include <optional>

#include "boards/boot/protocol.h"

namespace veil::board {

struct Said {
  enum class Kind : uint8_t {
    plain,   // the guest's console
    report,  // a character of the firmware's report
    ended,   // the run is over: `byte` is the status
    hello,   // the boot ROM waits and has taken nothing yet: `byte` is boards::protocol::hello
    again,   // the boot ROM waits for the next frame: `byte` as of hello
    good,    // the boot ROM has taken a frame: `byte` is the low byte of the frame's CRC
    bad,     // the boot ROM has not taken a frame
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
        return Said{kind_of(kind_), byte};
    }
    return {};
  }

 private:
  static Said::Kind kind_of(uint8_t escaped) {
    using namespace boards::protocol;
    switch (escaped) {
      case 'r':
        return Said::Kind::report;
      case 'x':
        return Said::Kind::ended;
      case kHello:
        return Said::Kind::hello;
      case kAgain:
        return Said::Kind::again;
      case kGood:
        return Said::Kind::good;
      case kBad:
        return Said::Kind::bad;
      default:
        return Said::Kind::other;
    }
  }

  enum class State : uint8_t { plain, escape, argument };
  State state_ = State::plain;
  uint8_t kind_ = 0;
};

}  // namespace veil::board
