#include "firmware/devices/pic.h"

namespace veil::fw {
namespace {

constexpr uint8_t bit(unsigned line) { return static_cast<uint8_t>(1u << line); }

// ICW1 and OCW3 are told from OCW2 by these bits of a write at offset 0.
constexpr uint8_t kIsIcw1 = 0x10;
constexpr uint8_t kIsOcw3 = 0x08;

}  // namespace

void Pic::reset(uint8_t level_capable, uint8_t cascade) {
  *this = Pic();
  level_capable_ = level_capable;
  cascade_ = cascade;
}

unsigned Pic::priority(uint8_t lines) const {
  if (lines == 0) return 8;
  unsigned at = 0;
  while ((lines & bit((first_ + at) & 7)) == 0) ++at;
  return at;
}

// Fully nested mode: a request interrupts if nothing of the same or a higher priority is in service.
unsigned Pic::pending() const {
  const unsigned wanted = priority(requests_ & static_cast<uint8_t>(~mask_));
  if (wanted == 8) return 8;
  uint8_t serving = in_service_;
  if (special_mask_) serving &= static_cast<uint8_t>(~mask_);
  if (fully_nested_) serving &= static_cast<uint8_t>(~cascade_);  // the second controller orders its own lines
  return wanted < priority(serving) ? (first_ + wanted) & 7 : 8;
}

void Pic::serve(unsigned line) {
  if ((level_triggered_ & bit(line)) == 0) requests_ &= static_cast<uint8_t>(~bit(line));
  if (!auto_eoi_) {
    in_service_ |= bit(line);
  } else if (rotate_on_auto_eoi_) {
    first_ = static_cast<uint8_t>((line + 1) & 7);
  }
}

unsigned Pic::acknowledge() {
  const unsigned line = pending();
  if (line == 8) return 7;
  serve(line);
  return line;
}

void Pic::set_line(unsigned line, bool high) {
  const uint8_t mine = bit(line);
  const bool level = (level_triggered_ & mine) != 0;
  if (high) {
    if (level || (lines_ & mine) == 0) requests_ |= mine;
    lines_ |= mine;
  } else {
    if (level) requests_ &= static_cast<uint8_t>(~mine);
    lines_ &= static_cast<uint8_t>(~mine);
  }
}

void Pic::set_edge_level(uint8_t value) { level_triggered_ = value & level_capable_; }

// The data sheet's list under "Initialization command words 1 and 2". What a line asks for by its level stays.
void Pic::begin_initialisation(uint8_t icw1) {
  requests_ = lines_ & level_triggered_;
  in_service_ = 0;
  mask_ = 0;
  base_ = 0;
  first_ = 0;
  auto_eoi_ = fully_nested_ = special_mask_ = rotate_on_auto_eoi_ = read_in_service_ = poll_ = false;
  wants_icw4_ = (icw1 & 0x01) != 0;
  single_ = (icw1 & 0x02) != 0;
  expected_ = 2;
}

void Pic::end_of_interrupt(uint8_t ocw2) {
  const unsigned command = ocw2 >> 5;
  unsigned line = ocw2 & 7;
  switch (command) {
    case 0:  // rotate in automatic EOI mode: off, on
    case 4:
      rotate_on_auto_eoi_ = command == 4;
      return;
    case 1:  // non-specific EOI, and with rotation
    case 5: {
      const unsigned at = priority(in_service_);
      if (at == 8) return;
      line = (first_ + at) & 7;
      break;
    }
    case 3:  // specific EOI, and with rotation
    case 7:
      break;
    case 6:  // set priority
      first_ = static_cast<uint8_t>((line + 1) & 7);
      return;
    default:  // no operation
      return;
  }
  in_service_ &= static_cast<uint8_t>(~bit(line));
  if (command >= 5) first_ = static_cast<uint8_t>((line + 1) & 7);
}

void Pic::write(uint16_t offset, uint8_t value) {
  if (offset == 0) {
    if ((value & kIsIcw1) != 0) {
      begin_initialisation(value);
    } else if ((value & kIsOcw3) != 0) {
      if ((value & 0x02) != 0) read_in_service_ = (value & 0x01) != 0;
      if ((value & 0x04) != 0) poll_ = true;
      if ((value & 0x40) != 0) special_mask_ = (value & 0x20) != 0;
    } else {
      end_of_interrupt(value);
    }
    return;
  }
  switch (expected_) {
    case 0:
      mask_ = value;
      return;
    case 2:
      base_ = value & 0xf8;
      expected_ = !single_ ? 3 : wants_icw4_ ? 4 : 0;
      return;
    case 3:  // which line has which controller: the board's wiring says that
      expected_ = wants_icw4_ ? 4 : 0;
      return;
    default:
      fully_nested_ = (value & 0x10) != 0;
      auto_eoi_ = (value & 0x02) != 0;
      expected_ = 0;
      return;
  }
}

uint8_t Pic::read(uint16_t offset) {
  if (poll_) {  // the read is an acknowledge cycle
    poll_ = false;
    const unsigned line = pending();
    if (line == 8) return 0;
    serve(line);
    return static_cast<uint8_t>(0x80 | line);
  }
  if (offset != 0) return mask_;
  return read_in_service_ ? in_service_ : requests_;
}

// ---------------------------------------------------------------- the pair
namespace {

// Lines that may be level-triggered: not the timer, the keyboard, the cascade, the clock and the coprocessor (EISA
// Specification 3.12, section 4.3.1).
constexpr uint8_t kFirstCapable = 0xf8;
constexpr uint8_t kSecondCapable = 0xde;

// As PC firmware leaves them: vectors 0x08 and 0x70; open are timer, keyboard, cascade and diskette, clock, mouse and
// disk.
void initialise(Pic& pic, uint8_t base, uint8_t wiring, uint8_t mask) {
  pic.write(0, 0x11);
  pic.write(1, base);
  pic.write(1, wiring);
  pic.write(1, 0x01);
  pic.write(1, mask);
}

}  // namespace

void PicPair::reset() {
  first_.reset(kFirstCapable, bit(kCascadeLine));
  second_.reset(kSecondCapable, 0);
  initialise(first_, 0x08, 0x04, 0xb8);
  initialise(second_, 0x70, 0x02, 0x8e);
}

uint32_t PicPair::read(const Place& at, uint64_t) {
  if (at.region == kEdgeLevel) return (at.offset == 0 ? first_ : second_).edge_level();
  const uint8_t value = (at.region == kFirst ? first_ : second_).read(static_cast<uint16_t>(at.offset));
  settle();
  return value;
}

void PicPair::write(const Place& at, uint32_t value, uint64_t) {
  const auto byte = static_cast<uint8_t>(value);
  if (at.region == kEdgeLevel) {
    (at.offset == 0 ? first_ : second_).set_edge_level(byte);
  } else {
    (at.region == kFirst ? first_ : second_).write(static_cast<uint16_t>(at.offset), byte);
    settle();
  }
}

void PicPair::set_line(unsigned irq, bool high) {
  if (irq < 8) {
    first_.set_line(irq, high);
  } else {
    second_.set_line(irq - 8, high);
    settle();
  }
}

uint8_t PicPair::acknowledge() {
  const unsigned line = first_.acknowledge();
  if (line != kCascadeLine) return first_.vector(line);
  const unsigned second_line = second_.acknowledge();
  settle();
  return second_.vector(second_line);
}

bool PicPair::heard(unsigned irq) const {
  if (irq < 8) return !first_.masked(irq);
  return !second_.masked(irq - 8) && !first_.masked(kCascadeLine);
}

}  // namespace veil::fw
