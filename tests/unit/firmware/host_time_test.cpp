#include "firmware/dispatcher/host_time.h"

#include <catch2/catch.hpp>
#include <cstdint>

namespace veil::fw {
namespace {

constexpr uint64_t kPeriod = 3818;  // of a timer of 5,000 Hz

TEST_CASE("a host that is fast enough sets the time") {
  HostTime time;
  CHECK(time.now(100, 1000) == 100);
  CHECK(time.now(200, 1200) == 200);
  CHECK(time.now(200, 5000) == 200);
}

TEST_CASE("time passes no faster than instructions while the guest executes") {
  for (const uint64_t slowness : {1, 2, 10, 1000}) {
    HostTime time;
    uint64_t before = 0, instructions = 0, next_tick = kPeriod, last_tick_at = 0, ticks = 0;
    while (ticks < 50) {
      instructions += 37;
      const uint64_t now = time.now(instructions * slowness, instructions);
      REQUIRE(now >= before);
      REQUIRE(now - before <= 37);
      before = now;
      if (now < next_tick) continue;
      REQUIRE(instructions - last_tick_at >= kPeriod - 37);
      last_tick_at = instructions;
      next_tick += kPeriod;
      ++ticks;
    }
  }
}

TEST_CASE("a look at the clock does not make it faster") {
  HostTime often, seldom;
  for (uint64_t n = 1; n <= 1000; ++n) (void)often.now(100 * n, n);
  CHECK(often.now(1000000, 1001) == seldom.now(1000000, 1001));
}

TEST_CASE("a halted guest catches up, event by event") {
  HostTime time;
  CHECK(time.now(1000000, 100) == 100);
  CHECK(time.halted(1000000, 500) == 500);
  CHECK(time.now(1000000, 110) == 510);  // its handler
  CHECK(time.halted(1000000, 900) == 900);
  CHECK(time.halted(1000000, 2000000) == 1000000);  // right again, and waits
  CHECK(time.now(1000050, 210) == 1000050);
}

TEST_CASE("time does not go back") {
  HostTime time;
  CHECK(time.now(1000, 2000) == 1000);
  CHECK(time.now(900, 2100) == 1000);
  CHECK(time.halted(900, 5000) == 1000);
}

}  // namespace
}  // namespace veil::fw
