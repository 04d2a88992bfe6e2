// The registers of a 16550A. Names in brackets are the data sheet's.
#include "firmware/devices/uart.h"

namespace veil::fw {
namespace {

constexpr uint8_t kDivisorLatch = 0x80;  // LCR: DLAB
constexpr uint8_t kLoop = 0x10;          // MCR
constexpr uint8_t kDataReady = 0x01;     // LSR
constexpr uint8_t kEmpty = 0x60;         // LSR: THRE, TEMT
constexpr uint8_t kLinesUp = 0xb0;       // MSR: DCD, DSR, CTS

}  // namespace

void Uart::reset(Console& console) {
  *this = Uart();
  console_ = &console;
}

void Uart::receive() {
  if (has_received_ || (modem_control_ & kLoop) != 0) return;
  if (const auto byte = console_->take()) {
    received_ = *byte;
    has_received_ = true;
  }
}

uint8_t Uart::interrupt_identification() {
  const uint8_t fifos = (fifo_control_ & 1) != 0 ? 0xc0 : 0;
  receive();
  if ((interrupt_enable_ & 1) != 0 && has_received_) return fifos | 0x04;
  if ((interrupt_enable_ & 2) != 0 && transmit_pending_) {
    transmit_pending_ = false;
    return fifos | 0x02;
  }
  return fifos | 0x01;
}

uint8_t Uart::read(uint16_t offset) {
  switch (offset) {
    case 0:  // RBR, DLL
      if ((line_control_ & kDivisorLatch) != 0) return static_cast<uint8_t>(divisor_);
      receive();
      has_received_ = false;
      return received_;
    case 1:  // IER, DLM
      return (line_control_ & kDivisorLatch) != 0 ? static_cast<uint8_t>(divisor_ >> 8) : interrupt_enable_;
    case 2:
      return interrupt_identification();
    case 3:
      return line_control_;
    case 4:
      return modem_control_;
    case 5:  // LSR
      receive();
      return has_received_ ? kEmpty | kDataReady : kEmpty;
    case 6:  // MSR: in loop mode the modem outputs come back (section 8.6)
      if ((modem_control_ & kLoop) != 0) {
        return static_cast<uint8_t>(((modem_control_ & 0x0c) << 4) | ((modem_control_ & 0x02) << 3) |
                                    ((modem_control_ & 0x01) << 5));
      }
      return kLinesUp;
    default:
      return scratch_;
  }
}

void Uart::write(uint16_t offset, uint8_t value) {
  const bool latch = (line_control_ & kDivisorLatch) != 0;
  switch (offset) {
    case 0:  // THR, DLL
      if (latch) {
        divisor_ = static_cast<uint16_t>((divisor_ & 0xff00) | value);
      } else if ((modem_control_ & kLoop) != 0) {
        received_ = value;
        has_received_ = true;
      } else {
        console_->put(value);
      }
      transmit_pending_ = true;
      break;
    case 1:  // IER, DLM
      if (latch) {
        divisor_ = static_cast<uint16_t>((divisor_ & 0x00ff) | (value << 8));
      } else {
        if ((value & ~interrupt_enable_ & 2) != 0) transmit_pending_ = true;
        interrupt_enable_ = value & 0x0f;
      }
      break;
    case 2:  // FCR: bit 1 clears the receiver
      if ((value & 2) != 0) has_received_ = false;
      fifo_control_ = value;
      break;
    case 3:
      line_control_ = value;
      break;
    case 4:
      modem_control_ = value & 0x1f;
      break;
    case 7:
      scratch_ = value;
      break;
    default:  // LSR, MSR: only read
      break;
  }
}

}  // namespace veil::fw
