// Which granules of guest code are written to again and again, so that they are not translated again and again.
//
// A store into a granule with translations costs a trap, the translations, and making them anew. That is right for a
// program that is loaded or compiled once, and far too dear for data beside code or for code that patches itself. So a
// granule is left to the interpreter for a while once its translations have been dropped soon after they were made,
// twice as long each time: the traps of a granule that is written for ever grow with the logarithm of the time.
// Translations that lived long enough to pay for themselves clear the record.
//
// Time is committed guest instructions, low word. Direct-mapped by granule; a conflict forgets the older one.
#pragma once

#include <cstdint>

#include "firmware/allocator/code_map.h"

namespace veil::fw {

class WriteHistory {
 public:
  static constexpr uint32_t kEntries = 256;
  static constexpr uint32_t kWorthwhile = 256;  // a life that has paid for the translation
  static constexpr uint32_t kTolerated = 4;     // short lives before the first avoidance
  static constexpr uint32_t kFirstRest = 2048;  // its length
  static constexpr uint32_t kLongest = 12;      // doublings

  // Starts empty: it lies in zeroed memory.

  // A store has dropped translations of the granule; the youngest was made at `made_at`.
  void written(uint32_t physical, uint32_t made_at, uint32_t now) {
    Entry& entry = entries_[index(physical)];
    if (entry.granule != granule(physical)) entry = Entry{granule(physical), 0, now};
    if (now - made_at >= kWorthwhile) {
      entry.short_lives = 0;
      return;
    }
    if (entry.short_lives < kTolerated + kLongest) ++entry.short_lives;
    if (entry.short_lives >= kTolerated) some_rest_ = true;
    entry.rests_from = now;
  }

  // How many bytes from `physical` on may be translated now, of `bytes`; 0: the first granule rests.
  uint32_t quiet_bytes(uint32_t physical, uint32_t bytes, uint32_t now) {
    if (!some_rest_) return bytes;
    const uint32_t end = physical + bytes;
    for (uint32_t at = physical; at < end; at = (at | kGranuleMask) + 1) {
      if (rests(at, now)) return at - physical;
    }
    return bytes;
  }

 private:
  static constexpr uint32_t kGranuleMask = (1u << kGranuleShift) - 1;
  struct Entry {
    uint32_t granule = 0;  // number + 1; 0: none
    uint32_t short_lives = 0;
    uint32_t rests_from = 0;
  };
  static uint32_t granule(uint32_t physical) { return (physical >> kGranuleShift) + 1; }
  static uint32_t index(uint32_t physical) { return (physical >> kGranuleShift) % kEntries; }

  // When a rest is over the count stays: the next short life brings one twice as long.
  bool rests(uint32_t physical, uint32_t now) const {
    const Entry& entry = entries_[index(physical)];
    return entry.granule == granule(physical) && entry.short_lives >= kTolerated &&
           now - entry.rests_from < kFirstRest << (entry.short_lives - kTolerated);
  }

  bool some_rest_ = false;  // has ever
  Entry entries_[kEntries];
};

}  // namespace veil::fw
