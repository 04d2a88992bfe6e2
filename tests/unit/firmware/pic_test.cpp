// The interrupt controllers, step by step through their data sheet.
#include "firmware/devices/pic.h"

#include <catch2/catch.hpp>

namespace veil::fw {
namespace {

// Vectors 0x20 and 0x28, everything open.
PicPair made(uint8_t icw4 = 0x01, uint8_t second_icw4 = 0x01) {
  PicPair pics;
  pics.reset();
  const auto initialise = [&](Pic& pic, uint8_t base, uint8_t wiring, uint8_t last) {
    pic.write(0, 0x11);
    pic.write(1, base);
    pic.write(1, wiring);
    pic.write(1, last);
  };
  initialise(pics.first(), 0x20, 0x04, icw4);
  initialise(pics.second(), 0x28, 0x02, second_icw4);
  return pics;
}

uint8_t requests(Pic& pic) {
  pic.write(0, 0x0a);
  return pic.read(0);
}
uint8_t in_service(Pic& pic) {
  pic.write(0, 0x0b);
  return pic.read(0);
}

TEST_CASE("a rising edge interrupts once, until it rises again") {
  PicPair pics = made();
  CHECK_FALSE(pics.interrupt_pending());
  pics.set_line(4, true);
  pics.set_line(4, true);
  REQUIRE(pics.interrupt_pending());
  CHECK(requests(pics.first()) == 0x10);
  CHECK(pics.acknowledge() == 0x24);
  CHECK(requests(pics.first()) == 0);
  CHECK(in_service(pics.first()) == 0x10);
  pics.first().write(0, 0x20);
  CHECK(in_service(pics.first()) == 0);
  CHECK_FALSE(pics.interrupt_pending());
  pics.set_line(4, false);
  pics.set_line(4, true);
  CHECK(pics.interrupt_pending());
}

TEST_CASE("the mask holds a request back and does not forget it") {
  PicPair pics = made();
  pics.first().write(1, 0x10);
  CHECK(pics.first().read(1) == 0x10);
  pics.set_line(4, true);
  CHECK_FALSE(pics.interrupt_pending());
  CHECK_FALSE(pics.heard(4));
  pics.first().write(1, 0);
  CHECK(pics.interrupt_pending());
}

TEST_CASE("priorities: only what is more urgent than all that is in service") {
  PicPair pics = made();
  pics.set_line(3, true);
  CHECK(pics.acknowledge() == 0x23);
  pics.set_line(5, true);
  CHECK_FALSE(pics.interrupt_pending());
  pics.set_line(1, true);
  CHECK(pics.acknowledge() == 0x21);
  CHECK(in_service(pics.first()) == 0x0a);
  pics.first().write(0, 0x20);  // non-specific: the most urgent
  CHECK(in_service(pics.first()) == 0x08);
  CHECK_FALSE(pics.interrupt_pending());
  pics.first().write(0, 0x63);  // specific
  CHECK(in_service(pics.first()) == 0);
  CHECK(pics.acknowledge() == 0x25);
}

TEST_CASE("rotation makes the line that was served the least urgent") {
  PicPair pics = made();
  pics.set_line(3, true);
  pics.acknowledge();
  pics.first().write(0, 0xa0);  // rotate on non-specific EOI
  pics.set_line(4, true);
  pics.set_line(3, false);
  pics.set_line(3, true);
  CHECK(pics.acknowledge() == 0x24);
  pics.first().write(0, 0xe4);  // rotate on specific EOI
  CHECK(pics.acknowledge() == 0x23);
  pics.first().write(0, 0x63);
  pics.first().write(0, 0xc7);  // set priority: 7 is the lowest again
  pics.set_line(7, true);
  pics.set_line(0, true);
  CHECK(pics.acknowledge() == 0x20);
}

TEST_CASE("special mask mode lets less urgent lines through after a masked one in service") {
  PicPair pics = made();
  pics.set_line(1, true);
  pics.acknowledge();
  pics.set_line(6, true);
  CHECK_FALSE(pics.interrupt_pending());
  pics.first().write(1, 0x02);
  CHECK_FALSE(pics.interrupt_pending());
  pics.first().write(0, 0x68);
  CHECK(pics.acknowledge() == 0x26);
  pics.first().write(0, 0x48);
  pics.set_line(7, true);
  CHECK_FALSE(pics.interrupt_pending());
}

TEST_CASE("automatic end of interrupt leaves nothing in service") {
  PicPair pics = made(0x03);
  pics.set_line(5, true);
  CHECK(pics.acknowledge() == 0x25);
  CHECK(in_service(pics.first()) == 0);
  pics.first().write(0, 0x80);  // rotate in automatic mode
  pics.set_line(2, false);
  pics.set_line(6, true);
  CHECK(pics.acknowledge() == 0x26);
  pics.set_line(0, true);
  pics.set_line(7, true);
  CHECK(pics.acknowledge() == 0x27);  // 7 is first after 6
}

TEST_CASE("polling acknowledges by a read") {
  PicPair pics = made();
  pics.first().write(0, 0x0c);
  CHECK(pics.first().read(0) == 0x00);
  pics.set_line(3, true);
  pics.first().write(0, 0x0c);
  CHECK(pics.first().read(1) == 0x83);
  CHECK(in_service(pics.first()) == 0x08);
}

TEST_CASE("the second controller is line 2 of the first") {
  PicPair pics = made();
  pics.set_line(10, true);
  CHECK(requests(pics.first()) == 0x04);
  CHECK(pics.acknowledge() == 0x2a);
  CHECK(in_service(pics.first()) == 0x04);
  CHECK(in_service(pics.second()) == 0x04);
  SECTION("both want an end") {
    pics.set_line(12, true);
    CHECK_FALSE(pics.interrupt_pending());
    pics.second().write(0, 0x20);
    pics.settle();
    CHECK_FALSE(pics.interrupt_pending());
    pics.first().write(0, 0x20);
    CHECK(pics.acknowledge() == 0x2c);
  }
  SECTION("without special nesting the first hides what is more urgent in the second") {
    pics.set_line(8, true);
    CHECK_FALSE(pics.interrupt_pending());
  }
}

TEST_CASE("special fully nested mode lets the second controller interrupt itself") {
  PicPair pics = made(0x11);
  pics.set_line(10, true);
  pics.acknowledge();
  pics.set_line(8, true);
  CHECK(pics.acknowledge() == 0x28);
}

TEST_CASE("a level requests as long as it is there, and can disappear: IRQ7 and IRQ15") {
  PicPair pics = made();
  pics.first().set_edge_level(0xff);
  CHECK(pics.first().edge_level() == 0xf8);  // timer, keyboard and cascade cannot
  pics.second().set_edge_level(0xff);
  CHECK(pics.second().edge_level() == 0xde);
  pics.set_line(5, true);
  CHECK(pics.acknowledge() == 0x25);
  pics.first().write(0, 0x20);
  CHECK(pics.acknowledge() == 0x25);
  pics.first().write(0, 0x20);
  pics.set_line(5, false);
  CHECK_FALSE(pics.interrupt_pending());
  CHECK(pics.acknowledge() == 0x27);
  CHECK(in_service(pics.first()) == 0);  // a spurious interrupt is not in service
  pics.set_line(11, true);
  pics.second().set_line(3, false);  // falls, and the first has not seen it yet
  CHECK(pics.acknowledge() == 0x2f);
  CHECK(in_service(pics.second()) == 0);
  CHECK(in_service(pics.first()) == 0x04);
}

TEST_CASE("initialisation forgets everything, and a line that is still high must rise again") {
  PicPair pics = made();
  pics.set_line(3, true);
  pics.first().write(1, 0xff);
  pics.first().write(0, 0x13);  // single: no third word
  pics.first().write(1, 0x40);
  pics.first().write(1, 0x01);
  CHECK(pics.first().read(1) == 0);
  CHECK(requests(pics.first()) == 0);
  pics.set_line(3, true);
  CHECK_FALSE(pics.interrupt_pending());
  pics.set_line(3, false);
  pics.set_line(3, true);
  CHECK(pics.acknowledge() == 0x43);
}

}  // namespace
}  // namespace veil::fw
