#include "firmware/allocator/write_history.h"

#include <catch2/catch.hpp>
#include <memory>

namespace veil::fw {
namespace {

constexpr uint32_t kCode = 0x123440;  // begins a granule

struct Fixture {
  std::unique_ptr<WriteHistory> history = std::make_unique<WriteHistory>();
  uint32_t now = 0xffff0000;  // the clock wraps in every test
  uint32_t sum = 0;           // of the code: another one for each translation

  // A translation is made as soon as it may be, and written to `life` later, for `duration`; says how often.
  unsigned run(uint32_t life, uint32_t duration) {
    unsigned traps = 0;
    for (const uint32_t end = now + duration; static_cast<int32_t>(end - now) > 0;) {
      if (history->plan(kCode, 16, now).bytes == 0) {
        now += 16;
        continue;
      }
      const uint32_t made_at = now;
      now += life;
      history->written(kCode + 60, made_at, now, {kCode, ++sum});
      ++traps;
    }
    return traps;
  }
};

TEST_CASE("a granule that is written all the time traps ever more seldom") {
  Fixture f;
  const unsigned first = f.run(3, 100000);
  CHECK(first >= WriteHistory::kTolerated);
  CHECK(first <= WriteHistory::kTolerated + 8);
  CHECK(f.run(3, 10000000) <= 8);
}

TEST_CASE("a rest that is over does not come again when the clock is half way round") {
  Fixture f;
  (void)f.run(3, 100000);
  f.now += 0x40000000;
  REQUIRE(f.history->plan(kCode, 16, f.now).bytes == 16);
  f.now += 0x40000000;
  CHECK(f.history->plan(kCode, 16, f.now).bytes == 16);
  f.now += 0x40000000;
  CHECK(f.history->plan(kCode, 16, f.now).bytes == 16);
}

TEST_CASE("translations that live long are made again at once") {
  Fixture f;
  CHECK(f.run(WriteHistory::kWorthwhile, 100 * WriteHistory::kWorthwhile) == 100);
}

TEST_CASE("a long life clears the record") {
  Fixture f;
  f.run(3, 100000);
  while (f.history->plan(kCode, 16, f.now).bytes == 0) f.now += 16;
  f.history->written(kCode, f.now - WriteHistory::kWorthwhile, f.now, {kCode, ++f.sum});
  CHECK(f.history->plan(kCode, 16, f.now).bytes == 16);
  CHECK(f.run(3, 60) >= WriteHistory::kTolerated);
}

TEST_CASE("a block ends before a granule that rests, and others are not touched") {
  Fixture f;
  f.run(3, 1000);
  REQUIRE(f.history->plan(kCode, 16, f.now).bytes == 0);
  CHECK(f.history->plan(kCode + 63, 1, f.now).bytes == 0);
  CHECK(f.history->plan(kCode - 10, 100, f.now).bytes == 10);
  CHECK(f.history->plan(kCode - 128, 100, f.now).bytes == 100);
  CHECK(f.history->plan(kCode + 64, 100, f.now).bytes == 100);
  const uint32_t same_entry = kCode + (WriteHistory::kEntries << kGranuleShift);
  CHECK(f.history->plan(same_entry, 16, f.now).bytes == 16);
  f.history->written(same_entry, f.now - 1, f.now, {same_entry, 1});  // takes the entry
  CHECK(f.history->plan(kCode, 16, f.now).bytes == 16);
}

TEST_CASE("a granule whose code stays is checked, for longer each time; it does not rest") {
  Fixture f;
  const auto trap = [&] {
    f.now += 3;
    f.history->written(kCode + 60, f.now - 3, f.now, {kCode, 77});
  };
  for (unsigned n = 0; n <= WriteHistory::kTolerated; ++n) {
    CHECK(!f.history->plan(kCode, 16, f.now).checks);
    trap();
  }
  for (uint32_t time = WriteHistory::kFirstCheck; time <= 16 * WriteHistory::kFirstCheck; time *= 2) {
    f.now += time - 1;
    CHECK(f.history->plan(kCode, 16, f.now).checks);
    CHECK(f.history->plan(kCode, 16, f.now).bytes == 16);
    f.now += 1;
    CHECK(!f.history->plan(kCode, 16, f.now).checks);
    trap();
  }
}

TEST_CASE("a block ends before a granule that wants checks, unless its first instruction may reach into it") {
  Fixture f;
  for (unsigned n = 0; n <= WriteHistory::kTolerated; ++n) f.history->written(kCode, f.now, f.now, {kCode, 77});
  CHECK(f.history->plan(kCode - 20, 100, f.now).bytes == 20);
  CHECK(!f.history->plan(kCode - 20, 100, f.now).checks);
  CHECK(f.history->plan(kCode - 14, 100, f.now).bytes == 100);
  CHECK(f.history->plan(kCode - 14, 100, f.now).checks);
}

TEST_CASE("checks that find other code again and again bring a rest") {
  Fixture f;
  for (unsigned n = 0; n < WriteHistory::kTolerated; ++n) f.history->changed(kCode, f.now - 10, f.now);
  CHECK(f.history->plan(kCode, 16, f.now).bytes == 0);
}

}  // namespace
}  // namespace veil::fw
