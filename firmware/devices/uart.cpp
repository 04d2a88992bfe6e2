// The registers of a 16550A. Names in brackets are the data sheet's.
#include "firmware/devices/uart.h"

#include <algorithm>

namespace veil::fw {
namespace {

constexpr uint8_t kDivisorLatch = 0x80;                                             // LCR: DLAB
constexpr uint8_t kOut2 = 0x08;                                                     // MCR
constexpr uint8_t kDataReady = 0x01, kOverrun = 0x02, kEmpty = 0x60;                // LSR: DR, OE, THRE and TEMT
constexpr uint8_t kLinesUp = 0xb0;                                                  // MSR: DCD, DSR, CTS
constexpr uint8_t kReceived = 0x01, kTransmit = 0x02, kLine = 0x04, kModem = 0x08;  // IER
constexpr uint8_t kNothing = 0x01, kIsModem = 0x00, kIsTransmit = 0x02, kIsReceived = 0x04, kIsLine = 0x06,
                  kIsTimeout = 0x0c;  // IIR

// Ten bits of sixteen clocks of 1.8432 MHz and divisor 1 last 103.6 ticks of the 8254.
constexpr uint32_t kCharacterTicks = 104;
constexpr uint64_t kIdleUnits = kUnitsPerSecond / 100;

}  // namespace

void Uart::reset(Console& console) {
  *this = Uart();
  console_ = &console;
}

uint64_t Uart::character_units() const {
  return uint64_t{kCharacterTicks} * std::max<uint16_t>(divisor_, 1) * kUnitsPerTick;
}

// ---------------------------------------------------------------- receiver
void Uart::receive(uint8_t byte, uint64_t now) {
  last_arrival_ = now;
  timed_out_ = false;
  if (count_ == capacity()) {
    overrun_ = true;
    if (!fifos()) received_[first_] = byte;  // without FIFOs the old byte is lost, with them the new one
    return;
  }
  received_[(first_ + count_++) % kFifo] = byte;
}

bool Uart::take_from_console(uint64_t now) {
  if (loop() || count_ == capacity()) return false;
  const auto byte = console_->take();
  if (byte) receive(*byte, now);
  return byte.has_value();
}

uint8_t Uart::take_received() {
  if (count_ == 0) return last_;
  last_ = received_[first_];
  first_ = static_cast<uint8_t>((first_ + 1) % kFifo);
  --count_;
  timed_out_ = false;
  return last_;
}

unsigned Uart::trigger() const {
  constexpr uint8_t kLevels[4] = {1, 4, 8, 14};
  return fifos() ? kLevels[fifo_control_ >> 6] : 1;
}

uint64_t Uart::next_event() const {
  if (!listens()) return kNever;
  uint64_t next = kNever;
  if (count_ < capacity() && !console_->ended()) next = look_at_;
  if (count_ != 0 && count_ < trigger() && !timed_out_) {
    next = std::min(next, last_arrival_ + 4 * character_units());
  }
  return next;
}

void Uart::advance(uint64_t now) {
  if (!listens()) return;
  if (now >= look_at_) look_at_ = now + (take_from_console(now) ? character_units() : kIdleUnits);
  if (count_ != 0 && count_ < trigger() && now >= last_arrival_ + 4 * character_units()) timed_out_ = true;
}

// ---------------------------------------------------------------- interrupts
uint8_t Uart::identification() const {
  if ((interrupt_enable_ & kLine) != 0 && overrun_) return kIsLine;
  if ((interrupt_enable_ & kReceived) != 0 && count_ != 0) {
    if (count_ >= trigger()) return kIsReceived;
    if (timed_out_) return kIsTimeout;
  }
  if ((interrupt_enable_ & kTransmit) != 0 && transmit_pending_) return kIsTransmit;
  if ((interrupt_enable_ & kModem) != 0 && modem_changes_ != 0) return kIsModem;
  return kNothing;
}

bool Uart::line() const { return (modem_control_ & kOut2) != 0 && !loop() && identification() != kNothing; }

// In loop mode the modem outputs come back (section 8.6).
uint8_t Uart::modem_status() const {
  if (!loop()) return kLinesUp;
  return static_cast<uint8_t>(((modem_control_ & 0x0c) << 4) | ((modem_control_ & 0x02) << 3) |
                              ((modem_control_ & 0x01) << 5));
}

// ---------------------------------------------------------------- registers
uint8_t Uart::read(uint16_t offset, uint64_t now) {
  switch (offset) {
    case 0:  // RBR, DLL
      if ((line_control_ & kDivisorLatch) != 0) return static_cast<uint8_t>(divisor_);
      if (count_ == 0) take_from_console(now);
      return take_received();
    case 1:  // IER, DLM
      return (line_control_ & kDivisorLatch) != 0 ? static_cast<uint8_t>(divisor_ >> 8) : interrupt_enable_;
    case 2: {  // IIR
      if (count_ == 0) take_from_console(now);
      const uint8_t what = identification();
      if (what == kIsTransmit) transmit_pending_ = false;
      return static_cast<uint8_t>((fifos() ? 0xc0 : 0) | what);
    }
    case 3:
      return line_control_;
    case 4:
      return modem_control_;
    case 5: {  // LSR
      if (count_ == 0) take_from_console(now);
      const auto status = static_cast<uint8_t>(kEmpty | (count_ != 0 ? kDataReady : 0) | (overrun_ ? kOverrun : 0));
      overrun_ = false;
      return status;
    }
    case 6: {  // MSR
      const uint8_t status = modem_status() | modem_changes_;
      modem_changes_ = 0;
      return status;
    }
    default:
      return scratch_;
  }
}

void Uart::write(uint16_t offset, uint8_t value, uint64_t now) {
  const bool latch = (line_control_ & kDivisorLatch) != 0;
  switch (offset) {
    case 0:  // THR, DLL
      if (latch) {
        divisor_ = static_cast<uint16_t>((divisor_ & 0xff00) | value);
        break;
      }
      if (loop()) {
        receive(value, now);
      } else {
        console_->put(value);
      }
      transmit_pending_ = true;
      break;
    case 1:  // IER, DLM
      if (latch) {
        divisor_ = static_cast<uint16_t>((divisor_ & 0x00ff) | (value << 8));
        break;
      }
      if ((value & ~interrupt_enable_ & kTransmit) != 0) transmit_pending_ = true;
      if ((value & ~interrupt_enable_ & kReceived) != 0) look_at_ = now + character_units();
      interrupt_enable_ = value & 0x0f;
      break;
    case 2:  // FCR: bit 1 clears the receiver; so does switching the FIFOs
      if ((value & 2) != 0 || ((value ^ fifo_control_) & 1) != 0) {
        count_ = 0;
        timed_out_ = false;
      }
      fifo_control_ = (value & 1) != 0 ? value & 0xc9 : 0;
      break;
    case 3:
      line_control_ = value;
      break;
    case 4: {
      const uint8_t before = modem_status();
      const bool was_loop = loop();
      modem_control_ = value & 0x1f;
      const uint8_t changed = before ^ modem_status();
      // Changes of CTS, DSR and DCD; of RI only its end.
      if (was_loop && loop()) {
        modem_changes_ |= static_cast<uint8_t>((changed >> 4 & 0x0b) | ((changed & before) >> 4 & 0x04));
      }
      break;
    }
    case 7:
      scratch_ = value;
      break;
    default:  // LSR, MSR: only read
      break;
  }
}

}  // namespace veil::fw
