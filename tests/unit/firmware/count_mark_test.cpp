#include "firmware/vcpu/count_mark.h"

#include <catch2/catch.hpp>

namespace veil::fw {
namespace {

TEST_CASE("a mark holds at its count alone, whichever that is") {
  for (const uint32_t count : {0u, 1u, 0x7fffffffu, 0xffffffffu}) {
    CountMark mark;
    CHECK_FALSE(mark.is(count));
    mark.set(count);
    CHECK(mark.is(count));
    CHECK(mark.is(count));
    mark.clear();
    CHECK_FALSE(mark.is(count));
  }
}

TEST_CASE("a mark that has passed does not hold when its count comes again") {
  CountMark mark;
  mark.set(0xffffffff);
  CHECK(mark.is(0xffffffff));
  CHECK_FALSE(mark.is(0x3fffffff));  // a look 2^30 instructions later
  CHECK_FALSE(mark.is(0xffffffff));
}

}  // namespace
}  // namespace veil::fw
