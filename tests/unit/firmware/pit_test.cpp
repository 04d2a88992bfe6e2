// The timer: counts, outputs, latches in all modes. Times are ticks; the counter is loaded with the tick after the
// write.
#include "firmware/devices/pit.h"

#include <catch2/catch.hpp>
#include <vector>

namespace veil::fw {
namespace {

constexpr uint64_t at(uint64_t tick) { return tick * kUnitsPerTick; }

struct Fixture {
  Pit pit;
  Fixture() { pit.reset(); }
  void program(unsigned counter, unsigned mode, uint32_t count, uint64_t tick, bool bcd = false) {
    pit.write(3, static_cast<uint8_t>(counter << 6 | 0x30 | mode << 1 | (bcd ? 1 : 0)), at(tick));
    pit.write(static_cast<uint16_t>(counter), static_cast<uint8_t>(count), at(tick));
    pit.write(static_cast<uint16_t>(counter), static_cast<uint8_t>(count >> 8), at(tick));
  }
  uint32_t count(unsigned counter, uint64_t tick) {
    const uint32_t low = pit.read(static_cast<uint16_t>(counter), at(tick));
    return low | static_cast<uint32_t>(pit.read(static_cast<uint16_t>(counter), at(tick))) << 8;
  }
  uint8_t status(unsigned counter, uint64_t tick) {
    pit.write(3, static_cast<uint8_t>(0xe0 | 2u << counter), at(tick));
    return pit.read(static_cast<uint16_t>(counter), at(tick));
  }
  bool output(unsigned counter, uint64_t tick) { return (status(counter, tick) & 0x80) != 0; }
  // The ticks at which IRQ0 rises up to `end`, driven as the bus does it.
  std::vector<uint64_t> rises(uint64_t end) {
    std::vector<uint64_t> found;
    while (pit.next_event() <= at(end)) {
      const uint64_t now = pit.next_event();
      if (pit.take_edge(now)) found.push_back(now / kUnitsPerTick);
      REQUIRE(pit.next_event() > now);
    }
    return found;
  }
};

TEST_CASE("after reset it gives 18.2 interrupts a second") {
  Fixture f;
  CHECK(f.rises(200000) == std::vector<uint64_t>{65537, 131073, 196609});
}

TEST_CASE("mode 0: the output rises once, a count and a tick after the write") {
  Fixture f;
  f.program(0, 0, 100, 1000);
  CHECK_FALSE(f.output(0, 1000));
  CHECK(f.count(0, 1001) == 100);
  CHECK(f.count(0, 1041) == 60);
  CHECK_FALSE(f.output(0, 1100));
  CHECK(f.rises(1000000) == std::vector<uint64_t>{1101});
  CHECK(f.output(0, 1101));
  CHECK(f.count(0, 1103) == 0xfffe);  // it counts on
  SECTION("the first of two bytes stops it") {
    f.program(0, 0, 100, 2000);
    f.pit.write(0, 50, at(2010));
    CHECK_FALSE(f.output(0, 2500));
    f.pit.write(0, 0, at(2500));
    CHECK(f.output(0, 2551));
  }
}

TEST_CASE("mode 2: a pulse in each period, IRQ0 at its end") {
  Fixture f;
  f.program(0, 2, 1000, 0);
  CHECK(f.rises(3500) == std::vector<uint64_t>{1001, 2001, 3001});
  CHECK(f.count(0, 3501) == 500);
  CHECK(f.output(0, 3999));
  CHECK_FALSE(f.output(0, 4000));
  CHECK(f.output(0, 4001));
  SECTION("a new count waits for the end of the period") {
    f.pit.take_edge(at(4001));
    f.pit.write(0, 100, at(4500));
    f.pit.write(0, 0, at(4500));
    CHECK((f.status(0, 4500) & 0x40) != 0);  // null count
    CHECK(f.rises(5250) == std::vector<uint64_t>{5001, 5101, 5201});
    CHECK((f.status(0, 5250) & 0x40) == 0);
  }
  SECTION("a long sleep is one edge") {
    CHECK(f.pit.take_edge(at(100000)));
    CHECK_FALSE(f.pit.take_edge(at(100000)));
    CHECK(f.pit.next_event() == at(100001));
  }
}

TEST_CASE("mode 3: half and half, counting by twos") {
  Fixture f;
  f.program(0, 3, 10, 0);
  CHECK(f.rises(25) == std::vector<uint64_t>{11, 21});
  f.program(0, 3, 10, 100);
  CHECK(f.count(0, 101) == 10);
  CHECK(f.count(0, 104) == 4);
  CHECK(f.output(0, 105));
  CHECK_FALSE(f.output(0, 106));
  CHECK(f.count(0, 107) == 8);
  SECTION("odd: the first half is longer") {
    f.program(0, 3, 7, 200);
    CHECK(f.output(0, 204));
    CHECK_FALSE(f.output(0, 205));
    CHECK_FALSE(f.output(0, 207));
    CHECK(f.output(0, 208));
    CHECK(f.count(0, 201) == 6);
  }
}

TEST_CASE("modes 1 and 5 wait for the gate, mode 4 for the count alone") {
  Fixture f;
  f.program(2, 1, 20, 0);
  CHECK(f.output(2, 50));
  f.pit.write_speaker(1, at(100));
  CHECK_FALSE(f.output(2, 101));
  CHECK_FALSE(f.output(2, 120));
  CHECK(f.output(2, 121));
  f.pit.write_speaker(0, at(130));
  f.program(2, 5, 20, 200);
  f.pit.write_speaker(1, at(300));
  CHECK(f.output(2, 320));
  CHECK_FALSE(f.output(2, 321));
  CHECK(f.output(2, 322));
  f.program(0, 4, 30, 400);
  CHECK(f.output(0, 430));
  CHECK_FALSE(f.output(0, 431));
  CHECK(f.output(0, 432));
}

TEST_CASE("port 0x61: the gate stops counter 2 and lets it go on; its output is bit 5, the refresh bit 4") {
  Fixture f;
  f.pit.write_speaker(1, at(0));
  f.program(2, 0, 1000, 0);
  f.pit.write_speaker(0, at(501));
  CHECK(f.count(2, 700) == 500);
  f.pit.write_speaker(3, at(1000));
  CHECK((f.pit.read_speaker(at(1499)) & 0x23) == 0x03);
  CHECK((f.pit.read_speaker(at(1500)) & 0x23) == 0x23);
  CHECK((f.pit.read_speaker(at(0)) & 0x10) == 0);
  CHECK((f.pit.read_speaker(at(18)) & 0x10) == 0x10);
  CHECK((f.pit.read_speaker(at(36)) & 0x10) == 0);
}

TEST_CASE("the status shows the mode as it was written") {
  Fixture f;
  for (uint8_t mode = 0; mode < 8; ++mode) {
    f.pit.write(3, static_cast<uint8_t>(0xb0 | mode << 1), 0);
    CHECK((f.status(2, 10) >> 1 & 7) == mode);
  }
}

TEST_CASE("latches hold the count, and read-back the status, until they are read") {
  Fixture f;
  f.program(0, 2, 0x1234, 0);
  f.pit.write(3, 0x00, at(0x35));
  f.pit.write(3, 0x00, at(0x100));  // the first one counts
  CHECK(f.count(0, 0x200) == 0x1200);
  CHECK(f.count(0, 0x135) == 0x1100);
  f.pit.write(3, 0xc2, at(0x235));  // read-back: count and status of counter 0
  CHECK(f.pit.read(0, at(0x300)) == 0xb4);
  CHECK(f.count(0, 0x300) == 0x1000);
  f.pit.write(3, 0x14, at(0x300));  // only the low byte is to be read and written
  f.pit.write(0, 0x80, at(0x300));
  CHECK(f.pit.read(0, at(0x311)) == 0x70);
  CHECK(f.pit.read(0, at(0x312)) == 0x6f);
}

TEST_CASE("BCD counts ten thousand") {
  Fixture f;
  f.program(0, 2, 0x0500, 0, true);
  CHECK(f.count(0, 101) == 0x0400);
  CHECK(f.rises(1200) == std::vector<uint64_t>{501, 1001});
  f.program(0, 0, 0, 2000, true);
  CHECK(f.count(0, 2002) == 0x9999);
  CHECK(f.rises(100000) == std::vector<uint64_t>{12001});
}

}  // namespace
}  // namespace veil::fw
