// COM1: a 16550A as programs that poll it see it (PC16550D data sheet, sections 8.1 to 8.10). It transmits at once, so
// the transmitter is always empty. No interrupts yet: IIR tells what would be pending.
#pragma once

#include <cstdint>

#include "firmware/devices/console.h"

namespace veil::fw {

class Uart {
 public:
  static constexpr uint16_t kBase = 0x3f8;
  static constexpr uint16_t kPorts = 8;

  void reset(Console& console);
  uint8_t read(uint16_t offset);
  void write(uint16_t offset, uint8_t value);

 private:
  void receive();
  uint8_t interrupt_identification();

  Console* console_ = nullptr;
  uint16_t divisor_ = 12;
  uint8_t interrupt_enable_ = 0;
  uint8_t fifo_control_ = 0;
  uint8_t line_control_ = 0;
  uint8_t modem_control_ = 0;
  uint8_t scratch_ = 0;
  uint8_t received_ = 0;
  bool has_received_ = false;
  bool transmit_pending_ = false;  // "transmitter empty" has not been read from IIR yet
};

}  // namespace veil::fw
