// Which stores are final but perhaps not in DRAM yet: the last ones, in order, laid over what is read from DRAM.
//
// The core's queues hold 24 words at most, so laying the last 64 final words over DRAM gives the program's view: older
// ones are in DRAM, and re-applying drained ones in order changes nothing.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/trace/group_record.h"
#include "veil/isa/platform.h"

namespace veil::sim::rtl {

class FinalStores {
 public:
  // A group has retired: its store, and whether the working state was committed or undone.
  void retired(const MemAccess& mem, bool committed, bool undone, uint32_t dram_size) {
    if (undone) gated_.clear();
    if (mem.kind == MemKind::store) {
      const uint32_t first = mem.address2 != 0 ? 4096 - (mem.address & 4095) : mem.bytes;
      for (uint32_t i = 0; i < mem.bytes; i++) {
        const uint32_t address = i < first ? mem.address + i : mem.address2 + i - first;
        const Byte byte = {to_dram(address, dram_size), static_cast<uint8_t>(mem.data >> i * 8)};
        if (mem.gated) {
          gated_.push_back(byte);
        } else {
          add(byte);
        }
      }
    }
    if (committed) {
      for (const Byte& byte : gated_) add(byte);
      gated_.clear();
    }
  }

  void overlay(uint32_t address, std::span<uint8_t> bytes) const {
    for (unsigned i = 0; i < kBytes; i++) {
      const Byte& byte = last_[(next_ + i) % kBytes];
      if (byte.address - address < bytes.size()) bytes[byte.address - address] = byte.value;
    }
  }

 private:
  struct Byte {
    uint32_t address = ~0u;
    uint8_t value = 0;
  };
  static constexpr unsigned kBytes = 256;

  static uint32_t to_dram(uint32_t address, uint32_t dram_size) {
    const uint32_t inside = address - platform::concealed_window;
    return inside < platform::concealed_size ? dram_size - platform::concealed_size + inside : address;
  }
  void add(const Byte& byte) {
    last_[next_] = byte;
    next_ = (next_ + 1) % kBytes;
  }

  std::array<Byte, kBytes> last_{};
  unsigned next_ = 0;
  std::vector<Byte> gated_;
};

}  // namespace veil::sim::rtl
