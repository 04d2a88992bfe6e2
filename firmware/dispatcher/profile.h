// How often block starts have been executed, and which of them cannot be translated. Written with ordinary stores, so
// neither is lost in a rollback.
//
// Counters are shared by addresses that hash alike and never go down. So a count is at least the true one: a block
// start is hot after `threshold` executions at the latest, whatever else runs in between. The error is on the other
// side: a start may be called hot too early, which costs one translation. A table of tags with replacement has it the
// other way round: two starts that take turns in an entry are never hot.
#pragma once

#include <algorithm>
#include <cstdint>

namespace veil::fw {

class Profile {
 public:
  static constexpr uint32_t kCounters = 16384;
  static constexpr uint32_t kMostThreshold = 0xffff;  // more counts as this
  static constexpr uint32_t kRefusals = 256;
  static constexpr uint32_t kWays = 4;
  static constexpr uint32_t kFirstRest = 16;
  static constexpr uint32_t kLongestRest = 4096;

  // Starts empty: it lies in zeroed memory.
  void set_threshold(uint32_t threshold) {
    threshold_ = static_cast<uint16_t>(std::clamp<uint32_t>(threshold, 1, kMostThreshold));
  }

  // What to do about a block start.
  enum class Start : uint8_t {
    cold,      // interpret
    hot,       // worth leaving the interpreter for
    given_up,  // its first instruction must be interpreted; so what follows that is as hot
  };

  // One more execution of a block start.
  Start count(uint32_t eip) {
    uint16_t& counter = counters_[index(eip)];
    if (counter < threshold_ && ++counter < threshold_) return Start::cold;
    return refused(eip) ? Start::given_up : Start::hot;
  }

  // It is hot whatever its count: it continues what is hot.
  Start reach(uint32_t eip) {
    counters_[index(eip)] = threshold_;
    return refused(eip) ? Start::given_up : Start::hot;
  }

  // Translating it has failed. Other code may be there some time, so it is tried again after kFirstRest executions,
  // then after twice as many, and so on.
  void give_up(uint32_t eip) { refuse(eip, 2, kLongestRest); }

  // It may be translated soon, but not now.
  void put_off(uint32_t eip) { refuse(eip, 1, kFirstRest); }

 private:
  struct Refusal {
    uint32_t eip = 0;
    uint32_t rest = 0;  // executions from one attempt to the next; 0: no entry
    uint32_t left = 0;
  };

  void refuse(uint32_t eip, uint32_t growth, uint32_t longest) {
    Refusal* const set = refusals_[hash(eip) % (kRefusals / kWays)];
    Refusal* entry = std::find_if(set, set + kWays, [&](const Refusal& each) { return each.eip == eip; });
    if (entry == set + kWays) *--entry = {};  // the set is in the order of refusals: drives out the oldest
    const uint32_t rest = std::clamp(growth * entry->rest, kFirstRest, longest);
    std::move_backward(set, entry, entry + 1);
    set[0] = {eip, rest, rest};
  }

  bool refused(uint32_t eip) {
    for (Refusal& each : refusals_[hash(eip) % (kRefusals / kWays)]) {
      if (each.eip != eip || each.rest == 0) continue;
      if (each.left == 0) return false;
      --each.left;
      return true;
    }
    return false;
  }

  static uint32_t hash(uint32_t eip) { return (eip * 0x9e3779b1u) >> 16; }  // Knuth, volume 3, 6.4
  static uint32_t index(uint32_t eip) { return hash(eip) % kCounters; }

  uint16_t threshold_ = 1;
  uint16_t counters_[kCounters] = {};
  Refusal refusals_[kRefusals / kWays][kWays];
};

}  // namespace veil::fw
