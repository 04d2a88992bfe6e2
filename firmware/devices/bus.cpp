// Which device a port belongs to, and which line each device pulls.
#include "firmware/devices/bus.h"

#include <algorithm>
#include <array>

namespace veil::fw {
namespace {

enum class Device : uint8_t {
  none,
  first_pic,
  second_pic,
  edge_level,
  pit,
  keyboard,
  speaker,  // port 0x61
  rtc,
  system,  // port 0x92
  uart,
  debug_console,
  reset,
};

struct Range {
  uint16_t first;
  uint16_t ports;
  Device device;
};
constexpr Range kRanges[] = {
    {0x020, Pic::kPorts, Device::first_pic},
    {0x040, Pit::kPorts, Device::pit},
    {Keyboard::kData, 1, Device::keyboard},
    {0x061, 1, Device::speaker},
    {Keyboard::kCommand, 1, Device::keyboard},
    {0x070, Rtc::kPorts, Device::rtc},
    {0x092, 1, Device::system},
    {0x0a0, Pic::kPorts, Device::second_pic},
    {0x0e9, 1, Device::debug_console},
    {0x3f8, Uart::kPorts, Device::uart},
    {0x4d0, 2, Device::edge_level},
    {0xcf9, 1, Device::reset},
};
// Not in the table: 0x80, where programs write how far they have come, which is not shown; and this one, which is as
// wide as the access. Status = (value << 1) | 1, as QEMU's isa-debug-exit.
constexpr uint16_t kDebugExit = 0xf4;
constexpr uint16_t kDebugExitPorts = 4;

constexpr uint16_t kLastPort = 0xcf9;
struct Entry {
  Device device = Device::none;
  uint8_t offset = 0;
};
constexpr auto kTable = [] {
  std::array<Entry, kLastPort + 1> table{};
  for (const Range& range : kRanges) {
    for (uint16_t n = 0; n < range.ports; ++n) table[range.first + n] = {range.device, static_cast<uint8_t>(n)};
  }
  return table;
}();
constexpr Entry entry_of(uint16_t port) { return port <= kLastPort ? kTable[port] : Entry{}; }

constexpr unsigned kTimerLine = 0, kKeyboardLine = 1, kSerialLine = 4, kClockLine = 8;

}  // namespace

void Bus::reset(Console& console, const Settings& settings) {
  console_ = &console;
  pics_.reset();
  pit_.reset();
  rtc_.reset(settings.guest_bytes, settings.rtc_start);
  keyboard_.reset();
  uart_.reset(console);
  exit_status_.reset();
  reset_requested_ = false;
  plan();
}

// ---------------------------------------------------------------- time
void Bus::plan() {
  uint64_t next = kNever;
  if (pics_.heard(kTimerLine)) next = pit_.next_event();
  if (pics_.heard(kClockLine)) next = std::min(next, rtc_.next_event());
  if (pics_.heard(kSerialLine)) next = std::min(next, uart_.next_event());
  next_event_ = next;
}

void Bus::advance(uint64_t now) {
  if (pit_.take_edge(now)) {
    pics_.set_line(kTimerLine, false);
    pics_.set_line(kTimerLine, true);
  }
  pics_.set_line(kTimerLine, pit_.line(now));
  rtc_.advance(now);
  pics_.set_line(kClockLine, rtc_.line());
  uart_.advance(now);
  pics_.set_line(kSerialLine, uart_.line());
  plan();
}

// ---------------------------------------------------------------- ports
uint8_t Bus::read_byte(uint16_t port, uint64_t now) {
  const Entry entry = entry_of(port);
  uint8_t value = 0xff;
  switch (entry.device) {
    case Device::none:
    case Device::reset:
      return 0xff;
    case Device::debug_console:
      return 0xe9;  // how programs find out that it is there
    case Device::speaker:
      return pit_.read_speaker(now);
    case Device::system:
      return keyboard_.read_system_port();
    case Device::edge_level:
      return (entry.offset == 0 ? pics_.first() : pics_.second()).edge_level();
    case Device::first_pic:
    case Device::second_pic:
      advance(now);  // what has been masked until now
      value = (entry.device == Device::first_pic ? pics_.first() : pics_.second()).read(entry.offset);
      pics_.settle();
      break;
    case Device::pit:
      return pit_.read(entry.offset, now);
    case Device::keyboard:
      if (port == Keyboard::kCommand) return keyboard_.read_status();
      value = keyboard_.read_data();
      pics_.set_line(kKeyboardLine, false);  // each byte has its own edge
      pics_.set_line(kKeyboardLine, keyboard_.line());
      break;
    case Device::rtc:
      value = rtc_.read(entry.offset, now);
      pics_.set_line(kClockLine, rtc_.line());
      break;
    case Device::uart:
      uart_.advance(now);
      value = uart_.read(entry.offset, now);
      pics_.set_line(kSerialLine, uart_.line());
      break;
  }
  plan();
  return value;
}

void Bus::write_byte(uint16_t port, uint8_t value, uint64_t now) {
  const Entry entry = entry_of(port);
  switch (entry.device) {
    case Device::none:
      return;
    case Device::debug_console:
      console_->put(value);
      return;
    case Device::reset:
      if ((value & 4) != 0) request_reset();
      return;
    case Device::speaker:
      pit_.write_speaker(value, now);
      return;
    case Device::system:
      keyboard_.write_system_port(value);
      if (keyboard_.reset_requested()) request_reset();
      return;
    case Device::edge_level:
      advance(now);
      (entry.offset == 0 ? pics_.first() : pics_.second()).set_edge_level(value);
      break;
    case Device::first_pic:
    case Device::second_pic:
      advance(now);
      (entry.device == Device::first_pic ? pics_.first() : pics_.second()).write(entry.offset, value);
      pics_.settle();
      break;
    case Device::pit:
      pit_.write(entry.offset, value, now);
      advance(now);
      return;
    case Device::keyboard:
      if (port == Keyboard::kData) {
        keyboard_.write_data(value);
      } else {
        keyboard_.write_command(value);
      }
      if (keyboard_.reset_requested()) request_reset();
      pics_.set_line(kKeyboardLine, keyboard_.line());
      break;
    case Device::rtc:
      rtc_.write(entry.offset, value, now);
      pics_.set_line(kClockLine, rtc_.line());
      break;
    case Device::uart: {
      uart_.advance(now);
      uart_.write(entry.offset, value, now);
      pics_.set_line(kSerialLine, uart_.line());
      break;
    }
  }
  plan();
}

// What QEMU does with a reset when it is told not to reboot: the run ends well.
void Bus::request_reset() {
  reset_requested_ = true;
  if (!exit_status_) exit_status_ = 0;
}

uint32_t Bus::in(uint16_t port, unsigned bytes, uint64_t now) {
  uint32_t value = 0;
  for (unsigned i = 0; i < bytes; ++i) {
    value |= static_cast<uint32_t>(read_byte(static_cast<uint16_t>(port + i), now)) << (8 * i);
  }
  return value;
}

void Bus::out(uint16_t port, unsigned bytes, uint32_t value, uint64_t now) {
  if (static_cast<uint16_t>(port - kDebugExit) < kDebugExitPorts) {
    exit_status_ = (value << 1) | 1;
    return;
  }
  for (unsigned i = 0; i < bytes; ++i) {
    write_byte(static_cast<uint16_t>(port + i), static_cast<uint8_t>(value >> (8 * i)), now);
  }
}

}  // namespace veil::fw
