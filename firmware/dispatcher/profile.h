// How often block starts have been interpreted. Direct-mapped by EIP; a conflict forgets the older one. Written with
// ordinary stores, so a count survives a rollback.
#pragma once

#include <cstdint>

namespace veil::fw {

class Profile {
 public:
  static constexpr uint32_t kEntries = 4096;

  // Starts empty: it lies in zeroed memory.
  void set_threshold(uint32_t threshold) { threshold_ = threshold; }

  // One more execution of a block start: is it worth leaving the interpreter for?
  bool hot(uint32_t eip) {
    Entry& entry = entries_[(eip ^ (eip >> 12)) % kEntries];
    if (entry.eip != eip) entry = Entry{eip, 0};
    if (entry.count >= threshold_) return entry.count != kGivenUp;
    return ++entry.count >= threshold_;
  }

  // Translating it has failed: not again while the entry stands.
  void give_up(uint32_t eip) { entries_[(eip ^ (eip >> 12)) % kEntries] = Entry{eip, kGivenUp}; }

 private:
  static constexpr uint32_t kGivenUp = ~0u;
  struct Entry {
    uint32_t eip = 0;
    uint32_t count = 0;
  };
  uint32_t threshold_ = 0;
  Entry entries_[kEntries];
};

}  // namespace veil::fw
