// The PC around the processor, as its ports show it: the one door between firmware and devices.
//
// Everything is a pure function of what went in: the caller says what time it is (`now`, in units of guest time:
// committed guest instructions, or the host's clock in the same unit, isa/platform.toml [time]), and `now` never goes
// back. The rules:
//  - when `now` reaches next_event(), call advance(now) before the next instruction begins;
//  - after in, out and advance both next_event() and interrupt_pending() may be new;
//  - if interrupt_pending() and the guest takes interrupts, acknowledge() gives the vector (once: it changes the
//  8259s);
//  - in and out cannot be undone: they are called when nothing of the instruction can fail any more;
//  - once exit_status() is there the run is to end, as soon as the instruction that asked for it has been committed.
#pragma once

#include <cstdint>
#include <optional>

#include "firmware/devices/console.h"
#include "firmware/devices/keyboard.h"
#include "firmware/devices/pic.h"
#include "firmware/devices/pit.h"
#include "firmware/devices/rtc.h"
#include "firmware/devices/time.h"
#include "firmware/devices/uart.h"

namespace veil::fw {

class Bus {
 public:
  static constexpr uint64_t kNever = veil::fw::kNever;

  struct Settings {
    uint32_t guest_bytes = 0;  // memory that the guest has: the CMOS names it
    uint32_t rtc_start = 0;    // what the clock shows at time 0: seconds since 1970
  };

  void reset(Console& console, const Settings& settings);

  // `bytes`: 1, 2 or 4. A port without a device reads all ones and ignores writes, as on an ISA bus.
  uint32_t in(uint16_t port, unsigned bytes, uint64_t now);
  void out(uint16_t port, unsigned bytes, uint32_t value, uint64_t now);

  // When something will happen that no access causes (kNever: nothing will). An event whose interrupt is masked in the
  // 8259s is not among them: it is made up for at the next access that could tell.
  uint64_t next_event() const { return next_event_; }
  void advance(uint64_t now);

  // The processor's INTR, and its acknowledge cycle.
  bool interrupt_pending() const { return pics_.interrupt_pending(); }
  uint8_t acknowledge() { return pics_.acknowledge(); }

  // The guest has asked for the end: through port 0xf4, or by a reset of the machine (status 0).
  std::optional<uint32_t> exit_status() const { return exit_status_; }
  bool reset_requested() const { return reset_requested_; }

 private:
  uint8_t read_byte(uint16_t port, uint64_t now);
  void write_byte(uint16_t port, uint8_t value, uint64_t now);
  void plan();  // next_event_
  void request_reset();

  Console* console_ = nullptr;
  PicPair pics_;
  Pit pit_;
  Rtc rtc_;
  Keyboard keyboard_;
  Uart uart_;
  uint64_t next_event_ = kNever;
  std::optional<uint32_t> exit_status_;
  bool reset_requested_ = false;
};

}  // namespace veil::fw
