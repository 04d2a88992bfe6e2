// The jump table's larger sister in memory: guest EIP -> translation, for what the hardware's table has lost to a
// conflict. trap.S looks here before it calls the dispatcher: twenty operations instead of some three hundred.
//
// Invariants: an entry says what the hardware's table may say, under the same tag (xjttag), and nothing else: what
// drops an entry there drops it here. An empty entry has a tag that no address space has.
#pragma once

#include <cstdint>

namespace veil::fw {

class JumpCache {
 public:
  // trap.S computes with these. Not the hash of the hardware's table: what meets there must not meet here.
  static constexpr uint32_t kIndexBits = 10;
  static constexpr uint32_t kEntries = 1u << kIndexBits;
  static constexpr uint32_t kFactor = 0x9e3779b1;

  struct Entry {
    uint32_t eip = 0;
    uint32_t tag = 0;  // 0: empty
    uint32_t native = 0;
    uint32_t reserved = 0;
  };
  static_assert(sizeof(Entry) == 16, "trap.S computes with it");

  // As the hardware has it; never 0 here.
  static constexpr uint32_t tag_of(uint32_t hardware) { return hardware | 0x100; }

  void remember(uint32_t tag, uint32_t eip, uint32_t native) { entries[index(eip)] = {eip, tag, native, 0}; }
  // Whatever the tag is.
  void forget(uint32_t eip) {
    Entry& entry = entries[index(eip)];
    if (entry.eip == eip) entry = {};
  }
  void clear() {
    for (Entry& entry : entries) entry = {};
  }
  // What trap.S does; 0: not known.
  uint32_t find(uint32_t tag, uint32_t eip) const {
    const Entry& entry = entries[index(eip)];
    return entry.eip == eip && entry.tag == tag ? entry.native : 0;
  }

  Entry entries[kEntries];

 private:
  static uint32_t index(uint32_t eip) { return (eip * kFactor) >> (32 - kIndexBits); }
};

}  // namespace veil::fw
