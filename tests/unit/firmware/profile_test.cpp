// The promise of the profile: a block start that has executed `threshold` times is hot, whatever else has executed in
// between. So the tests put what they can think of in between.
#include "firmware/dispatcher/profile.h"

#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <vector>

namespace veil::fw {
namespace {

using Start = Profile::Start;

std::unique_ptr<Profile> profile_of(uint32_t threshold) {
  auto profile = std::make_unique<Profile>();
  profile->set_threshold(threshold);
  return profile;
}

// Addresses that have one index in the tables that a profile might have: equal low bits, equal high bits, equal folds,
// and equal products (this one's hash).
std::vector<std::vector<uint32_t>> adversaries() {
  std::vector<std::vector<uint32_t>> found;
  for (const uint32_t step : {1u, 2u, 0x1000u, 0x1001u, 0x4000u, 0x10000u, 0x10001u, 0x01000193u}) {
    found.emplace_back();
    for (uint32_t n = 0; n < 512; ++n) found.back().push_back(0x100360 + n * step);
  }
  constexpr uint32_t kProduct = 0x9e3779b1;
  uint32_t inverse = 1;
  for (unsigned n = 0; n < 5; ++n) inverse *= 2 - kProduct * inverse;
  REQUIRE(inverse * kProduct == 1);
  found.emplace_back();
  for (uint32_t n = 0; n < 512; ++n) found.back().push_back(inverse * (0x12340000 + n * 0x20));
  return found;
}

TEST_CASE("a start is hot at the threshold if it is alone, and not before") {
  for (const uint32_t threshold : {1u, 2u, 16u, 300u, 65535u}) {
    const auto profile = profile_of(threshold);
    for (uint32_t n = 1; n < threshold; ++n) REQUIRE(profile->count(0x100000) == Start::cold);
    CHECK(profile->count(0x100000) == Start::hot);
    CHECK(profile->count(0x100000) == Start::hot);
  }
}

TEST_CASE("a start is hot after `threshold` executions whatever runs in between") {
  std::mt19937 random(20261201);
  for (const uint32_t threshold : {1u, 2u, 3u, 16u, 100u}) {
    for (const std::vector<uint32_t>& addresses : adversaries()) {
      const auto profile = profile_of(threshold);
      std::map<uint32_t, uint32_t> executed;
      const auto run = [&](uint32_t eip) {
        const Start start = profile->count(eip);
        if (++executed[eip] >= threshold) REQUIRE(start == Start::hot);
      };
      for (uint32_t round = 0; round < threshold; ++round) {  // in turn
        for (const uint32_t eip : addresses) run(eip);
      }
      for (uint32_t n = 0; n < 20000; ++n) {  // one of them seldom, the others in bursts
        const uint32_t eip = addresses[random() % addresses.size()];
        for (uint32_t burst = static_cast<uint32_t>(random()) % (threshold + 2); burst != 0; --burst) run(eip);
        run(addresses[0]);
        run(static_cast<uint32_t>(random()));
      }
    }
  }
}

TEST_CASE("few starts are called hot too early") {
  const auto profile = profile_of(2);
  std::mt19937 random(7);
  std::set<uint32_t> starts;
  while (starts.size() < 2000) starts.insert(0x100000 + static_cast<uint32_t>(random()) % 0x20000);
  unsigned early = 0;
  for (const uint32_t eip : starts) early += profile->count(eip) == Start::hot ? 1 : 0;
  CHECK(early < 200);
}

TEST_CASE("what continues a hot start is hot at once and stays so") {
  const auto profile = profile_of(16);
  CHECK(profile->reach(0x100000) == Start::hot);
  CHECK(profile->count(0x100000) == Start::hot);
}

TEST_CASE("what cannot be translated is given up, and tried again ever less often") {
  const auto profile = profile_of(1);
  const uint32_t eip = 0x100000;
  CHECK(profile->count(eip) == Start::hot);
  uint32_t expected = Profile::kFirstRest;
  for (unsigned attempt = 0; attempt < 14; ++attempt) {
    profile->give_up(eip);
    uint32_t rest = 0;
    while (profile->count(eip) == Start::given_up) ++rest;
    REQUIRE(rest == expected);
    expected = std::min(2 * expected, Profile::kLongestRest);
  }
}

TEST_CASE("what is put off is tried again after the same number of executions each time") {
  const auto profile = profile_of(1);
  for (unsigned attempt = 0; attempt < 5; ++attempt) {
    profile->put_off(0x100000);
    uint32_t rest = 0;
    while (profile->reach(0x100000) == Start::given_up) ++rest;
    CHECK(rest == Profile::kFirstRest);
  }
}

TEST_CASE("one start that is given up says nothing of another") {
  for (const std::vector<uint32_t>& addresses : adversaries()) {
    const auto profile = profile_of(1);
    for (uint32_t n = 0; n < Profile::kWays; ++n) profile->give_up(addresses[n]);
    for (uint32_t n = 0; n < Profile::kWays; ++n) CHECK(profile->count(addresses[n]) == Start::given_up);
    for (uint32_t n = Profile::kWays; n < addresses.size(); ++n) CHECK(profile->count(addresses[n]) == Start::hot);
  }
}

TEST_CASE("address zero is a start like any other") {
  const auto profile = profile_of(2);
  CHECK(profile->count(0) == Start::cold);
  CHECK(profile->count(0) == Start::hot);
  profile->give_up(0);
  CHECK(profile->count(0) == Start::given_up);
}

}  // namespace
}  // namespace veil::fw
