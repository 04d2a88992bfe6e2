// The console by interrupts: text waits in a ring, COM1 asks for the next byte when its holding register is empty (PC16550D data sheet,
// section 8.5: reading IIR takes that interrupt away).
#include "kernel.h"

#include <stdio.h>

#include "io.h"

enum { kCom1 = 0x3f8, kEnable = kCom1 + 1, kIdentify = kCom1 + 2, kModem = kCom1 + 4, kStatus = kCom1 + 5 };
enum { kWantEmpty = 0x02, kIsEmpty = 0x02, kNone = 0x01, kRing = 4096, kDone = 0x40 };

static char ring[kRing];
static unsigned head, tail;  // next to write, next to send
static bool sending;
static uint32_t interrupts;

void serial_start(void) {
  outb(kModem, 0x0b);  // OUT2 lets the interrupt out
  pic_unmask(kIrqCom1);
}

struct frame* serial_interrupt(struct frame* frame) {
  ++interrupts;
  for (uint8_t cause; !((cause = inb(kIdentify)) & kNone);) {
    if ((cause & 0x0e) != kIsEmpty) system_unexpected(frame);
    if (head == tail) {
      sending = false;
      outb(kEnable, 0);
    } else {
      outb(kCom1, (uint8_t)ring[tail++ % kRing]);
    }
  }
  pic_end(kIrqCom1);
  return frame;
}

void serial_print(const char* format, ...) {
  char text[kLogBytes + 64];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  for (const char* p = text; *p; ++p) {
    while (head - tail == kRing) wait_for_interrupt();
    ring[head++ % kRing] = *p;
  }
  if (!sending) {
    sending = true;
    outb(kEnable, kWantEmpty);
  }
}

void serial_flush(void) {
  while (sending) wait_for_interrupt();
  while (!(inb(kStatus) & kDone)) {
  }
  guest_check("bytes sent by interrupts", interrupts != 0, 1);
}
