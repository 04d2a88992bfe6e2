// A serial device of the host as a transport: raw, 8 data bits, no parity, one stop bit, no flow control.
#pragma once

#include <string>

#include "sim/board/link.h"

namespace veil::board {

class SerialPort : public Transport {
 public:
  // Throws loader::Error: one sentence that names the device.
  SerialPort(const std::string& path, unsigned baud);
  ~SerialPort() override;
  SerialPort(const SerialPort&) = delete;
  SerialPort& operator=(const SerialPort&) = delete;

  bool write(std::span<const uint8_t> bytes) override;
  std::optional<uint8_t> read(unsigned milliseconds) override;
  bool gone() const override { return gone_; }
  int descriptor() const { return fd_; }
  bool pending() const { return next_ != read_.size(); }  // a byte is here already

 private:
  int fd_ = -1;
  bool gone_ = false;
  std::vector<uint8_t> read_;  // taken from the device, not from us
  size_t next_ = 0;
};

}  // namespace veil::board
