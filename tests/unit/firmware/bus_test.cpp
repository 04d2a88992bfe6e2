// The bus by itself, with a device of the test's own at ports and in memory: what reaches the device, and when its line
// and its events are looked at.
#include "firmware/devices/bus.h"

#include <catch2/catch.hpp>
#include <vector>

namespace veil::fw {
namespace {

struct Seen {
  bool write;
  unsigned region;
  uint32_t offset;
  unsigned bytes;
  uint32_t value;
  bool operator==(const Seen&) const = default;
};

struct Probe final : Device {
  std::vector<Seen> seen;
  uint32_t answer = 0x44332211;
  uint64_t event = kNever;
  Line wire;
  uint64_t advanced = 0;

  uint32_t read(const Place& at, uint64_t) override {
    seen.push_back({false, at.region, at.offset, at.bytes, 0});
    return answer;
  }
  void write(const Place& at, uint32_t value, uint64_t) override {
    seen.push_back({true, at.region, at.offset, at.bytes, value});
  }
  uint64_t next_event() const override { return event; }
  void advance(uint64_t now) override { advanced = now; }
  Line interrupt(uint64_t) override {
    const Line now = wire;
    wire.edge = false;
    return now;
  }
};

constexpr Traits kActs{.read_acts = true, .write_acts = true};
constexpr PortRange kPorts[] = {
    {0x10, 4, 0, 1, {}},
    {0x14, 4, 0, 2, {.whole = true}},
    {0x20, 1, 0, 3, kActs},
    {0x21, 1, 0, 4, {.catch_up = true}},
};
constexpr auto kIndex = index_ports<0x22>(kPorts);
constexpr MemoryRange kMemory[] = {
    {0xa0000, 0x100, 0, 5, {}},
    {0xfee00000, 0x1000, 0, 6, {.whole = true, .write_acts = true}},
};
constexpr LineWire kLines[] = {{3, 0}};

struct Fixture {
  Probe probe;
  PicPair pics;
  Device* devices[1] = {&probe};
  Bus bus;

  Fixture() {
    pics.reset();
    // Vectors from 0x20 on, nothing masked.
    pics.write({PicPair::kFirst, 0}, 0x11, 0);
    for (const uint32_t word : {0x20u, 4u, 1u, 0u}) pics.write({PicPair::kFirst, 1}, word, 0);
    bus.reset({.ports = kPorts, .port_index = kIndex, .memory = kMemory, .lines = kLines}, devices, pics);
  }
};

}  // namespace

TEST_CASE("an access to byte-wide ports comes byte by byte, one to the others whole") {
  Fixture f;
  CHECK(f.bus.in(0x11, 2, 0) == 0x1111);
  f.bus.out(0x12, 2, 0xbbaa, 0);
  CHECK(f.bus.in(0x15, 2, 0) == 0x2211);
  f.bus.out(0x14, 4, 0xddccbbaa, 0);
  CHECK(f.probe.seen == std::vector<Seen>{{false, 1, 1, 1, 0},
                                          {false, 1, 2, 1, 0},
                                          {true, 1, 2, 1, 0xaa},
                                          {true, 1, 3, 1, 0xbb},
                                          {false, 2, 1, 2, 0},
                                          {true, 2, 0, 4, 0xddccbbaa}});
}

TEST_CASE("bytes that belong to nobody, or in the middle of an access to whole ports, are all ones") {
  Fixture f;
  CHECK(f.bus.in(0x0f, 2, 0) == 0x11ff);
  CHECK(f.bus.in(0x13, 2, 0) == 0xff11);
  CHECK(f.bus.in(0x8000, 4, 0) == 0xffffffff);
  f.bus.out(0x13, 2, 0xbbaa, 0);
  CHECK(f.probe.seen.back() == Seen{true, 1, 3, 1, 0xaa});
}

TEST_CASE("memory-mapped devices are reached by guest physical address") {
  Fixture f;
  CHECK_FALSE(f.bus.maps(0x9ffff));
  CHECK(f.bus.maps(0xa0000));
  CHECK(f.bus.maps(0xa00ff));
  CHECK_FALSE(f.bus.maps(0xa0100));
  CHECK(f.bus.load(0xa0004, 2, 0) == 0x1111);
  CHECK(f.bus.load(0xfee00020, 4, 0) == 0x44332211);
  f.bus.store(0xfee00020, 4, 7, 0);
  f.bus.store(0x100000, 4, 7, 0);
  CHECK(f.bus.load(0x100000, 2, 0) == 0xffff);
  CHECK(f.probe.seen ==
        std::vector<Seen>{{false, 5, 4, 1, 0}, {false, 5, 5, 1, 0}, {false, 6, 0x20, 4, 0}, {true, 6, 0x20, 4, 7}});
}

TEST_CASE("an access that acts carries the line to the controller, and the next event") {
  Fixture f;
  f.probe.wire = {.high = true};
  f.probe.event = 99;
  SECTION("one that does not act leaves them for later") {
    (void)f.bus.in(0x10, 1, 0);
    CHECK_FALSE(f.bus.interrupt_pending());
    CHECK(f.bus.next_event() == Bus::kNever);
  }
  SECTION("a port") {
    (void)f.bus.in(0x20, 1, 0);
    REQUIRE(f.bus.interrupt_pending());
    CHECK(f.bus.acknowledge() == 0x23);
    CHECK(f.bus.next_event() == 99);
  }
  SECTION("memory") {
    f.bus.store(0xfee00000, 4, 0, 0);
    CHECK(f.bus.interrupt_pending());
  }
  SECTION("an event of a masked line is none") {
    f.pics.write({PicPair::kFirst, 1}, 0x08, 0);
    (void)f.bus.in(0x20, 1, 0);
    CHECK(f.bus.next_event() == Bus::kNever);
    CHECK_FALSE(f.bus.interrupt_pending());
  }
}

TEST_CASE("a line that has fallen and risen again makes a new request") {
  Fixture f;
  f.probe.wire = {.high = true};
  f.bus.advance(5);
  CHECK(f.probe.advanced == 5);
  CHECK(f.bus.acknowledge() == 0x23);
  f.pics.write({PicPair::kFirst, 0}, 0x20, 6);  // end of interrupt
  f.bus.advance(7);
  CHECK_FALSE(f.bus.interrupt_pending());
  f.probe.wire.edge = true;
  f.bus.advance(8);
  CHECK(f.bus.interrupt_pending());
}

TEST_CASE("what may show the past is reached after all devices have come to the present") {
  Fixture f;
  (void)f.bus.in(0x21, 1, 12);
  CHECK(f.probe.advanced == 12);
}

}  // namespace veil::fw
