// The dispatcher's decisions, without a machine.
#include "firmware/dispatcher/policy.h"

#include <catch2/catch.hpp>
#include <memory>

namespace veil::fw {
namespace {

using Sight = Policy::Sight;
using translator::Status;

constexpr Policy::Parameters kDefaults{.gears = 3,
                                       .hot_threshold = 2,
                                       .optimize_threshold = 4,
                                       .sample_every = 1000,
                                       .rollback_every = 0,
                                       .block_limit = 31};
constexpr uint32_t kFar = 1u << 30;

std::unique_ptr<Policy> policy_of(const Policy::Parameters& parameters = kDefaults) {
  auto policy = std::make_unique<Policy>();
  policy->start(parameters);
  return policy;
}

Policy::Parameters with(void (*change)(Policy::Parameters&)) {
  Policy::Parameters parameters = kDefaults;
  change(parameters);
  return parameters;
}

TEST_CASE("what is hot is translated quickly first, unless only the optimizer is wanted") {
  CHECK(policy_of()->first().quick);
  CHECK(policy_of()->first().limit == 31);
  CHECK_FALSE(policy_of()->optimize().quick);
  CHECK_FALSE(policy_of(with([](auto& p) { p.optimize_threshold = 0; }))->first().quick);
  CHECK(policy_of(with([](auto& p) {
          p.gears = 2;
          p.optimize_threshold = 0;
        }))
            ->first()
            .quick);
  CHECK(policy_of()->translates());
  CHECK_FALSE(policy_of(with([](auto& p) { p.gears = 1; }))->translates());
}

TEST_CASE(
    "an attempt without room is tried with half the instructions, one that is too hard with the other translator") {
  const auto shorter = Policy::after({31, true}, Status::no_room);
  REQUIRE(shorter);
  CHECK(shorter->limit == 15);
  CHECK(shorter->quick);
  CHECK_FALSE(Policy::after({1, true}, Status::no_room));
  const auto other = Policy::after({31, true}, Status::nothing);
  REQUIRE(other);
  CHECK(other->limit == 31);
  CHECK_FALSE(other->quick);
  CHECK_FALSE(Policy::after({31, false}, Status::nothing));
  // Whatever happens, attempts end.
  for (const Status status : {Status::no_room, Status::nothing, Status::ok}) {
    std::optional<Policy::Attempt> attempt = Policy::Attempt{31, true};
    unsigned attempts = 0;
    while (attempt) {
      attempt = Policy::after(*attempt, status);
      REQUIRE(++attempts < 10);
    }
  }
}

TEST_CASE("a translation with too many stores is halved, down to one instruction") {
  const auto policy = policy_of();
  CHECK(policy->fewer_stores(31)->limit == 15);
  CHECK(policy->fewer_stores(2)->limit == 1);
  CHECK_FALSE(policy->fewer_stores(1));
}

TEST_CASE("a start that no attempt has made is given up, or only put off") {
  const auto policy = policy_of();
  const auto rest_of = [&](uint32_t eip) {
    uint32_t rest = 0;
    while (policy->profile().reach(eip) == Profile::Start::given_up) ++rest;
    return rest;
  };
  for (const uint32_t expected : {16u, 32u, 64u}) {
    policy->not_made(0x1000, false);
    CHECK(rest_of(0x1000) == expected);
    policy->not_made(0x2000, true);
    CHECK(rest_of(0x2000) == 16);
  }
}

TEST_CASE("looks come at the same distances, at events or not") {
  const auto policy = policy_of();
  CHECK(policy->sets_deadlines());
  CHECK(policy->enter(0, kFar) == 1000);
  CHECK(policy->enter(400, kFar) == 600);
  CHECK(policy->enter(400, 100) == 100);
  // The interpreter has passed the look: the next one is a whole interval away.
  CHECK(policy->enter(1500, kFar) == 1000);
  CHECK(policy->enter(1600, kFar) == 900);
}

TEST_CASE("only gear 3 looks, and not with forced rollbacks or without a threshold") {
  for (const Policy::Parameters& parameters :
       {with([](auto& p) { p.gears = 2; }), with([](auto& p) { p.optimize_threshold = 0; })}) {
    const auto policy = policy_of(parameters);
    CHECK_FALSE(policy->sets_deadlines());
    CHECK(policy->enter(0, 5000) == 5000);
    CHECK(policy->look(5000, 0, {.instructions = 10}) == Sight::event);
  }
  const auto policy = policy_of(with([](auto& p) { p.rollback_every = 50; }));
  CHECK(policy->sets_deadlines());
  CHECK(policy->enter(0, 5000) == 50);
  CHECK(policy->look(45, 5000, {.instructions = 10}) == Sight::event);
}

TEST_CASE("what has been seen often enough is optimized") {
  const auto policy = policy_of();
  uint32_t now = 0;
  for (uint32_t times = 0; times < 4; ++times) {
    now += policy->enter(now, kFar) - 5;  // the next commit, of ten instructions, would pass the look
    CHECK(policy->look(now, kFar, {.instructions = 10, .times = times}) ==
          (times == 3 ? Sight::optimize : Sight::go_on));
  }
}

TEST_CASE("a deadline before the look is an event's; so is one that the translation would pass") {
  const auto policy = policy_of();
  CHECK(policy->enter(0, 500) == 500);
  CHECK(policy->look(495, 5, {.instructions = 10}) == Sight::event);
  CHECK(policy->enter(500, kFar) == 500);  // the look has not been used up
  CHECK(policy->look(995, 5, {.instructions = 10, .times = 9}) == Sight::event);
}

TEST_CASE("looks become fewer while optimized translations are seen, and as many as before at another one") {
  const auto policy = policy_of();
  uint32_t now = 0;
  uint32_t expected = 1000;
  for (unsigned n = 0; n < 10; ++n) {
    const uint32_t left = policy->enter(now, kFar);
    CHECK(left == expected);
    now += left;
    CHECK(policy->look(now, kFar, {.instructions = 10, .times = 9, .optimized = true}) == Sight::go_on);
    now += 10;
    expected = std::min(2 * expected, Policy::kLongestInterval * 1000);
  }
  now += policy->enter(now, kFar);
  CHECK(policy->look(now, kFar, {.instructions = 10}) == Sight::go_on);
  CHECK(policy->enter(now + 10, kFar) == 1000);
}

TEST_CASE("forced rollbacks come after so many instructions that translations commit") {
  const auto policy = policy_of(with([](auto& p) { p.rollback_every = 50; }));
  CHECK(policy->enter(0, kFar) == 50);
  policy->left(30);
  CHECK(policy->enter(100, kFar) == 20);  // what the interpreter does does not count
  policy->left(115);
  CHECK(policy->walk(3) == 3);     // an event comes first
  CHECK(policy->walk(kFar) == 6);  // to the rollback and past it
  CHECK(policy->enter(200, kFar) == 50);
}

TEST_CASE("counts go round") {
  const auto policy = policy_of();
  uint32_t now = 0;
  while (now < 0xfffffe00u - 64000) {  // up to the end of the count, in the longest steps
    now += policy->enter(now, kFar);
    REQUIRE(policy->look(now, kFar, {.instructions = 10, .optimized = true}) == Sight::go_on);
    now += 10;
  }
  uint32_t passed = 0;
  while (passed < 200000) {
    const uint32_t left = policy->enter(now, kFar);
    REQUIRE(left <= 64000);
    now += left;
    REQUIRE(policy->look(now, kFar, {.instructions = 10, .optimized = true}) == Sight::go_on);
    now += 10;
    passed += left;
  }
}

}  // namespace
}  // namespace veil::fw
