#include "firmware/devices/pit.h"

namespace veil::fw {
namespace {

constexpr uint32_t kRefreshTicks = 18;  // the refresh request toggles every 15 microseconds

uint32_t from_bcd(uint32_t digits) {
  return (digits >> 12) * 1000 + (digits >> 8 & 15) * 100 + (digits >> 4 & 15) * 10 + (digits & 15);
}
uint32_t to_bcd(uint32_t number) {
  return number / 1000 % 10 << 12 | number / 100 % 10 << 8 | number / 10 % 10 << 4 | number % 10;
}

}  // namespace

// The output goes to its first level and nothing counts until a count has been written.
void PitCounter::control(uint8_t word, uint64_t) {
  access_ = word >> 4 & 3;
  mode_written_ = word >> 1 & 7;
  mode_ = mode_written_ > 5 ? mode_written_ & 3 : mode_written_;  // 6 and 7 are 2 and 3
  bcd_ = (word & 1) != 0;
  loaded_ = running_ = false;
  write_high_ = read_high_ = count_latched_ = status_latched_ = false;
  next_count_ = 0;
}

// The count reaches the counter with the next clock.
void PitCounter::load(uint32_t count, uint64_t tick) {
  count_ = count;
  next_count_ = 0;
  start_ = tick + 1;
  held_ = 0;
}

void PitCounter::write(uint8_t value, uint64_t tick) {
  uint32_t count = value;
  if (access_ == 2) count = static_cast<uint32_t>(value) << 8;
  if (access_ == 3) {
    write_high_ = !write_high_;
    if (write_high_) {
      low_byte_ = value;
      if (mode_ == 0) loaded_ = running_ = false;  // the first byte stops the counting
      return;
    }
    count = static_cast<uint32_t>(value) << 8 | low_byte_;
  }
  if (bcd_) count = from_bcd(count);
  if (count == 0) count = bcd_ ? 10000 : 0x10000;
  if (periodic() && count < 2) count = 2;  // 1 is not allowed there

  catch_up(tick);
  if (loaded_ && running_ && (periodic() || started_by_gate())) {
    if (periodic()) start_ += elapsed(tick) / count_ * count_;  // the period that it waits for the end of
    next_count_ = count;                                        // or for the next trigger
  } else {
    load(count, tick);
    running_ = gate_ && !started_by_gate();
  }
  loaded_ = true;
}

void PitCounter::set_gate(bool high, uint64_t tick) {
  if (high == gate_) return;
  catch_up(tick);
  if (!high) {
    if (running_ && (mode_ == 0 || mode_ == 4)) held_ = elapsed(tick);
    gate_ = false;
    if (!started_by_gate()) running_ = false;
    return;
  }
  gate_ = true;
  if (!loaded_) return;
  if (mode_ == 0 || mode_ == 4) {
    start_ = tick > held_ ? tick - held_ : 0;
  } else {  // a trigger: from the beginning
    load(next_count_ != 0 ? next_count_ : count_, tick);
  }
  running_ = true;
}

uint64_t PitCounter::elapsed(uint64_t tick) const {
  if (!running_) return held_;
  return tick > start_ ? tick - start_ : 0;
}

// A count for the next period takes its place when that has begun.
void PitCounter::catch_up(uint64_t tick) {
  if (next_count_ == 0 || !running_ || !periodic() || tick < start_ + count_) return;
  start_ += elapsed(tick) / count_ * count_;
  count_ = next_count_;
  next_count_ = 0;
}

uint32_t PitCounter::value(uint64_t tick) {
  catch_up(tick);
  const uint64_t passed = elapsed(tick);
  if (mode_ == 2) return count_ - static_cast<uint32_t>(passed % count_);
  if (mode_ == 3) {  // by twos, once for each half; an odd count begins one lower, and its first half is one longer
    const auto in_period = static_cast<uint32_t>(passed % count_);
    const uint32_t high = (count_ + 1) / 2;
    const uint32_t in_half = in_period < high ? in_period : in_period - high;
    return (count_ & ~1u) - 2 * in_half;
  }
  const uint32_t modulus = bcd_ ? 10000 : 0x10000;
  return (count_ + modulus - static_cast<uint32_t>(passed % modulus)) % modulus;
}

uint16_t PitCounter::shown(uint64_t tick) {
  const uint32_t number = value(tick);
  return static_cast<uint16_t>(bcd_ ? to_bcd(number) : number);
}

bool PitCounter::output(uint64_t tick) {
  catch_up(tick);
  if (!loaded_) return mode_ != 0;
  const uint64_t passed = elapsed(tick);
  switch (mode_) {
    case 0:
      return passed >= count_;
    case 1:
      return !running_ || tick < start_ || passed >= count_;
    case 2:
      return !running_ || passed % count_ != count_ - 1;
    case 3:
      return !running_ || passed % count_ < (count_ + 1) / 2;
    default:
      return !running_ || passed != count_;
  }
}

uint64_t PitCounter::next_rise(uint64_t tick) {
  catch_up(tick);
  if (!loaded_ || !running_) return kNever;
  const uint64_t passed = elapsed(tick);
  if (periodic()) {
    return start_ + (passed / count_ + 1) * count_;
  }
  const uint64_t rise = start_ + count_ + (mode_ >= 4 ? 1 : 0);
  return rise > tick ? rise : kNever;
}

void PitCounter::latch_count(uint64_t tick) {
  if (count_latched_) return;  // the first latch command counts, until it has been read
  latched_ = shown(tick);
  count_latched_ = true;
}

void PitCounter::latch_status(uint64_t tick) {
  if (status_latched_) return;
  const bool null_count = !loaded_ || next_count_ != 0 || tick < start_;
  status_ = static_cast<uint8_t>((output(tick) ? 0x80 : 0) | (null_count ? 0x40 : 0) | access_ << 4 |
                                 mode_written_ << 1 | (bcd_ ? 1 : 0));
  status_latched_ = true;
}

uint8_t PitCounter::read(uint64_t tick) {
  if (status_latched_) {
    status_latched_ = false;
    return status_;
  }
  const uint16_t now = count_latched_ ? latched_ : shown(tick);
  if (access_ == 1 || access_ == 2) {
    count_latched_ = false;
    return static_cast<uint8_t>(access_ == 1 ? now : now >> 8);
  }
  const bool high = read_high_;
  read_high_ = !read_high_;
  if (high) count_latched_ = false;
  return static_cast<uint8_t>(high ? now >> 8 : now);
}

// ---------------------------------------------------------------- the chip
// As PC firmware leaves it: 18.2 interrupts a second.
void Pit::reset() {
  *this = Pit();
  for (unsigned n = 0; n < 3; ++n) counters_[n].reset(n != 2);
  write(3, 0x34, 0);
  write(0, 0, 0);
  write(0, 0, 0);
  write(3, 0x54, 0);
  write(1, kRefreshTicks, 0);
  edge_ = false;
}

void Pit::write(uint16_t offset, uint8_t value, uint64_t now) {
  const uint64_t tick = now / kUnitsPerTick;
  edge_ = take_edge(now);
  const bool before = counters_[0].output(tick);
  if (offset != 3) {
    counters_[offset].write(value, tick);
  } else if (value >> 6 == 3) {  // read-back: counters in bits 3:1
    for (unsigned n = 0; n < 3; ++n) {
      if ((value >> (n + 1) & 1) == 0) continue;
      if ((value & 0x20) == 0) counters_[n].latch_count(tick);
      if ((value & 0x10) == 0) counters_[n].latch_status(tick);
    }
  } else if ((value & 0x30) == 0) {
    counters_[value >> 6].latch_count(tick);
  } else {
    counters_[value >> 6].control(value, tick);
  }
  if (!before && counters_[0].output(tick)) edge_ = true;
  next_rise_ = counters_[0].next_rise(tick);
}

uint8_t Pit::read(uint16_t offset, uint64_t now) {
  return offset == 3 ? 0 : counters_[offset].read(now / kUnitsPerTick);
}

bool Pit::take_edge(uint64_t now) {
  const uint64_t tick = now / kUnitsPerTick;
  bool edge = edge_;
  edge_ = false;
  if (tick >= next_rise_) {
    edge = true;
    next_rise_ = counters_[0].next_rise(tick);
  }
  return edge;
}

uint8_t Pit::read_speaker(uint64_t now) {
  const uint64_t tick = now / kUnitsPerTick;
  const bool refresh = (tick / kRefreshTicks & 1) != 0;
  return static_cast<uint8_t>((counters_[2].gate() ? 0x01 : 0) | (speaker_ ? 0x02 : 0) | (refresh ? 0x10 : 0) |
                              (counters_[2].output(tick) ? 0x20 : 0));
}

void Pit::write_speaker(uint8_t value, uint64_t now) {
  speaker_ = (value & 2) != 0;
  counters_[2].set_gate((value & 1) != 0, now / kUnitsPerTick);
}

}  // namespace veil::fw
