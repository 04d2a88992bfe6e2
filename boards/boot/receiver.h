// The receiving side of protocol.h: bytes in, memory writes out. Pure: the boot ROM and the host's tests give it their
// memory and their bytes.
#pragma once

#include <array>
#include <cstdint>

#include "boards/boot/protocol.h"

namespace veil::boards {

// What became of a byte.
enum class Received : uint8_t { more, good, bad, go };

// Memory: `bool allowed(uint32_t address, uint32_t bytes)`, `void write(uint32_t address, uint8_t)`,
// `void clear(uint32_t address, uint32_t bytes)`; `uint32_t width()`, the core's.
template <class Memory>
class Receiver {
 public:
  explicit Receiver(Memory& memory) : memory_(memory) {}

  // In the middle of a frame: silence now means that the rest will not come.
  [[nodiscard]] bool inside() const { return got_ != 0; }
  void drop() { got_ = 0; }
  // Low byte of the newest whole frame's CRC: names it in the answer.
  [[nodiscard]] uint8_t tag() const { return tag_; }

  Received take(uint8_t byte) {
    using namespace protocol;
    if (got_ == 0) {
      if (byte == kStart) got_ = 1;
      return Received::more;
    }
    frame_[got_++ - 1] = byte;
    if (got_ - 1 < kHeaderBytes) return Received::more;
    const uint32_t length = static_cast<uint32_t>(frame_[1] | frame_[2] << 8);
    if (length > kMaxPayload) return refuse();
    if (got_ - 1 < kHeaderBytes + length + kCrcBytes) return Received::more;
    got_ = 0;
    const uint32_t end = kHeaderBytes + length;
    tag_ = frame_[end];
    if (crc32(frame_.data(), end) != word(end)) return Received::bad;
    return execute(length);
  }

 private:
  [[nodiscard]] uint32_t word(uint32_t at) const {
    return static_cast<uint32_t>(frame_[at]) | static_cast<uint32_t>(frame_[at + 1]) << 8 |
           static_cast<uint32_t>(frame_[at + 2]) << 16 | static_cast<uint32_t>(frame_[at + 3]) << 24;
  }
  Received refuse() {
    got_ = 0;
    return Received::bad;
  }
  Received execute(uint32_t length) {
    using protocol::Type;
    const uint32_t address = word(3);
    switch (static_cast<Type>(frame_[0])) {
      case Type::core:
        return length == 1 && frame_[protocol::kHeaderBytes] <= memory_.width() ? Received::good : Received::bad;
      case Type::write:
        if (!memory_.allowed(address, length)) return Received::bad;
        for (uint32_t i = 0; i < length; ++i) memory_.write(address + i, frame_[protocol::kHeaderBytes + i]);
        return Received::good;
      case Type::clear: {
        if (length != 4) return Received::bad;
        const uint32_t bytes = word(protocol::kHeaderBytes);
        if (!memory_.allowed(address, bytes)) return Received::bad;
        memory_.clear(address, bytes);
        return Received::good;
      }
      case Type::go:
        return Received::go;
    }
    return Received::bad;
  }

  Memory& memory_;
  uint8_t tag_ = 0;
  uint32_t got_ = 0;  // bytes of the frame, kStart among them
  std::array<uint8_t, protocol::kHeaderBytes + protocol::kMaxPayload + protocol::kCrcBytes> frame_;
};

}  // namespace veil::boards
