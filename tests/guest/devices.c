// The PC's devices by their ports, with interrupts off: interrupt controllers, timer, clock, keyboard controller, COM1, and ports that
// exist nowhere. Only what does not depend on how fast time goes is printed, so QEMU prints the same. `irq=1`: then with interrupts on,
// and a reset of the machine ends the run.
#include <stdio.h>
#include <string.h>

#include "io.h"
#include "system.h"

enum { kPic1 = 0x20, kPic2 = 0xa0, kEdgeLevel = 0x4d0, kPit = 0x40, kPitControl = 0x43, kSystem = 0x61 };
enum { kData = 0x60, kKeyboard = 0x64, kFast = 0x92, kIndex = 0x70, kCell = 0x71, kCom1 = 0x3f8 };

static void show(const char* what, unsigned value) { printf("%-28s %02x\n", what, value); }

// ---------------------------------------------------------------- interrupt controllers
static void initialise(uint16_t port, uint8_t base, uint8_t wiring, uint8_t last) {
  outb(port, 0x11);
  outb(port + 1, base);
  outb(port + 1, wiring);
  outb(port + 1, last);
}

static uint8_t requests(uint16_t port) {
  outb(port, 0x0a);
  return inb(port);
}
static uint8_t in_service(uint16_t port) {
  outb(port, 0x0b);
  return inb(port);
}
static uint8_t poll(uint16_t port) {
  outb(port, 0x0c);
  return inb(port);
}

// A request on line 1: a byte as if from the keyboard.
static void pull_keyboard(uint8_t byte) {
  outb(kKeyboard, 0xd2);
  outb(kData, byte);
}
static void timer_once(uint16_t ticks) {
  outb(kPitControl, 0x30);
  outb(kPit, (uint8_t)ticks);
  outb(kPit, (uint8_t)(ticks >> 8));
  while (!(requests(kPic1) & 1)) {
  }
}

static uint8_t cell(uint8_t index) {
  outb(kIndex, index);
  return inb(kCell);
}
static void set_cell(uint8_t index, uint8_t value) {
  outb(kIndex, index);
  outb(kCell, value);
}

static void controllers(void) {
  initialise(kPic1, 0x20, 4, 1);
  initialise(kPic2, 0x28, 2, 1);
  timer_once(20);  // the firmware's own timer is off from here on
  initialise(kPic1, 0x20, 4, 1);
  show("mask after ICW", inb(kPic1 + 1));
  outb(kPic1 + 1, 0x5a);
  outb(kPic2 + 1, 0xa5);
  show("mask 1", inb(kPic1 + 1));
  show("mask 2", inb(kPic2 + 1));
  outb(kPic1 + 1, 0xff);
  outb(kPic2 + 1, 0xff);
  show("edge/level 1", inb(kEdgeLevel));
  outb(kEdgeLevel, 0xff);
  outb(kEdgeLevel + 1, 0xff);
  show("edge/level that can be, 1", inb(kEdgeLevel));
  show("edge/level that can be, 2", inb(kEdgeLevel + 1));
  outb(kEdgeLevel, 0);
  outb(kEdgeLevel + 1, 0);

  show("poll, nothing there", poll(kPic1));
  pull_keyboard(0x11);
  show("requests, masked", requests(kPic1));
  show("poll, masked", poll(kPic1));
  outb(kPic1 + 1, 0xf8);
  timer_once(20);
  show("two requests", requests(kPic1));
  show("poll: the first", poll(kPic1));
  show("in service", in_service(kPic1));
  show("poll: less urgent", poll(kPic1));
  outb(kPic1, 0x20);
  show("poll: now", poll(kPic1));
  timer_once(20);
  show("poll: more urgent", poll(kPic1));
  show("two in service", in_service(kPic1));
  outb(kPic1, 0x61);
  show("specific end", in_service(kPic1));
  show("byte", inb(kData));
  pull_keyboard(0x12);
  show("poll: after 0", poll(kPic1));
  outb(kPic1, 0x68);
  outb(kPic1 + 1, 0xf9);
  show("poll: special mask", poll(kPic1));
  outb(kPic1, 0x48);
  outb(kPic1 + 1, 0xf8);
  outb(kPic1, 0x60);
  outb(kPic1, 0xa0);
  show("rotated: in service", in_service(kPic1));
  show("byte", inb(kData));
  pull_keyboard(0x13);
  timer_once(20);
  show("rotated: 0 before 1", poll(kPic1));
  outb(kPic1, 0x20);
  show("then 1", poll(kPic1));
  outb(kPic1, 0xc7);  // 7 is the last again
  outb(kPic1, 0x20);
  show("byte", inb(kData));

  // The clock's periodic request, through the second controller; its line stays up until register C is read.
  cell(0x0c);
  outb(kPic2 + 1, 0xfe);
  set_cell(0x0a, 0x23);
  set_cell(0x0b, 0x42);
  while (!(requests(kPic2) & 1)) {
  }
  show("the cascade's request", requests(kPic1));
  show("poll: cascade", poll(kPic1));
  show("poll: second controller", poll(kPic2));
  show("in service 2", in_service(kPic2));
  set_cell(0x0b, 0x02);
  cell(0x0c);
  outb(kPic2, 0x20);
  outb(kPic1, 0x20);

  initialise(kPic1, 0x20, 4, 3);  // automatic end
  pull_keyboard(0x14);
  show("automatic: poll", poll(kPic1));
  show("automatic: in service", in_service(kPic1));
  show("byte", inb(kData));
  initialise(kPic1, 0x20, 4, 1);
  outb(kPic1 + 1, 0xff);
  outb(kPic2 + 1, 0xff);
}

