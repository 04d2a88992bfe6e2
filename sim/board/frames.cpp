#include "sim/board/frames.h"

#include <algorithm>
#include <span>

#include "boards/boot/protocol.h"

namespace veil::board {
namespace {

namespace protocol = boards::protocol;

void put(Frame& frame, uint32_t value, unsigned bytes) {
  for (unsigned i = 0; i < bytes; ++i) frame.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

Frame make(protocol::Type type, uint32_t address, std::span<const uint8_t> payload) {
  Frame frame{protocol::kStart, static_cast<uint8_t>(type)};
  put(frame, static_cast<uint32_t>(payload.size()), 2);
  put(frame, address, 4);
  frame.insert(frame.end(), payload.begin(), payload.end());
  put(frame, protocol::crc32(frame.data() + 1, static_cast<uint32_t>(frame.size() - 1)), 4);
  return frame;
}

}  // namespace

std::vector<Frame> frames_of(const loader::Machine& machine, bool clear, unsigned width) {
  const auto size = static_cast<uint32_t>(machine.dram.size());
  const uint32_t end = size - platform::concealed_size + platform::window::translation_cache;
  std::vector<Frame> frames;
  const auto narrowest = static_cast<uint8_t>(width);
  frames.push_back(make(protocol::Type::core, 0, {&narrowest, 1}));
  // A megabyte at a time: a board that does not answer for seconds looks dead.
  constexpr uint32_t kClear = 1u << 20;
  for (uint32_t at = 0; clear && at < end; at += kClear) {
    Frame bytes;
    put(bytes, std::min(kClear, end - at), 4);
    frames.push_back(make(protocol::Type::clear, at, bytes));
  }
  for (uint32_t at = 0; at < end; at += protocol::kMaxPayload) {
    const std::span block(machine.dram.data() + at, std::min(protocol::kMaxPayload, end - at));
    const auto used = std::find_if(block.rbegin(), block.rend(), [](uint8_t byte) { return byte != 0; });
    const auto length = static_cast<size_t>(block.rend() - used);
    if (length != 0) frames.push_back(make(protocol::Type::write, at, block.first(length)));
  }
  frames.push_back(make(protocol::Type::go, 0, {}));
  return frames;
}

std::vector<uint8_t> card_of(const std::vector<Frame>& frames) {
  constexpr size_t kSector = 512;
  std::vector<uint8_t> card;
  for (const Frame& frame : frames) card.insert(card.end(), frame.begin(), frame.end());
  card.resize((card.size() + kSector - 1) / kSector * kSector);
  return card;
}

}  // namespace veil::board
