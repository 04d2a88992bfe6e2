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

  // What to do about a block start.
  enum class Start : uint8_t {
    cold,      // interpret
    hot,       // worth leaving the interpreter for
    given_up,  // its first instruction is the interpreter's alone: the next one is a block start too
  };

  // One more execution of a block start.
  Start count(uint32_t eip) {
    Entry& entry = entries_[index(eip)];
    if (entry.eip != eip) entry = Entry{eip, 0};
    if (entry.count >= threshold_) return entry.count == kGivenUp ? Start::given_up : Start::hot;
    return ++entry.count >= threshold_ ? Start::hot : Start::cold;
  }

  // From the beginning again.
  void forget(uint32_t eip) { entries_[index(eip)] = Entry{eip, 0}; }

  // Translating it has failed: not again while the entry stands.
  void give_up(uint32_t eip) { entries_[index(eip)] = Entry{eip, kGivenUp}; }

 private:
  static constexpr uint32_t kGivenUp = ~0u;
  static uint32_t index(uint32_t eip) { return (eip ^ (eip >> 12)) % kEntries; }
  struct Entry {
    uint32_t eip = 0;
    uint32_t count = 0;
  };
  uint32_t threshold_ = 0;
  Entry entries_[kEntries];
};

}  // namespace veil::fw
