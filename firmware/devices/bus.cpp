// Which device a port belongs to.
#include "firmware/devices/bus.h"

namespace veil::fw {
namespace {

constexpr uint16_t kDebugConsole = 0xe9;
constexpr uint16_t kDebugExit = 0xf4;  // four ports; status = (value << 1) | 1, as QEMU's isa-debug-exit
constexpr uint16_t kDebugExitPorts = 4;

}  // namespace

void Bus::reset(Console& console, const Settings&) {
  console_ = &console;
  uart_.reset(console);
  exit_status_.reset();
  reset_requested_ = false;
}

uint8_t Bus::read_byte(uint16_t port) {
  if (static_cast<uint16_t>(port - Uart::kBase) < Uart::kPorts) {
    return uart_.read(static_cast<uint16_t>(port - Uart::kBase));
  }
  if (port == kDebugConsole) return kDebugConsole;  // how programs find out that it is there
  return 0xff;
}

void Bus::write_byte(uint16_t port, uint8_t value) {
  if (static_cast<uint16_t>(port - Uart::kBase) < Uart::kPorts) {
    uart_.write(static_cast<uint16_t>(port - Uart::kBase), value);
  } else if (port == kDebugConsole) {
    console_->put(value);
  }
}

void Bus::advance(uint64_t) {}

uint32_t Bus::in(uint16_t port, unsigned bytes, uint64_t) {
  uint32_t value = 0;
  for (unsigned i = 0; i < bytes; ++i) {
    value |= static_cast<uint32_t>(read_byte(static_cast<uint16_t>(port + i))) << (8 * i);
  }
  return value;
}

void Bus::out(uint16_t port, unsigned bytes, uint32_t value, uint64_t) {
  if (static_cast<uint16_t>(port - kDebugExit) < kDebugExitPorts) {
    exit_status_ = (value << 1) | 1;
    return;
  }
  for (unsigned i = 0; i < bytes; ++i) {
    write_byte(static_cast<uint16_t>(port + i), static_cast<uint8_t>(value >> (8 * i)));
  }
}

}  // namespace veil::fw
