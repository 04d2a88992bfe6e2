// What is on a PC's board besides the chips: ports that print, end the run, or reset the machine.
#pragma once

#include <cstdint>
#include <optional>

#include "firmware/devices/console.h"
#include "firmware/devices/device.h"

namespace veil::fw {

// How the guest asks for the end of the run: by port 0xf4, or by a reset of the machine (status 0: what QEMU does with
// one when it is told not to reboot).
class RunEnd {
 public:
  void exit(uint32_t status) { status_ = status; }
  void reset_machine() {
    reset_requested_ = true;
    if (!status_) status_ = 0;
  }
  std::optional<uint32_t> status() const { return status_; }
  bool reset_requested() const { return reset_requested_; }

 private:
  std::optional<uint32_t> status_;
  bool reset_requested_ = false;
};

// Port 0xe9 prints. It reads as its own number: so programs find out that it is there.
class DebugConsole final : public Device {
 public:
  void reset(Console& console) { console_ = &console; }
  uint32_t read(const Place&, uint64_t) override { return 0xe9; }
  void write(const Place&, uint32_t value, uint64_t) override { console_->put(static_cast<uint8_t>(value)); }

 private:
  Console* console_ = nullptr;
};

// QEMU's isa-debug-exit: status = (value << 1) | 1, in an access of any width.
class DebugExit final : public Device {
 public:
  void reset(RunEnd& end) { end_ = &end; }
  uint32_t read(const Place&, uint64_t) override { return ~0u; }
  void write(const Place&, uint32_t value, uint64_t) override { end_->exit((value << 1) | 1); }

 private:
  RunEnd* end_ = nullptr;
};

// Port 0xcf9: bit 2 resets.
class ResetPort final : public Device {
 public:
  void reset(RunEnd& end) { end_ = &end; }
  uint32_t read(const Place&, uint64_t) override { return ~0u; }
  void write(const Place&, uint32_t value, uint64_t) override {
    if ((value & 4) != 0) end_->reset_machine();
  }

 private:
  RunEnd* end_ = nullptr;
};

}  // namespace veil::fw