// ---------------------------------------------------------------- timer
static unsigned timer_status(unsigned counter) {
  outb(kPitControl, (uint8_t)(0xe0 | 2u << counter));
  return inb((uint16_t)(kPit + counter));
}
static void timer(void) {
  outb(kSystem, (inb(kSystem) & 0xfc) | 0);
  show("gate and speaker", inb(kSystem) & 3);
  for (unsigned mode = 0; mode < 8; ++mode) {  // shown as written, though 6 and 7 are 2 and 3
    outb(kPitControl, (uint8_t)(0xb0 | mode << 1));
    outb(kPit + 2, 0);
    outb(kPit + 2, 0x10);
    printf("mode bits %u                  %u\n", mode, timer_status(2) >> 1 & 7);
  }
  for (unsigned mode = 0; mode < 6; ++mode) {
    if (mode == 1 || mode == 5) continue;  // without a gate
    outb(kPitControl, (uint8_t)(0x30 | mode << 1));
    outb(kPit, 0);
    outb(kPit, 0x80);
    printf("mode %u                       %02x\n", mode, timer_status(0) & 0x3f);
    outb(kPitControl, 0x00);
    unsigned first = inb(kPit);
    first |= (unsigned)inb(kPit) << 8;
    while (inb(kPit) == (uint8_t)first) inb(kPit);
    inb(kPit);
    outb(kPitControl, 0x00);
    unsigned second = inb(kPit);
    second |= (unsigned)inb(kPit) << 8;
    printf("counts down                  %d\n", second < first && first <= 0x8000);
    printf("by twos                      %d\n", mode == 3 ? (second & 1) == 0 : 0);
  }
  outb(kPitControl, 0x14);
  show("low byte only", timer_status(0) & 0x3f);
  outb(kPit, 100);
  outb(kPitControl, 0x24);
  show("high byte only", timer_status(0) & 0x3f);
  outb(kPit, 1);
  // Counter 2: its gate and its output on port 0x61.
  outb(kPitControl, 0xb0);
  outb(kPit + 2, 50);
  outb(kPit + 2, 0);
  show("output before the gate", inb(kSystem) & 0x20);
  outb(kSystem, (inb(kSystem) & 0xfc) | 1);
  while (!(inb(kSystem) & 0x20)) {
  }
  show("output at its end", inb(kSystem) & 0x23);
  outb(kSystem, inb(kSystem) & 0xfc);
  outb(kPitControl, 0xb8);
  outb(kPit + 2, 0x34);
  outb(kPit + 2, 0x12);
  outb(kPitControl, 0xd8);  // read back: the count of counter 2
  unsigned held = inb(kPit + 2);
  held |= (unsigned)inb(kPit + 2) << 8;
  printf("read back                    %d\n", held <= 0x1234);
  uint8_t refresh = inb(kSystem) & 0x10;
  while ((inb(kSystem) & 0x10) == refresh) {
  }
  timer_once(10);
}

