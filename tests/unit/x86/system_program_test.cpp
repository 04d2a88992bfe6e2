// The system side of the semantics, run by whole guest programs on the host's machine: what tests/guest checks on the
// native machine and under QEMU, here without firmware, so that what fails is the semantics.
#include <catch2/catch.hpp>

#include "system_guest.h"

namespace {

using veil::test::SystemGuest;

std::string image(const char* name) { return std::string(VEIL_GUEST_TESTS) + "/" + name + ".elf"; }

constexpr uint32_t kSuccess = 0x10 << 1 | 1;  // bench/runtime

void require_success(const SystemGuest& guest) {
  INFO(guest.console);
  if (!guest.exit_status && guest.machine.stop) {
    FAIL("stopped: kind " << static_cast<int>(guest.machine.stop->kind) << " vector "
                          << static_cast<int>(guest.machine.stop->vector) << " eip " << std::hex
                          << guest.machine.state.words.eip << " after " << std::dec << guest.steps);
  }
  REQUIRE(guest.exit_status.has_value());
  CHECK(*guest.exit_status == kSuccess);
}

}  // namespace

TEST_CASE("page faults at every access") {
  SystemGuest guest(image("faults"), "n=1");
  guest.run(200'000'000);
  require_success(guest);
}

TEST_CASE("faults of read-modify-write operands") {
  SystemGuest guest(image("rmw"), "n=1");
  guest.run(200'000'000);
  require_success(guest);
}

TEST_CASE("shadows, single steps, code without memory") {
  SystemGuest guest(image("corners"), "n=1");
  guest.run(200'000'000);
  require_success(guest);
}

TEST_CASE("segment limits on every access") {
  SystemGuest guest(image("limits"), "");
  guest.run(200'000'000);
  require_success(guest);
}

TEST_CASE("an interrupt before every instruction in turn") {
  const auto boundaries = [](const char* until) {
    SystemGuest guest(image("inject"), until);
    guest.run(100'000'000);
    require_success(guest);
    return guest.steps;
  };
  const uint64_t first = boundaries("until=start");
  const uint64_t last = boundaries("until=end");
  std::string wanted;
  {
    SystemGuest guest(image("inject"), "");
    guest.run(100'000'000);
    require_success(guest);
    wanted = guest.console.substr(guest.console.find('\n'));
  }
  INFO(first << " to " << last);
  uint64_t taken = 0;
  for (uint64_t at = first; at < last; ++at) {
    SystemGuest guest(image("inject"), "");
    guest.run(100'000'000, at);
    require_success(guest);
    INFO(at << guest.console);
    const std::size_t digest = guest.console.find('\n');
    CHECK(guest.console.substr(digest) == wanted);
    if (guest.console.substr(0, digest).find(" 1") != std::string::npos) ++taken;
  }
  CHECK(taken > 200);
}
