// How a host gives a board its memory: frames over the serial line, or the same frames one after the other on an SD
// card.
//
//   frame   kStart, type, length (2 bytes), address (4), payload (length), CRC-32 (4); numbers little-endian
//   answer  one byte, kGood or kBad (serial line only)
//
// The CRC (IEEE 802.3, as in zlib) covers type to payload. A frame may be sent again as often as one likes: each does
// the same however often it comes. So the host repeats what was not answered with kGood, whichever direction lost it.
// While it waits the board says kEscape 'b' and its version, twice a second.
#pragma once

#include <cstdint>

namespace veil::boards::protocol {

inline constexpr uint8_t kStart = 0x56;   // V
inline constexpr uint8_t kGood = 0x06;    // ASCII ACK
inline constexpr uint8_t kBad = 0x15;     // ASCII NAK
inline constexpr uint8_t kEscape = 0x10;  // the host port's, too (boards/common/host_port.sv)
inline constexpr uint8_t kVersion = '1';
inline constexpr uint32_t kMaxPayload = 1024;
inline constexpr uint32_t kHeaderBytes = 7;  // type, length, address
inline constexpr uint32_t kCrcBytes = 4;

enum class Type : uint8_t {
  write = 'W',  // the payload goes to `address`, a native physical one
  clear = 'C',  // payload: number of bytes from `address` on that become zero (4 bytes)
  go = 'G',     // the loader ends; the firmware starts
};

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
