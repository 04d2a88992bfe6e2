// Counts traps between two steps forward of the guest. Every trap has an answer that ends (what the hardware does not
// do is done by software, a delivery that fails escalates), so more of them than a guest can need are a mistake of the
// firmware: better a report than a machine that hangs.
#pragma once

#include <cstdint>

namespace veil::fw {

class Watchdog {
 public:
  // A fault, its delivery, a fault in that, and so on to the third; each perhaps once by hardware and once by software,
  // with code writes in between. A hundredth of this.
  static constexpr uint32_t kPatience = 1000;

  // A step forward is a committed instruction, an iteration of a repeated one (ECX), another place to go on, or a
  // delivered event: that has changed the guest's stack, so a guest that faults in its handlers comes to an end of its
  // own.
  struct Place {
    uint32_t instructions = 0;
    uint32_t ecx = 0;
    uint32_t eip = 0;
    uint32_t deliveries = 0;
    friend bool operator==(const Place&, const Place&) = default;
  };

  // A trap. True: the guest has not got on for too long.
  bool bites(const Place& now) {
    if (!(now == last_)) {
      last_ = now;
      traps_ = 0;
    }
    return ++traps_ > kPatience;
  }

 private:
  Place last_;
  uint32_t traps_ = 0;
};

}  // namespace veil::fw
