// COM1: a 16550A (PC16550D data sheet, sections 8.1 to 8.10), IRQ4.
//
// It transmits at once: the transmitter is always empty. A byte comes in when the guest looks for one (status,
// identification or data register) and none is there; with the interrupt for received data enabled also by itself, one
// per character time while there are any, and looked for every hundredth of a second else. It takes no byte that it has
// no room for, so nothing overruns. Errors and modem lines never change, loop mode apart.
#pragma once

#include <cstdint>

#include "firmware/devices/console.h"
#include "firmware/devices/device.h"
#include "firmware/devices/time.h"

namespace veil::fw {

class Uart final : public Device {
 public:
  void reset(Console& console);
  uint32_t read(const Place& at, uint64_t now) override {
    advance(now);
    return read(static_cast<uint16_t>(at.offset), now);
  }
  void write(const Place& at, uint32_t value, uint64_t now) override {
    advance(now);
    write(static_cast<uint16_t>(at.offset), static_cast<uint8_t>(value), now);
  }
  Line interrupt(uint64_t) override { return {.high = line()}; }

  uint8_t read(uint16_t offset, uint64_t now);
  void write(uint16_t offset, uint8_t value, uint64_t now);

  uint64_t next_event() const override;
  void advance(uint64_t now) override;
  bool line() const;  // IRQ4: OUT2 lets it through on a PC's board

 private:
  static constexpr unsigned kFifo = 16;

  bool loop() const { return (modem_control_ & 0x10) != 0; }
  bool fifos() const { return (fifo_control_ & 1) != 0; }
  unsigned capacity() const { return fifos() ? kFifo : 1; }
  uint64_t character_units() const;
  bool listens() const { return (interrupt_enable_ & 1) != 0 && !loop(); }
  bool take_from_console(uint64_t now);
  void receive(uint8_t byte, uint64_t now);
  uint8_t take_received();
  unsigned trigger() const;
  uint8_t identification() const;  // what IIR says, without its FIFO bits
  uint8_t modem_status() const;

  Console* console_ = nullptr;
  uint16_t divisor_ = 12;
  uint8_t interrupt_enable_ = 0;
  uint8_t fifo_control_ = 0;
  uint8_t line_control_ = 0;
  uint8_t modem_control_ = 0;
  uint8_t modem_changes_ = 0;  // MSR bits 3:0
  uint8_t scratch_ = 0;
  uint8_t received_[kFifo] = {};
  uint8_t first_ = 0, count_ = 0;  // of received_
  uint8_t last_ = 0;               // what an empty receiver reads as
  bool overrun_ = false;           // only loop mode can
  bool transmit_pending_ = false;  // "transmitter empty" has not been read from IIR yet
  bool timed_out_ = false;         // bytes below the trigger level have waited for four character times
  uint64_t look_at_ = 0;           // when to look for a byte
  uint64_t last_arrival_ = 0;
};

}  // namespace veil::fw
