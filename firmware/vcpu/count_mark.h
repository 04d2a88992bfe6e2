// A mark at a count of instructions. Counts have 32 bits and wrap, so no count can stand for "none".
#pragma once

#include <cstdint>

namespace veil::fw {

// What is so when exactly this many instructions have been committed. A count that has passed must be forgotten before
// it comes again: a look does that, and serve_events() looks every 2^30 instructions at least.
class CountMark {
 public:
  void set(uint32_t count) {
    count_ = count;
    set_ = true;
  }
  void clear() { set_ = false; }
  uint32_t count() const { return count_; }  // as it was set
  bool is(uint32_t now) {
    if (count_ != now) set_ = false;
    return set_;
  }

 private:
  uint32_t count_ = 0;
  bool set_ = false;
};

}  // namespace veil::fw
