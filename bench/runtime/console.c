// The console: COM1 by polling (16550; National Semiconductor PC16550D data sheet, section 8), and port 0xe9.
#include "guest.h"
#include "io.h"
#include "runtime.h"

enum {
  kCom1 = 0x3f8,
  kData = kCom1,  // with DLAB: divisor, low byte
  kInterrupts = kCom1 + 1,
  kLine = kCom1 + 3,
  kModem = kCom1 + 4,
  kStatus = kCom1 + 5,
  kDebugPort = 0xe9,
};
enum { kDlab = 0x80, kEightBits = 0x03, kReceived = 0x01, kRoom = 0x20 };

static bool use_debug_port;

// The FIFO stays off: switching it on throws away what has been received already.
void runtime_console(bool debug_port) {
  use_debug_port = debug_port;
  outb(kInterrupts, 0);
  outb(kLine, kDlab);
  outb(kData, 1);  // 115200 baud
  outb(kInterrupts, 0);
  outb(kLine, kEightBits);
  outb(kModem, 0x03);
}

void guest_debug_putc(char c) { outb(kDebugPort, (uint8_t)c); }

void guest_putc(char c) {
  if (use_debug_port) {
    guest_debug_putc(c);
    return;
  }
  while (!(inb(kStatus) & kRoom)) {
  }
  outb(kData, (uint8_t)c);
}

int guest_getc(void) {
  while (!(inb(kStatus) & kReceived)) {
  }
  return inb(kData);
}

void runtime_print(const char* text) {
  while (*text) guest_putc(*text++);
}

void runtime_flush(void) {}  // nothing is held back: output is live