// ---------------------------------------------------------------- clock
static void show_time(const char* what) {
  printf("%-28s %02x%02x-%02x-%02x %02x:%02x:%02x\n", what, cell(0x32), cell(9), cell(8), cell(7), cell(4), cell(2), cell(0));
}
static void set_time(unsigned year, unsigned month, unsigned day, unsigned hour, unsigned minute, unsigned second) {
  set_cell(0x32, (uint8_t)(year >> 8));
  set_cell(9, (uint8_t)year);
  set_cell(8, (uint8_t)month);
  set_cell(7, (uint8_t)day);
  set_cell(4, (uint8_t)hour);
  set_cell(2, (uint8_t)minute);
  set_cell(0, (uint8_t)second);
}
static void clock(void) {
  show("register B", cell(0x0b));
  show("register D", cell(0x0d));
  show("base memory", (unsigned)cell(0x16) << 8 | cell(0x15));
  show("the same size twice", (cell(0x17) == cell(0x30)) + (cell(0x18) == cell(0x31)));
  show("index port", inb(kIndex));
  set_cell(0x0b, 0x82);
  set_time(0x2024, 0x02, 0x29, 0x13, 0x45, 0x10);
  show("held", cell(0x0b));
  show_time("held");
  set_cell(0x0b, 0x86);
  show("binary", cell(0x0b));
  set_cell(0x0b, 0x82);
  set_cell(0x0b, 0x02);
  printf("it goes on                   %02x%02x-%02x-%02x %02x %02x\n", cell(0x32), cell(9), cell(8), cell(7), cell(6), cell(4));
  set_cell(0x70, 0x5a);
  show("memory", cell(0x70));
}

// ---------------------------------------------------------------- keyboard controller
static uint8_t answer(void) {
  while (!(inb(kKeyboard) & 1)) {
  }
  return inb(kData);
}
static void keyboard(void) {
  while (inb(kKeyboard) & 1) inb(kData);
  outb(kKeyboard, 0xad);
  outb(kKeyboard, 0xaa);
  show("self test", answer());
  outb(kKeyboard, 0xab);
  show("line test", answer());
  outb(kKeyboard, 0x60);
  outb(kData, 0x65);
  outb(kKeyboard, 0x20);
  show("command byte", answer());
  show("status", inb(kKeyboard) & 0xf3);
  outb(kKeyboard, 0xae);
  outb(kData, 0xee);
  show("echo", answer());
  outb(kData, 0xed);
  show("lamps", answer());
  outb(kData, 2);
  show("lamps", answer());
  outb(kData, 0xf2);
  printf("who                          ");
  for (int i = 0; i < 3; ++i) printf(" %02x", answer());
  outb(kData, 0xff);
  printf("\nreset                        ");
  for (int i = 0; i < 2; ++i) printf(" %02x", answer());
  printf("\n");
  outb(kFast, 2);
  show("A20 by port 92", inb(kFast) & 3);
  outb(kKeyboard, 0xd0);
  show("A20 in the output port", answer() & 3);
}

