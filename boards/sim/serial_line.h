// The host's end of a simulated serial line: bytes to and from the level of a pin, cycle by cycle. 8 data bits, no
// parity, one stop bit, `bit_cycles` clocks each.
#pragma once

#include <cstdint>
#include <deque>

namespace veil::boards {

class SerialLine {
 public:
  explicit SerialLine(unsigned bit_cycles) : bit_cycles_(bit_cycles) {}

  std::deque<uint8_t> to_send;
  std::deque<uint8_t> received;
  uint64_t heard = 0;  // bytes received, all told
  uint8_t last = 0;    // the last of them

  // One clock: the board's transmit pin as it is; returns the level of its receive pin.
  bool cycle(bool tx) {
    listen(tx);
    return talk();
  }

 private:
  void listen(bool tx) {
    if (in_left_ == 0) {
      if (!tx) {
        in_left_ = 10;
        in_wait_ = bit_cycles_ / 2;
      }
      return;
    }
    if (in_wait_-- != 0) return;
    in_wait_ = bit_cycles_ - 1;
    --in_left_;
    if (in_left_ == 9) {
      if (tx) in_left_ = 0;
    } else if (in_left_ == 0) {
      if (!tx) return;
      received.push_back(in_byte_);
      last = in_byte_;
      ++heard;
    } else {
      in_byte_ = static_cast<uint8_t>(in_byte_ >> 1 | (tx ? 0x80 : 0));
    }
  }
  bool talk() {
    if (out_left_ == 0 && !to_send.empty()) {
      out_bits_ = 0x200u | static_cast<unsigned>(to_send.front()) << 1;
      to_send.pop_front();
      out_left_ = 10;
      out_wait_ = bit_cycles_;
    }
    if (out_left_ == 0) return true;
    const bool level = (out_bits_ & 1) != 0;
    if (--out_wait_ == 0) {
      out_wait_ = bit_cycles_;
      out_bits_ >>= 1;
      --out_left_;
    }
    return level;
  }

  unsigned bit_cycles_;
  unsigned in_left_ = 0, in_wait_ = 0;
  uint8_t in_byte_ = 0;
  unsigned out_left_ = 0, out_wait_ = 0, out_bits_ = 0;
};

}  // namespace veil::boards
