// The 8254 timer (Intel data sheet 231164-005): three counters at 1.193182 MHz, all six modes, binary and BCD.
// Counter 0 drives IRQ0; counter 1 was the memory refresh; counter 2 the speaker, with its gate on port 0x61.
//
// Nothing counts here: a counter is the tick at which its count was loaded, and everything else is computed from the
// tick at which somebody asks. One simplification: a new count in modes 2 and 3 takes effect at the end of the whole
// period.
#pragma once

#include <cstdint>

#include "firmware/devices/device.h"
#include "firmware/devices/time.h"

namespace veil::fw {

class PitCounter {
 public:
  void reset(bool gate) {
    *this = PitCounter();
    gate_ = gate;
  }

  void control(uint8_t word, uint64_t tick);  // mode, access and BCD bits of a control word
  void write(uint8_t value, uint64_t tick);
  uint8_t read(uint64_t tick);
  void latch_count(uint64_t tick);
  void latch_status(uint64_t tick);
  void set_gate(bool high, uint64_t tick);

  bool gate() const { return gate_; }
  bool output(uint64_t tick);
  // The next tick after `tick` at which the output rises; kNever.
  uint64_t next_rise(uint64_t tick);

 private:
  void catch_up(uint64_t tick);
  void load(uint32_t count, uint64_t tick);
  uint64_t elapsed(uint64_t tick) const;  // ticks since the count was loaded
  uint32_t value(uint64_t tick);
  uint16_t shown(uint64_t tick);  // the same as the bus sees it
  bool periodic() const { return mode_ == 2 || mode_ == 3; }
  bool started_by_gate() const { return mode_ == 1 || mode_ == 5; }

  uint8_t mode_ = 0;
  uint8_t mode_written_ = 0;  // as the status shows it
  uint8_t access_ = 3;        // RW bits of the control word: 1 low byte, 2 high byte, 3 both
  bool bcd_ = false;
  bool gate_ = true;
  bool loaded_ = false;   // a count has been written since the control word
  bool running_ = false;  // it counts, or waits for nothing but time
  uint32_t count_ = 0x10000;
  uint32_t next_count_ = 0;  // for the next period; 0: the same again
  uint64_t start_ = 0;       // tick at which `count_` was loaded
  uint64_t held_ = 0;        // ticks that had passed when the gate stopped it

  uint8_t low_byte_ = 0;  // of a count that is written in two parts
  bool write_high_ = false;
  bool read_high_ = false;
  bool count_latched_ = false;
  bool status_latched_ = false;
  uint16_t latched_ = 0;
  uint8_t status_ = 0;
};

class Pit final : public Device {
 public:
  enum Region : uint8_t { kCounters, kSpeaker };

  void reset();
  uint32_t read(const Place& at, uint64_t now) override {
    return at.region == kSpeaker ? read_speaker(now) : read(static_cast<uint16_t>(at.offset), now);
  }
  void write(const Place& at, uint32_t value, uint64_t now) override {
    const auto byte = static_cast<uint8_t>(value);
    at.region == kSpeaker ? write_speaker(byte, now) : write(static_cast<uint16_t>(at.offset), byte, now);
  }
  Line interrupt(uint64_t now) override {
    const bool edge = take_edge(now);
    return {.high = line(now), .edge = edge};
  }

  uint8_t read(uint16_t offset, uint64_t now);
  void write(uint16_t offset, uint8_t value, uint64_t now);

  // Port 0x61: gate and output of counter 2, the speaker's bit, the refresh toggle.
  uint8_t read_speaker(uint64_t now);
  void write_speaker(uint8_t value, uint64_t now);

  // When IRQ0 rises next.
  uint64_t next_event() const override { return next_rise_ == kNever ? kNever : next_rise_ * kUnitsPerTick; }
  // Whether it has risen since the last call; and the line as it is.
  bool take_edge(uint64_t now);
  bool line(uint64_t now) { return counters_[0].output(now / kUnitsPerTick); }

 private:
  PitCounter counters_[3];
  uint64_t next_rise_ = kNever;  // of counter 0, in ticks
  bool edge_ = false;
  bool speaker_ = false;
};

}  // namespace veil::fw
