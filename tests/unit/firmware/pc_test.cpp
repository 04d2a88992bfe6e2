// The devices as a polling program sees them.
#include "firmware/devices/pc.h"

#include <catch2/catch.hpp>
#include <deque>
#include <string>

namespace veil::fw {
namespace {

struct Buffer final : Console {
  std::string out;
  std::deque<uint8_t> in;
  void put(uint8_t byte) override { out.push_back(static_cast<char>(byte)); }
  std::optional<uint8_t> take() override {
    if (in.empty()) return std::nullopt;
    const uint8_t byte = in.front();
    in.pop_front();
    return byte;
  }
  bool ended() const override { return closed && in.empty(); }
  bool closed = false;
};

struct Fixture {
  Buffer console;
  Pc bus;
  Fixture() { bus.reset(console, {}); }
  uint8_t in(uint16_t port, uint64_t now = 0) { return static_cast<uint8_t>(bus.in(port, 1, now)); }
  void out(uint16_t port, uint8_t value, uint64_t now = 0) { bus.out(port, 1, value, now); }
  // Vectors 0x20 and 0x28; open are the lines that `mask` (second controller high) leaves.
  void open(uint16_t mask, uint64_t now = 0) {
    for (const uint16_t port : {uint16_t{0x20}, uint16_t{0xa0}}) {
      out(port, 0x11, now);
      out(static_cast<uint16_t>(port + 1), port == 0x20 ? 0x20 : 0x28, now);
      out(static_cast<uint16_t>(port + 1), port == 0x20 ? 4 : 2, now);
      out(static_cast<uint16_t>(port + 1), 1, now);
    }
    out(0x21, static_cast<uint8_t>(mask), now);
    out(0xa1, static_cast<uint8_t>(mask >> 8), now);
  }
};

TEST_CASE("COM1 transmits and says that it is empty") {
  Fixture f;
  CHECK(f.bus.in(0x3fd, 1, 0) == 0x60);
  f.bus.out(0x3f8, 1, 'V', 0);
  f.bus.out(0xe9, 1, 'e', 0);
  CHECK(f.console.out == "Ve");
}

TEST_CASE("COM1 receives a byte once") {
  Fixture f;
  f.console.in = {'a', 'b'};
  CHECK(f.bus.in(0x3fd, 1, 0) == 0x61);
  CHECK(f.bus.in(0x3f8, 1, 0) == 'a');
  CHECK(f.bus.in(0x3f8, 1, 0) == 'b');
  CHECK(f.bus.in(0x3fd, 1, 0) == 0x60);
}

TEST_CASE("the divisor latch hides data and interrupt enable") {
  Fixture f;
  f.bus.out(0x3f9, 1, 0x0f, 0);
  f.bus.out(0x3fb, 1, 0x83, 0);
  f.bus.out(0x3f8, 1, 0x01, 0);
  f.bus.out(0x3f9, 1, 0x02, 0);
  CHECK(f.bus.in(0x3f8, 2, 0) == 0x0201);
  f.bus.out(0x3fb, 1, 0x03, 0);
  CHECK(f.bus.in(0x3f9, 1, 0) == 0x0f);
  CHECK(f.console.out.empty());
}

TEST_CASE("loop mode brings back what is sent") {
  Fixture f;
  f.bus.out(0x3fc, 1, 0x1e, 0);
  CHECK(f.bus.in(0x3fe, 1, 0) == 0xd0);
  f.bus.out(0x3f8, 1, 0xae, 0);
  CHECK(f.bus.in(0x3f8, 1, 0) == 0xae);
  CHECK(f.console.out.empty());
}

TEST_CASE("IIR names what is pending, transmitter empty only once") {
  Fixture f;
  CHECK(f.bus.in(0x3fa, 1, 0) == 0x01);
  f.bus.out(0x3f9, 1, 0x03, 0);
  CHECK(f.bus.in(0x3fa, 1, 0) == 0x02);
  CHECK(f.bus.in(0x3fa, 1, 0) == 0x01);
  f.console.in = {'x'};
  CHECK(f.bus.in(0x3fa, 1, 0) == 0x04);
}

TEST_CASE("port 0xf4 asks for the end, once the instruction is through") {
  Fixture f;
  CHECK_FALSE(f.bus.exit_status().has_value());
  f.bus.out(0xf4, 1, 0x10, 0);
  CHECK(f.bus.exit_status() == 0x21u);
}

TEST_CASE("a port without a device reads all ones") {
  Fixture f;
  f.bus.out(0x1234, 4, 0, 0);
  CHECK(f.bus.in(0x1234, 1, 0) == 0xff);
  CHECK(f.bus.in(0x1234, 2, 0) == 0xffff);
  CHECK(f.bus.in(0x1234, 4, 0) == 0xffffffff);
}

TEST_CASE("the timer interrupts at the time that the bus has named") {
  Fixture f;
  f.open(0xfffe);
  f.out(0x43, 0x34);
  f.out(0x40, 0xa9);  // 1193: a thousandth of a second
  f.out(0x40, 0x04);
  CHECK(f.bus.next_event() == 1194 * kUnitsPerTick);
  f.bus.advance(1194 * kUnitsPerTick - 1);
  CHECK_FALSE(f.bus.interrupt_pending());
  f.bus.advance(1194 * kUnitsPerTick);
  REQUIRE(f.bus.interrupt_pending());
  CHECK(f.bus.acknowledge() == 0x20);
  CHECK_FALSE(f.bus.interrupt_pending());
  f.out(0x20, 0x20, 1200 * kUnitsPerTick);
  CHECK(f.bus.next_event() == (1194 + 1193) * kUnitsPerTick);
}

TEST_CASE("a masked timer is no event, but its request is there when somebody looks") {
  Fixture f;
  f.open(0xffff);
  CHECK(f.bus.next_event() == Bus::kNever);
  f.out(0x20, 0x0a, 65537 * kUnitsPerTick - 1);
  CHECK(f.in(0x20, 65537 * kUnitsPerTick - 1) == 0);
  CHECK(f.in(0x20, 65537 * kUnitsPerTick) == 1);
  f.out(0x21, 0xfe, 65600 * kUnitsPerTick);
  CHECK(f.bus.interrupt_pending());
}

TEST_CASE("the clock interrupts on line 8, the keyboard on line 1") {
  Fixture f;
  f.open(0xfef9);
  f.out(0x70, 0x0b);
  f.out(0x71, 0x12);
  CHECK(f.bus.next_event() == kUnitsPerSecond);
  f.bus.advance(kUnitsPerSecond);
  CHECK(f.bus.acknowledge() == 0x28);
  CHECK(f.bus.next_event() == Bus::kNever);  // the line is up until register C is read
  f.out(0x70, 0x0c, kUnitsPerSecond);
  CHECK((f.in(0x71, kUnitsPerSecond) & 0xb0) == 0x90);
  CHECK(f.bus.next_event() == 2ull * kUnitsPerSecond);
  f.out(0xa0, 0x20);
  f.out(0x20, 0x20);
  f.out(0x60, 0xff);
  CHECK(f.bus.acknowledge() == 0x21);
  f.out(0x20, 0x20);
  CHECK_FALSE(f.bus.interrupt_pending());
  CHECK(f.in(0x60) == 0xfa);
  CHECK(f.bus.acknowledge() == 0x21);  // the second byte has its own interrupt
}

TEST_CASE("COM1 interrupts on line 4 if OUT2 lets it: transmitter empty") {
  Fixture f;
  f.open(0xffef);
  f.out(0x3f9, 0x02);
  CHECK_FALSE(f.bus.interrupt_pending());
  f.out(0x3fc, 0x08);
  REQUIRE(f.bus.interrupt_pending());
  CHECK(f.bus.acknowledge() == 0x24);
  CHECK(f.in(0x3fa) == 0x02);
  f.out(0x20, 0x20);
  CHECK_FALSE(f.bus.interrupt_pending());
  f.out(0x3f8, 'x');
  CHECK(f.bus.acknowledge() == 0x24);
}

TEST_CASE("COM1 looks for input by itself while its interrupt is enabled") {
  Fixture f;
  f.open(0xffef);
  f.out(0x3fb, 0x83);
  f.out(0x3f8, 1);
  f.out(0x3f9, 0);
  f.out(0x3fb, 0x03);
  f.out(0x3fc, 0x08);
  CHECK(f.bus.next_event() == Bus::kNever);
  f.out(0x3f9, 0x01);
  f.console.in = {'a', 'b'};
  const uint64_t first = f.bus.next_event();
  CHECK(first == 104 * kUnitsPerTick);
  f.bus.advance(first);
  REQUIRE(f.bus.interrupt_pending());
  CHECK(f.bus.acknowledge() == 0x24);
  CHECK(f.bus.next_event() == Bus::kNever);  // no room for another
  CHECK(f.in(0x3fa, first) == 0x04);
  CHECK(f.in(0x3f8, first) == 'a');
  f.out(0x20, 0x20, first);
  CHECK_FALSE(f.bus.interrupt_pending());
  CHECK(f.bus.next_event() == 2 * first);
  f.bus.advance(2 * first);
  CHECK(f.bus.acknowledge() == 0x24);
  CHECK(f.in(0x3f8, 2 * first) == 'b');
  f.console.closed = true;
  f.out(0x20, 0x20, 2 * first);
  CHECK(f.bus.next_event() == Bus::kNever);  // nothing more can come
}

TEST_CASE("COM1's FIFO interrupts at its level, or when bytes have waited long enough") {
  Fixture f;
  f.open(0xffef);
  f.out(0x3fa, 0x41);  // four bytes
  f.out(0x3fc, 0x08);
  f.out(0x3f9, 0x01);
  const uint64_t character = 104 * 12 * kUnitsPerTick;
  SECTION("level") {
    f.console.in = {'1', '2', '3', '4', '5'};
    uint64_t now = 0;
    while (!f.bus.interrupt_pending()) f.bus.advance(now = f.bus.next_event());
    CHECK(now == 4 * character);
    CHECK(f.in(0x3fa, now) == 0xc4);
    CHECK(f.in(0x3f8, now) == '1');
    CHECK(f.in(0x3fa, now) == 0xc1);
  }
  SECTION("timeout") {
    f.console.in = {'1'};
    uint64_t now = 0;
    while (!f.bus.interrupt_pending()) f.bus.advance(now = f.bus.next_event());
    CHECK(now == 5 * character);
    CHECK(f.in(0x3fa, now) == 0xcc);
    CHECK(f.in(0x3f8, now) == '1');
    CHECK(f.in(0x3fa, now) == 0xc1);
  }
}

TEST_CASE("a reset of the machine ends the run with status 0") {
  Fixture f;
  SECTION("keyboard controller") { f.out(0x64, 0xfe); }
  SECTION("port 0x92") { f.out(0x92, 0x01); }
  SECTION("port 0xcf9") { f.out(0xcf9, 0x06); }
  CHECK(f.bus.reset_requested());
  CHECK(f.bus.exit_status() == 0u);
}

}  // namespace
}  // namespace veil::fw
