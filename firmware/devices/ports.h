// The guest's I/O ports: COM1, port 0xe9 (prints), port 0xf4 (ends the run). A port without a device reads all ones and
// ignores writes, as an ISA bus does.
#pragma once

#include <cstdint>
#include <optional>

#include "firmware/devices/console.h"
#include "firmware/devices/uart.h"

namespace veil::fw {

class Ports {
 public:
  void reset(Console& console);
  uint32_t read(uint16_t port, unsigned bytes);
  void write(uint16_t port, unsigned bytes, uint32_t value);

  // Exit status that a write to port 0xf4 has asked for. The run ends when the instruction has been committed.
  std::optional<uint32_t> exit_status() const { return exit_status_; }

 private:
  uint8_t read_byte(uint16_t port);
  void write_byte(uint16_t port, uint8_t value);

  Console* console_ = nullptr;
  Uart uart_;
  std::optional<uint32_t> exit_status_;
};

}  // namespace veil::fw
