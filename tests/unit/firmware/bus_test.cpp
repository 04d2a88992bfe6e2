// The devices as a polling program sees them.
#include "firmware/devices/bus.h"

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
};

struct Fixture {
  Buffer console;
  Bus bus;
  Fixture() { bus.reset(console, {}); }
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

}  // namespace
}  // namespace veil::fw
