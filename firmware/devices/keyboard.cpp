#include "firmware/devices/keyboard.h"

namespace veil::fw {
namespace {

// Status register.
constexpr uint8_t kOutputFull = 0x01, kCommandLast = 0x08, kUnlocked = 0x10;
// Command byte.
constexpr uint8_t kInterrupt = 0x01, kSystemFlag = 0x04, kDisabled = 0x10;
// Output port.
constexpr uint8_t kOutputPortFull = 0x10;

constexpr uint8_t kAcknowledge = 0xfa;
constexpr uint8_t kResend = 0xfe;

}  // namespace

// As PC firmware leaves it: tested, translating, with its interrupt.
void Keyboard::reset() {
  *this = Keyboard();
  command_byte_ = 0x61;
  command_byte_ |= kSystemFlag;
  output_port_ = kNotReset | kA20;
}

bool Keyboard::line() const {
  return (command_byte_ & kInterrupt) != 0 && (answer_there_ || (queued_ != 0 && (command_byte_ & kDisabled) == 0));
}

uint8_t Keyboard::read_status() const {
  const bool full = answer_there_ || (queued_ != 0 && (command_byte_ & kDisabled) == 0);
  return static_cast<uint8_t>((full ? kOutputFull : 0) | (command_byte_ & kSystemFlag) |
                              (last_was_command_ ? kCommandLast : 0) | kUnlocked);
}

uint32_t Keyboard::read(const Place& at, uint64_t) {
  if (at.region == kCommandPort) return read_status();
  if (at.region == kSystemPort) return read_system_port();
  byte_taken_ = true;
  return read_data();
}

void Keyboard::write(const Place& at, uint32_t value, uint64_t) {
  const auto byte = static_cast<uint8_t>(value);
  if (at.region == kCommandPort) {
    write_command(byte);
  } else if (at.region == kSystemPort) {
    write_system_port(byte);
  } else {
    write_data(byte);
  }
  if (reset_requested_ && end_ != nullptr) end_->reset_machine();
}

uint8_t Keyboard::read_data() {
  if (answer_there_) {
    answer_there_ = false;
    last_ = answer_;
  } else if (queued_ != 0 && (command_byte_ & kDisabled) == 0) {
    last_ = queue_[0];
    --queued_;
    for (unsigned i = 0; i < queued_; ++i) queue_[i] = queue_[i + 1];
  }
  return last_;
}

void Keyboard::answer(uint8_t value) {
  answer_ = value;
  answer_there_ = true;
}

void Keyboard::keyboard_says(uint8_t value) {
  if (queued_ < kQueue) queue_[queued_++] = value;
}

void Keyboard::set_output_port(uint8_t value) {
  output_port_ = value;
  if ((value & kNotReset) == 0) reset_requested_ = true;
}

void Keyboard::write_system_port(uint8_t value) {
  output_port_ = static_cast<uint8_t>((output_port_ & ~kA20) | (value & kA20));
  if ((value & 1) != 0) reset_requested_ = true;  // "alternate hot reset"
}

void Keyboard::write_command(uint8_t value) {
  last_was_command_ = true;
  awaited_ = 0;
  switch (value) {
    case 0x20:  // read the command byte
      answer(command_byte_);
      break;
    case 0x60:  // write the command byte
    case 0xd1:  // write the output port
    case 0xd2:  // write the output buffer, as if the keyboard had sent it
    case 0xd3:  // the same for the mouse
    case 0xd4:  // to the mouse
      awaited_ = value;
      break;
    case 0xa9:  // test the mouse's lines
    case 0xab:  // test the keyboard's lines
      answer(0);
      break;
    case 0xaa:  // self test
      command_byte_ |= kSystemFlag;
      answer(0x55);
      break;
    case 0xad:
      command_byte_ |= kDisabled;
      break;
    case 0xae:
      command_byte_ &= static_cast<uint8_t>(~kDisabled);
      break;
    case 0xc0:  // read the input port: not locked
      answer(0x80);
      break;
    case 0xd0:
      answer(static_cast<uint8_t>(output_port_ | (read_status() & kOutputFull ? kOutputPortFull : 0)));
      break;
    case 0xdd:  // A20 off and on, of later controllers
      set_output_port(static_cast<uint8_t>(output_port_ & ~kA20));
      break;
    case 0xdf:
      set_output_port(output_port_ | kA20);
      break;
    default:
      // 0xf0..0xff pulse those of the output port's low four lines whose bit is 0; line 0 is the processor's reset.
      if (value >= 0xf0 && (value & kNotReset) == 0) reset_requested_ = true;
      break;
  }
}

void Keyboard::write_data(uint8_t value) {
  last_was_command_ = false;
  const uint8_t command = awaited_;
  awaited_ = 0;
  switch (command) {
    case 0:
      command_byte_ &= static_cast<uint8_t>(~kDisabled);  // sending to the keyboard enables it
      keyboard_command(value);
      break;
    case 0x60:
      command_byte_ = value;
      break;
    case 0xd1:
      set_output_port(value);
      break;
    case 0xd2:
      answer(value);
      break;
    default:
      break;
  }
}

void Keyboard::keyboard_command(uint8_t value) {
  if (keyboard_awaits_ != 0) {
    const uint8_t command = keyboard_awaits_;
    keyboard_awaits_ = 0;
    keyboard_says(kAcknowledge);
    if (command != 0xf0) return;  // lamps, repetition rate
    if (value == 0) {
      keyboard_says(scan_set_);
    } else {
      scan_set_ = value;
    }
    return;
  }
  switch (value) {
    case 0xed:
    case 0xf0:
    case 0xf3:
      keyboard_awaits_ = value;
      keyboard_says(kAcknowledge);
      break;
    case 0xee:  // echo
      keyboard_says(0xee);
      break;
    case 0xf2:  // who are you
      keyboard_says(kAcknowledge);
      keyboard_says(0xab);
      keyboard_says((command_byte_ & 0x40) != 0 ? 0x41 : 0x83);  // translated with the codes
      break;
    case 0xf4:
    case 0xf5:
    case 0xf6:
      keyboard_says(kAcknowledge);
      break;
    case 0xff:  // reset, tested
      queued_ = 0;
      keyboard_says(kAcknowledge);
      keyboard_says(0xaa);
      break;
    default:
      keyboard_says(kResend);
      break;
  }
}

}  // namespace veil::fw
