// Counts 32 one-bit events a cycle, cheaply: carry-save counters, one plane a binary digit, emptied now and then.
#pragma once

#include <array>
#include <cstdint>

#include "sim/rtl/rtl_core.h"

namespace veil::sim::rtl {

class EventCounts {
 public:
  void add(uint32_t events) {
    uint32_t carry = events;
    for (unsigned p = 0; carry != 0; p++) {
      const uint32_t next = planes_[p] & carry;
      planes_[p] ^= carry;
      carry = next;
    }
    pending_++;
  }
  bool full() const { return pending_ == kMost; }
  // Adds what has been counted to `to`.
  void flush(CounterArray& to) {
    if (pending_ == 0) return;
    to[static_cast<unsigned>(isa::Counter::cycles)] += pending_;
    pending_ = 0;
    for (unsigned p = 0; p < kPlanes; p++) {
      for (uint32_t left = planes_[p]; left != 0; left &= left - 1) {
        to[static_cast<unsigned>(__builtin_ctz(left))] += 1u << p;
      }
      planes_[p] = 0;
    }
  }

 private:
  static constexpr unsigned kPlanes = 10;
  static constexpr uint32_t kMost = (1u << kPlanes) - 1;
  std::array<uint32_t, kPlanes> planes_{};
  uint32_t pending_ = 0;
};

}  // namespace veil::sim::rtl
