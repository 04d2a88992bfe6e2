// Devices that are only looked at: real-time clock (Motorola MC146818) and keyboard controller (i8042). What is printed is the same on
// every PC.
#include "kernel.h"

#include "io.h"

enum { kCmosIndex = 0x70, kCmosData = 0x71, kKeyboardData = 0x60, kKeyboardCommand = 0x64 };

static uint8_t cmos(uint8_t at) {
  outb(kCmosIndex, at);
  return inb(kCmosData);
}

static bool is_bcd(uint8_t value, uint8_t most) { return (value & 15) < 10 && value <= most; }

static void probe_clock(void) {
  while (cmos(0x0a) & 0x80) {  // an update is in progress
  }
  const bool binary = cmos(0x0b) & 4;
  const uint8_t second = cmos(0), minute = cmos(2), hour = cmos(4), day = cmos(7), month = cmos(8);
  const bool sane = binary || (is_bcd(second, 0x59) && is_bcd(minute, 0x59) && is_bcd(hour & 0x7f, 0x23) && is_bcd(day, 0x31) &&
                               is_bcd(month, 0x12) && day && month);
  serial_print("  clock: %s, battery %s\n", sane ? "a time of day" : "no time of day", cmos(0x0d) & 0x80 ? "good" : "empty");
  guest_check("clock", sane, 1);
}

static bool keyboard_wait(uint8_t mask, uint8_t wanted) {
  for (unsigned n = 0; n < 100000; ++n) {
    if ((inb(kKeyboardCommand) & mask) == wanted) return true;
  }
  return false;
}

static void probe_keyboard(void) {
  while (inb(kKeyboardCommand) & 1) (void)inb(kKeyboardData);
  bool well = keyboard_wait(2, 0);
  outb(kKeyboardCommand, 0xaa);  // self test
  well &= keyboard_wait(1, 1);
  const uint8_t answer = inb(kKeyboardData);
  serial_print("  keyboard controller: self test %02x\n", answer);
  guest_check("keyboard controller", well && answer == 0x55, 1);
}

void probe_devices(void) {
  probe_clock();
  probe_keyboard();
}
