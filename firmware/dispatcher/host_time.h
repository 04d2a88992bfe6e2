// The guest's time where the host's clock counts it: the host's time, but never more than the guest has had
// instructions for.
//
// While the guest executes, its clock advances by one unit for each instruction at most (the unit is an instruction,
// see devices/time.h). So between two ticks of its timer it always executes as many instructions as with --clock guest,
// however slow the host is. On a slow host the guest's clock falls back. A halted guest needs no instructions: its
// clock catches up to the host's at once, event by event, so that no tick is lost.
#pragma once

#include <algorithm>
#include <cstdint>

namespace veil::fw {

class HostTime {
 public:
  // The guest's time when the host's clock shows `host` and `committed` instructions have been executed.
  uint64_t now(uint64_t host, uint64_t committed) {
    const uint64_t allowed = now_ + (committed - committed_);
    committed_ = committed;
    now_ = std::max(now_, std::min(host, allowed));
    return now_;
  }

  // The guest is halted until `event`: its time goes on with the host's, no further than that.
  uint64_t halted(uint64_t host, uint64_t event) {
    now_ = std::max(now_, std::min(host, event));
    return now_;
  }

  // From a saved machine: the guest's time was `time`.
  void resume(uint64_t time, uint64_t committed) {
    now_ = time;
    committed_ = committed;
  }

 private:
  uint64_t now_ = 0;
  uint64_t committed_ = 0;  // when `now_` was computed
};

}  // namespace veil::fw
