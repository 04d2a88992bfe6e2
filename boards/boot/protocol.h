// How a host gives a board its memory: frames over the serial line, or the same frames one after the other on an SD
// card.
//
//   frame   kStart, type, length (2 bytes), address (4), payload (length), CRC-32 (4); numbers little-endian
//   answer  kEscape, kGood or kBad, the low byte of the frame's CRC (serial line only)
//
// The CRC (IEEE 802.3, as in zlib) covers type to payload. A frame may be sent again as often as one likes: each does
// the same however often it comes. So the host repeats what was not answered with kGood, whichever direction lost it;
// the answer says to which frame it belongs, because one that comes late must not count for the next frame.
// While it waits the board says kEscape kHello and what it is (`hello`), twice a second; once it has taken a frame,
// kAgain instead of kHello. So a host that hears kHello in the middle of its work knows that the board has been reset.
#pragma once

#include <cstdint>

namespace veil::boards::protocol {

inline constexpr uint8_t kStart = 0x56;   // V
inline constexpr uint8_t kEscape = 0x10;  // the host port's, too (boards/common/host_port.sv)
// What follows kEscape; the host port itself has 'r' and 'x'.
inline constexpr uint8_t kGood = 'g';
inline constexpr uint8_t kBad = 'n';
inline constexpr uint8_t kHello = 'b';
inline constexpr uint8_t kAgain = 'c';
inline constexpr uint8_t kVersion = 2;
inline constexpr uint32_t kMaxPayload = 1024;
inline constexpr uint32_t kHeaderBytes = 7;  // type, length, address
inline constexpr uint32_t kCrcBytes = 4;

enum class Type : uint8_t {
  core = 'M',   // payload: the width (1 byte) that the firmware was made for; a narrower core refuses
  write = 'W',  // the payload goes to `address`, a native physical one
  clear = 'C',  // payload: number of bytes from `address` on that become zero (4 bytes)
  go = 'G',     // the loader ends; the firmware starts
};

// Width of the core: what the host sends has been translated and bundled for one.
constexpr uint8_t hello(uint32_t width) { return static_cast<uint8_t>(kVersion << 4 | width); }
constexpr unsigned version_of(uint8_t hello) { return hello >> 4; }
constexpr unsigned width_of(uint8_t hello) { return hello & 15u; }

// Four bits at a time: a table small enough for the ROM.
inline constexpr uint32_t kCrcTable[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
                                           0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                           0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
constexpr uint32_t crc32(const uint8_t* data, uint32_t size) {
  uint32_t crc = ~0u;
  for (uint32_t i = 0; i < size; ++i) {
    crc ^= data[i];
    crc = crc >> 4 ^ kCrcTable[crc & 15];
    crc = crc >> 4 ^ kCrcTable[crc & 15];
  }
  return ~crc;
}
constexpr uint8_t kCheck[] = {'1', '2', '3', '4', '5', '6', '7', '8', '9'};
static_assert(crc32(kCheck, 9) == 0xcbf43926, "the CRC's published check value");

}  // namespace veil::boards::protocol
