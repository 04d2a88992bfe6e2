// The translations that are in the cache, as the firmware announces them on xlog ([log], [block_descriptor] of
// platform.toml).
#pragma once

#include <cstdint>
#include <map>

#include "sim/trace/shadow.h"

namespace veil::sim {

struct Translation {
  uint32_t descriptor = 0;  // offset in the concealed window
  uint32_t guest_eip = 0;
  uint32_t guest_physical = 0;
  uint32_t guest_bytes = 0;
  uint32_t instructions = 0;
  uint32_t native = 0;
  uint32_t words = 0;
  uint8_t tier = 0;
};

class Translations {
 public:
  // Call after `shadow` has applied the record.
  void apply(const GroupRecord& record, const Shadow& shadow);
  // The translation whose entry is `pc`, or nullptr.
  const Translation* at_entry(uint32_t pc) const;
  // The translation whose words hold `pc`, or nullptr.
  const Translation* holding(uint32_t pc) const;
  // The translation with this descriptor, or nullptr.
  const Translation* described_at(uint32_t descriptor) const;
  uint64_t made() const { return made_; }
  uint64_t dropped() const { return dropped_; }
  // Guest instructions in all that were made.
  uint64_t instructions() const { return instructions_; }
  // Those that gear 3 made.
  uint64_t optimized() const { return optimized_; }
  uint64_t optimized_instructions() const { return optimized_instructions_; }

 private:
  std::map<uint32_t, Translation> by_native_;
  uint64_t made_ = 0, dropped_ = 0, instructions_ = 0;
  uint64_t optimized_ = 0, optimized_instructions_ = 0;
};

}  // namespace veil::sim
