#include "firmware/devices/rtc.h"

#include <algorithm>

namespace veil::fw {
namespace {

// Registers. A: rate; B: SET, enables, format; C: flags; D: the battery is good.
enum : uint8_t { kA = 0x0a, kB = 0x0b, kC = 0x0c, kD = 0x0d };
constexpr uint8_t kPeriodic = 0x40, kAlarm = 0x20, kUpdate = 0x10;  // in B and C
constexpr uint8_t kBinary = 0x04, k24Hours = 0x02;                  // in B
constexpr uint8_t kUpdating = 0x80;                                 // in A
constexpr uint8_t kRequest = 0x80;                                  // in C

enum Field : uint8_t { second, minute, hour, weekday, day, month, year, century, none };
constexpr uint8_t kAlarmRegisters[3] = {0x01, 0x03, 0x05};
constexpr uint8_t kCentury = 0x32;
constexpr uint32_t kUpdateUnits = kUnitsPerSecond / 1000000 * 244;  // UIP rises 244 microseconds before the update
constexpr uint32_t kCrystal = 32768;

Field field_of(uint8_t index) {
  switch (index) {
    case 0x00:
      return second;
    case 0x02:
      return minute;
    case 0x04:
      return hour;
    case 0x06:
    case 0x07:
    case 0x08:
    case 0x09:
      return static_cast<Field>(index - 3);
    case kCentury:
      return century;
    default:
      return none;
  }
}

// Days since 1970 of a date in the Gregorian calendar, and back; years begin in March, so that the odd day comes last.
uint32_t days_of(uint32_t y, uint32_t m, uint32_t d) {
  if (m <= 2) --y;
  const uint32_t in_year = (153 * (m + (m > 2 ? 0u : 12u) - 3) + 2) / 5 + d - 1;
  return y * 365 + y / 4 - y / 100 + y / 400 + in_year - 719468;
}

struct Date {
  uint32_t y, m, d;
};
Date date_of(uint32_t days) {
  days += 719468;
  const uint32_t era = days / 146097;  // 400 years
  const uint32_t in_era = days % 146097;
  const uint32_t year_of_era = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
  const uint32_t in_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const uint32_t month_from_march = (5 * in_year + 2) / 153;
  const uint32_t m = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  return {era * 400 + year_of_era + (m <= 2 ? 1 : 0), m, in_year - (153 * month_from_march + 2) / 5 + 1};
}

uint8_t byte(uint32_t value) { return static_cast<uint8_t>(value); }

}  // namespace

// What PC firmware keeps in the memory: sizes of memory as QEMU gives them (hw/i386/pc.c writes the same cells).
void Rtc::reset(uint32_t guest_bytes, uint32_t start_seconds) {
  *this = Rtc();
  seconds_ = start_seconds;
  memory_[kA] = 0x26;  // oscillator on, 1024 Hz
  memory_[kB] = k24Hours;
  memory_[kD] = 0x80;
  const auto word = [this](uint8_t index, uint32_t value) {
    memory_[index] = byte(value);
    memory_[index + 1u] = byte(value >> 8);
  };
  word(0x15, 640);
  const uint32_t kib = guest_bytes >> 10;
  const uint32_t extended = std::min<uint32_t>(kib > 1024 ? kib - 1024 : 0, 65535);
  word(0x17, extended);
  word(0x30, extended);
  word(0x34, kib > 16384 ? (kib - 16384) / 64 : 0);
  memory_[0x14] = 0x06;  // a coprocessor bit that is not used, a PS/2 mouse
}

// ---------------------------------------------------------------- time
Rtc::Fields Rtc::fields() const {
  const uint32_t of_day = seconds_ % 86400;
  const uint32_t days = seconds_ / 86400;
  const Date date = date_of(days);
  return {byte(of_day % 60), byte(of_day / 60 % 60), byte(of_day / 3600), byte((days + 4) % 7 + 1),
          byte(date.d),      byte(date.m),           byte(date.y % 100),  byte(date.y / 100)};
}

void Rtc::set_time(const Fields& f) {
  const uint32_t y = f[century] * 100u + f[year];
  const uint32_t m = std::clamp<uint32_t>(f[month], 1, 12);
  seconds_ = days_of(y, m, f[day]) * 86400 + f[hour] * 3600u + f[minute] * 60u + f[second];
}

uint8_t Rtc::encode(unsigned field, uint8_t value) const {
  uint8_t mark = 0;
  if (field == hour && (memory_[kB] & k24Hours) == 0) {
    mark = value >= 12 ? 0x80 : 0;
    value = static_cast<uint8_t>((value + 11) % 12 + 1);
  }
  if ((memory_[kB] & kBinary) == 0) value = static_cast<uint8_t>(value / 10 << 4 | value % 10);
  return value | mark;
}

uint8_t Rtc::decode(unsigned field, uint8_t value) const {
  const bool half_days = field == hour && (memory_[kB] & k24Hours) == 0;
  const bool afternoon = half_days && (value & 0x80) != 0;
  if (half_days) value &= 0x7f;
  if ((memory_[kB] & kBinary) == 0) value = static_cast<uint8_t>((value >> 4) * 10 + (value & 15));
  if (half_days) value = static_cast<uint8_t>(value % 12 + (afternoon ? 12 : 0));
  return value;
}

// Both upper bits set: any value will do.
bool Rtc::alarm_matches() const {
  const Fields now = fields();
  for (unsigned field = second; field <= hour; ++field) {
    const uint8_t wanted = memory_[kAlarmRegisters[field]];
    if ((wanted & 0xc0) != 0xc0 && decode(field, wanted) != now[field]) return false;
  }
  return true;
}

uint32_t Rtc::period() const {
  const unsigned rate = memory_[kA] & 15u;
  if (rate == 0) return 0;
  return 1u << ((rate <= 2 ? rate + 7 : rate) - 1);  // 1 and 2 are 8 and 9 with the PC's crystal
}

void Rtc::raise(uint8_t flags) {
  flags_ |= flags;
  if ((flags_ & memory_[kB] & (kPeriodic | kAlarm | kUpdate)) != 0) flags_ |= kRequest;
}

void Rtc::advance(uint64_t now) {
  while (now >= second_began_ + kUnitsPerSecond) {
    if (period() != 0) raise(kPeriodic);
    second_began_ += kUnitsPerSecond;
    periods_ = 0;
    if (held()) continue;
    ++seconds_;
    raise(alarm_matches() ? kUpdate | kAlarm : kUpdate);
  }
  const uint64_t passed = periods_passed(now);
  if (passed > periods_) raise(kPeriodic);
  periods_ = passed;
}

uint64_t Rtc::periods_passed(uint64_t now) const {
  const uint32_t each = period();
  return each == 0 ? 0 : (now - second_began_) * kCrystal / (uint64_t{kUnitsPerSecond} * each);
}

uint64_t Rtc::next_event() const {
  if ((flags_ & kRequest) != 0) return kNever;  // the line is up already
  const uint8_t wanted = memory_[kB];
  const uint64_t end = second_began_ + kUnitsPerSecond;
  if ((wanted & kPeriodic) != 0 && period() != 0) {
    const uint64_t units = (periods_ + 1) * period() * kUnitsPerSecond;
    return std::min(end, second_began_ + (units + kCrystal - 1) / kCrystal);
  }
  return (wanted & (kUpdate | kAlarm)) != 0 && !held() ? end : kNever;
}

// ---------------------------------------------------------------- registers
uint8_t Rtc::read(uint16_t offset, uint64_t now) {
  if (offset == 0) return 0xff;  // the index can only be written
  advance(now);
  return read_register(index_, now);
}

void Rtc::write(uint16_t offset, uint8_t value, uint64_t now) {
  if (offset == 0) {
    index_ = value & 0x7f;  // bit 7 masks the NMI, which nothing raises
    return;
  }
  advance(now);
  write_register(index_, value, now);
}

uint8_t Rtc::read_register(uint8_t index, uint64_t now) {
  if (const Field field = field_of(index); field != none) {
    return encode(field, held() ? copy_[field] : fields()[field]);
  }
  switch (index) {
    case kA: {
      const bool updating = !held() && now + kUpdateUnits >= second_began_ + kUnitsPerSecond;
      return static_cast<uint8_t>(memory_[kA] | (updating ? kUpdating : 0));
    }
    case kC: {
      const uint8_t flags = flags_;
      flags_ = 0;
      return flags;
    }
    default:
      return memory_[index];
  }
}

void Rtc::write_register(uint8_t index, uint8_t value, uint64_t now) {
  if (const Field field = field_of(index); field != none) {
    if (held()) {
      copy_[field] = decode(field, value);
    } else {
      Fields changed = fields();
      changed[field] = decode(field, value);
      set_time(changed);
    }
    return;
  }
  switch (index) {
    case kA:
      memory_[kA] = value & 0x7f;
      periods_ = periods_passed(now);
      return;
    case kB: {
      const bool was_held = held();
      const Fields time = fields();
      memory_[kB] = value;
      if (held()) {
        if (!was_held) copy_ = time;
        memory_[kB] &= static_cast<uint8_t>(~kUpdate);  // SET clears UIE
      } else if (was_held) {
        set_time(copy_);
      }
      raise(0);
      if ((flags_ & memory_[kB] & (kPeriodic | kAlarm | kUpdate)) == 0) flags_ &= static_cast<uint8_t>(~kRequest);
      return;
    }
    case kC:
    case kD:
      return;  // only read
    default:
      memory_[index] = value;
      return;
  }
}

}  // namespace veil::fw
