// The interrupt controllers and the timer.
#include "io.h"
#include "system.h"

enum { kMaster = 0x20, kSlave = 0xa0, kPitChannel0 = 0x40, kPitControl = 0x43, kPitHertz = 1193182 };

static void initialize(uint16_t port, unsigned first_vector, unsigned cascade) {
  outb(port, 0x11);  // edge triggered, cascaded, ICW4 follows
  outb(port + 1, (uint8_t)first_vector);
  outb(port + 1, (uint8_t)cascade);
  outb(port + 1, 0x01);  // 8086 mode, end of interrupt by command
  outb(port + 1, 0xff);  // all masked
}

void pic_start(void) {
  initialize(kMaster, kFirstIrq, 1 << kIrqCascade);
  initialize(kSlave, kFirstIrq + 8, kIrqCascade);
  pic_unmask(kIrqCascade);
}

void pic_unmask(unsigned irq) {
  const uint16_t port = irq < 8 ? kMaster : kSlave;
  outb(port + 1, (uint8_t)(inb(port + 1) & ~(1 << (irq & 7))));
}

void pic_end(unsigned irq) {
  if (irq >= 8) outb(kSlave, 0x20);
  outb(kMaster, 0x20);
}

void pit_start(unsigned hertz) {
  const unsigned divisor = kPitHertz / hertz;
  outb(kPitControl, 0x34);  // channel 0, both bytes, mode 2
  outb(kPitChannel0, (uint8_t)divisor);
  outb(kPitChannel0, (uint8_t)(divisor >> 8));
}