// ---------------------------------------------------------------- COM1
// Nothing is printed while it is in loop mode: the results wait.
static void serial(void) {
  uint8_t seen[32];
  unsigned n = 0;
  outb(kCom1 + 1, 0);
  outb(kCom1 + 7, 0x5a);
  seen[n++] = inb(kCom1 + 7);
  outb(kCom1 + 4, 0x1f);
  seen[n++] = inb(kCom1 + 4);
  inb(kCom1 + 6);
  outb(kCom1 + 4, 0x12);
  seen[n++] = inb(kCom1 + 6) & 0xf0;
  outb(kCom1 + 4, 0x19);
  seen[n++] = inb(kCom1 + 6) & 0xf0;
  outb(kCom1 + 2, 0x07);
  seen[n++] = inb(kCom1 + 2);
  outb(kCom1 + 1, 0x02);
  seen[n++] = inb(kCom1 + 2);
  seen[n++] = inb(kCom1 + 2);
  outb(kCom1 + 1, 0x01);
  seen[n++] = inb(kCom1 + 5);
  outb(kCom1, 0xa1);
  outb(kCom1, 0xa2);
  seen[n++] = inb(kCom1 + 5);
  seen[n++] = inb(kCom1 + 2) & 0xc7;  // that they have waited for long, too, depends on the time
  outb(kCom1 + 1, 0x03);
  seen[n++] = inb(kCom1 + 2) & 0xc7;
  seen[n++] = inb(kCom1);
  seen[n++] = inb(kCom1);
  seen[n++] = inb(kCom1 + 2);
  seen[n++] = inb(kCom1 + 2);
  outb(kCom1 + 1, 0x00);
  outb(kCom1 + 2, 0x00);
  seen[n++] = inb(kCom1 + 2);
  seen[n++] = inb(kCom1 + 1);
  outb(kCom1 + 4, 0x03);
  seen[n++] = inb(kCom1 + 6) & 0xf0;
  for (unsigned i = 0; i < n; ++i) printf("COM1 %02u                      %02x\n", i, seen[i]);
}

// ---------------------------------------------------------------- with interrupts
static volatile unsigned ticks, seconds, sent;

static struct frame* timer_interrupt(struct frame* frame) {
  ++ticks;
  pic_end(kIrqTimer);
  return frame;
}
static struct frame* clock_interrupt(struct frame* frame) {
  if (cell(0x0c) & 0x10) ++seconds;
  pic_end(kIrqClock);
  return frame;
}
static struct frame* serial_interrupt(struct frame* frame) {
  static const char text[] = "by interrupts\n";
  if ((inb(kCom1 + 2) & 0x0f) == 2) {
    if (text[sent]) {
      outb(kCom1, (uint8_t)text[sent++]);
    } else {
      outb(kCom1 + 1, 0);
    }
  }
  pic_end(kIrqCom1);
  return frame;
}

static void interrupts(void) {
  system_start();
  pic_start();
  system_handle(kFirstIrq + kIrqTimer, timer_interrupt);
  system_handle(kFirstIrq + kIrqClock, clock_interrupt);
  system_handle(kFirstIrq + kIrqCom1, serial_interrupt);
  pit_start(200);
  pic_unmask(kIrqTimer);
  while (ticks < 5) wait_for_interrupt();
  printf("five ticks\n");
  outb(kPic1 + 1, inb(kPic1 + 1) | 1);
  set_cell(0x0b, 0x82);
  set_time(0x1999, 0x12, 0x31, 0x23, 0x59, 0x59);
  cell(0x0c);
  set_cell(0x0b, 0x12);
  pic_unmask(kIrqCascade);
  pic_unmask(kIrqClock);
  while (seconds < 1) wait_for_interrupt();
  show_time("a second later");
  outb(kCom1 + 4, 0x0b);
  pic_unmask(kIrqCom1);
  outb(kCom1 + 1, 0x02);
  while (inb(kCom1 + 1)) wait_for_interrupt();
  outb(kKeyboard, 0xfe);
  for (;;) __asm__ volatile("hlt");
}

int main(void) {
  __asm__ volatile("cli");
  controllers();
  timer();
  clock();
  keyboard();
  serial();
  show("unused port", inb(0x2f7));
  outb(0x80, 0x12);
  if (guest_option("irq")) interrupts();
  printf("devices done\n");
  return 0;
}
