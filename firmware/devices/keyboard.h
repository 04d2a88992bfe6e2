// The keyboard controller (Intel 8042 as the IBM PS/2 uses it, Hardware Interface Technical Reference of 1990) at ports
// 0x60 and 0x64, with a keyboard that types nothing, and the system control port 0x92. IRQ1.
//
// There is no mouse: what is sent to one is lost. The A20 gate can be written and read back; addresses do not wrap,
// whatever it says. A reset of the machine ends the run.
#pragma once

#include <cstdint>

#include "firmware/devices/board.h"
#include "firmware/devices/device.h"

namespace veil::fw {

class Keyboard final : public Device {
 public:
  enum Region : uint8_t { kDataPort, kCommandPort, kSystemPort };

  void reset();
  // `end` is told of resets.
  void reset(RunEnd& end) {
    reset();
    end_ = &end;
  }
  uint32_t read(const Place& at, uint64_t now) override;
  void write(const Place& at, uint32_t value, uint64_t now) override;
  // Each byte has its own edge.
  Line interrupt(uint64_t) override {
    const bool edge = byte_taken_ && line();
    byte_taken_ = false;
    return {.high = line(), .edge = edge};
  }

  uint8_t read_data();
  uint8_t read_status() const;
  void write_data(uint8_t value);
  void write_command(uint8_t value);
  uint8_t read_system_port() const { return output_port_ & kA20; }  // 0x92: bit 1 as in the output port
  void write_system_port(uint8_t value);

  bool line() const;  // IRQ1
  bool reset_requested() const { return reset_requested_; }

 private:
  static constexpr uint8_t kA20 = 0x02;       // output port
  static constexpr uint8_t kNotReset = 0x01;  // output port: low resets the machine
  static constexpr unsigned kQueue = 8;       // longest answer and a little

  void set_output_port(uint8_t value);
  void answer(uint8_t value);         // of the controller
  void keyboard_says(uint8_t value);  // of the keyboard, after what waits already
  void keyboard_command(uint8_t value);

  RunEnd* end_ = nullptr;
  bool byte_taken_ = false;
  uint8_t command_byte_ = 0;
  uint8_t output_port_ = 0;
  bool last_was_command_ = false;  // status: A2
  bool reset_requested_ = false;
  uint8_t awaited_ = 0;          // controller command whose data byte comes next at port 0x60
  uint8_t keyboard_awaits_ = 0;  // the same of the keyboard
  uint8_t scan_set_ = 2;
  bool answer_there_ = false;
  uint8_t answer_ = 0;
  uint8_t queue_[kQueue] = {};
  uint8_t queued_ = 0;
  uint8_t last_ = 0;  // what an empty buffer reads as
};

}  // namespace veil::fw
