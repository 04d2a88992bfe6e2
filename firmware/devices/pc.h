// The PC around the processor: its devices, and the one table of how they are wired (pc.cpp). The one door between the
// firmware and the devices; bus.h has the rules of its use.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "firmware/devices/board.h"
#include "firmware/devices/bus.h"
#include "firmware/devices/keyboard.h"
#include "firmware/devices/pic.h"
#include "firmware/devices/pit.h"
#include "firmware/devices/rtc.h"
#include "firmware/devices/uart.h"

namespace veil::fw {

class Pc : public Bus {
 public:
  struct Settings {
    uint32_t guest_bytes = 0;  // memory that the guest has: the CMOS names it
    uint32_t rtc_start = 0;    // what the clock shows at time 0: seconds since 1970
  };

  void reset(Console& console, const Settings& settings);

  // The guest has asked for the end. The run ends as soon as the instruction that asked for it has been committed.
  std::optional<uint32_t> exit_status() const { return end_.status(); }
  bool reset_requested() const { return end_.reset_requested(); }

 private:
  static constexpr size_t kDevices = 8;

  RunEnd end_;
  PicPair pics_;
  Pit pit_;
  Keyboard keyboard_;
  Rtc rtc_;
  Uart uart_;
  DebugConsole debug_console_;
  DebugExit debug_exit_;
  ResetPort reset_port_;
  std::array<Device*, kDevices> devices_{};
};

}  // namespace veil::fw
