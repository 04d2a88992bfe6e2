// The clock and the CMOS memory of a PC: a Motorola MC146818A (data sheet of 1984) at ports 0x70 and 0x71, IRQ8.
//
// The time is seconds since 1970 and the moment at which the last of them began; the registers are computed from it.
// While the guest holds the clock (register B, SET) they are a copy that it may write. Its times are proper dates: a
// field out of its range carries over into the next.
#pragma once

#include <array>
#include <cstdint>

#include "firmware/devices/device.h"
#include "firmware/devices/time.h"

namespace veil::fw {

class Rtc final : public Device {
 public:
  void reset(uint32_t guest_bytes, uint32_t start_seconds);
  uint32_t read(const Place& at, uint64_t now) override { return read(static_cast<uint16_t>(at.offset), now); }
  void write(const Place& at, uint32_t value, uint64_t now) override {
    write(static_cast<uint16_t>(at.offset), static_cast<uint8_t>(value), now);
  }
  Line interrupt(uint64_t) override { return {.high = line()}; }

  uint8_t read(uint16_t offset, uint64_t now);
  void write(uint16_t offset, uint8_t value, uint64_t now);

  uint64_t next_event() const override;
  void advance(uint64_t now) override;
  bool line() const { return (flags_ & 0x80) != 0; }  // IRQ8

 private:
  // Seconds, minutes, hours, day of week, day, month, year, century: in the order of kTimeRegisters.
  using Fields = std::array<uint8_t, 8>;

  bool held() const { return (memory_[0x0b] & 0x80) != 0; }
  uint32_t period() const;  // of the periodic interrupt, in 32768ths of a second; 0: off
  Fields fields() const;    // binary, 24 hours
  void set_time(const Fields& fields);
  uint8_t encode(unsigned field, uint8_t value) const;  // as registers A and B want it
  uint8_t decode(unsigned field, uint8_t value) const;
  bool alarm_matches() const;
  void raise(uint8_t flags);
  uint8_t read_register(uint8_t index, uint64_t now);
  void write_register(uint8_t index, uint8_t value, uint64_t now);
  uint64_t periods_passed(uint64_t now) const;  // in this second

  uint8_t index_ = 0;
  uint8_t flags_ = 0;          // register C
  uint32_t seconds_ = 0;       // since 1970
  uint64_t second_began_ = 0;  // at this time
  uint64_t periods_ = 0;       // of the periodic interrupt that have passed in this second
  Fields copy_{};              // while the guest holds the clock
  std::array<uint8_t, 128> memory_{};
};

}  // namespace veil::fw
