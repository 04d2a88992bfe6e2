#include "firmware/dispatcher/watchdog.h"

#include <catch2/catch.hpp>

namespace veil::fw {
namespace {

TEST_CASE("traps at one place are too many some time, and not before") {
  Watchdog watchdog;
  const Watchdog::Place place{100, 5, 0x1000};
  for (uint32_t n = 0; n < Watchdog::kPatience; ++n) REQUIRE_FALSE(watchdog.bites(place));
  CHECK(watchdog.bites(place));
}

TEST_CASE("any step forward is enough") {
  const Watchdog::Place start{100, 5, 0x1000};
  for (const Watchdog::Place next :
       {Watchdog::Place{101, 5, 0x1000}, {100, 4, 0x1000}, {100, 5, 0x1002}, {100, 5, 0x1000, 1}}) {
    Watchdog watchdog;
    for (uint32_t n = 0; n < 10 * Watchdog::kPatience; ++n) REQUIRE_FALSE(watchdog.bites(n % 2 == 0 ? start : next));
  }
}

}  // namespace
}  // namespace veil::fw
