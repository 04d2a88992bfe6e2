// The keyboard controller and its way to reset the machine.
#include "firmware/devices/keyboard.h"

#include <catch2/catch.hpp>

namespace veil::fw {
namespace {

struct Fixture {
  Keyboard keyboard;
  Fixture() { keyboard.reset(); }
  bool full() const { return (keyboard.read_status() & 1) != 0; }
};

TEST_CASE("nothing waits, and the self test is passed") {
  Fixture f;
  CHECK_FALSE(f.full());
  f.keyboard.write_command(0xaa);
  CHECK(f.keyboard.read_status() == 0x1d);
  CHECK(f.keyboard.line());
  CHECK(f.keyboard.read_data() == 0x55);
  CHECK_FALSE(f.keyboard.line());
  f.keyboard.write_command(0xab);
  CHECK(f.keyboard.read_data() == 0x00);
}

TEST_CASE("the command byte is read and written, and switches the interrupt") {
  Fixture f;
  f.keyboard.write_command(0x60);
  f.keyboard.write_data(0x44);
  f.keyboard.write_command(0x20);
  CHECK_FALSE(f.keyboard.line());
  CHECK(f.keyboard.read_data() == 0x44);
}

TEST_CASE("the keyboard answers in order") {
  Fixture f;
  f.keyboard.write_data(0xff);
  CHECK(f.keyboard.read_data() == 0xfa);
  CHECK(f.full());
  CHECK(f.keyboard.read_data() == 0xaa);
  CHECK_FALSE(f.full());
  f.keyboard.write_data(0xed);
  CHECK(f.keyboard.read_data() == 0xfa);
  f.keyboard.write_data(0x07);
  CHECK(f.keyboard.read_data() == 0xfa);
  f.keyboard.write_data(0xee);
  f.keyboard.write_command(0xad);  // disabled: it waits
  CHECK_FALSE(f.full());
  f.keyboard.write_command(0xae);
  CHECK(f.keyboard.read_data() == 0xee);
}

TEST_CASE("A20 by three ways") {
  Fixture f;
  CHECK(f.keyboard.read_system_port() == 0x02);
  f.keyboard.write_command(0xd1);
  f.keyboard.write_data(0xdd);
  CHECK(f.keyboard.read_system_port() == 0x00);
  f.keyboard.write_system_port(0x02);
  f.keyboard.write_command(0xd0);
  CHECK((f.keyboard.read_data() & 2) == 2);
  f.keyboard.write_command(0xdd);
  CHECK(f.keyboard.read_system_port() == 0x00);
  CHECK_FALSE(f.keyboard.reset_requested());
}

TEST_CASE("three ways to reset the machine, and pulses that do not") {
  Fixture f;
  f.keyboard.write_command(0xff);
  f.keyboard.write_command(0xf1);
  CHECK_FALSE(f.keyboard.reset_requested());
  SECTION("pulse") { f.keyboard.write_command(0xfe); }
  SECTION("output port") {
    f.keyboard.write_command(0xd1);
    f.keyboard.write_data(0x02);
  }
  SECTION("port 0x92") { f.keyboard.write_system_port(0x03); }
  CHECK(f.keyboard.reset_requested());
}

}  // namespace
}  // namespace veil::fw
