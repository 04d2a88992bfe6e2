// Results that only one side of a comparison can show, or that the SDM leaves to the processor: stated here.
#include <catch2/catch.hpp>
#include <memory>
#include <vector>

#include "x86/host/host_machine.h"

namespace {

using veil::x86::DecodeCache;
using veil::x86::HostMachine;

constexpr uint32_t kCode = 0x1000;

struct Guest {
  std::vector<uint8_t> memory = std::vector<uint8_t>(0x10000);
  HostMachine machine{memory};
  std::unique_ptr<DecodeCache<HostMachine, 8>> cache = std::make_unique<DecodeCache<HostMachine, 8>>();

  explicit Guest(std::initializer_list<int> code) {
    uint32_t at = kCode;
    for (const int byte : code) memory[at++] = static_cast<uint8_t>(byte);
    w().eip = kCode;
  }
  veil::platform::GuestState& w() { return machine.state.words; }
  bool step() { return veil::x86::step(machine, *cache) != veil::x86::Step::stopped; }
};

}  // namespace

// Undefined in the SDM; what we have written in docs/internals/x86.md.
TEST_CASE("16-bit double shifts beyond 16 go on with the destination's bits") {
  Guest left{0x66, 0x0f, 0xa4, 0xc8, 20};  // shld ax, cx, 20
  left.w().eax = 0x1234;
  left.w().ecx = 0x5678;
  REQUIRE(left.step());
  CHECK((left.w().eax & 0xffff) == 0x6781);
  Guest right{0x66, 0x0f, 0xac, 0xc8, 20};  // shrd ax, cx, 20
  right.w().eax = 0x1234;
  right.w().ecx = 0x5678;
  REQUIRE(right.step());
  CHECK((right.w().eax & 0xffff) == 0x4567);
}

TEST_CASE("a quotient of 2^31 is an overflow of idiv, one of -2^31 is not") {
  Guest too_big{0xf7, 0xf9};  // idiv ecx
  too_big.w().edx = 0;
  too_big.w().eax = 0x80000000;
  too_big.w().ecx = 1;
  CHECK(!too_big.step());
  CHECK(too_big.w().eax == 0x80000000);
  Guest fits{0xf7, 0xf9};
  fits.w().edx = 0xffffffff;
  fits.w().eax = 0x80000000;
  fits.w().ecx = 1;
  REQUIRE(fits.step());
  CHECK(fits.w().eax == 0x80000000);
  CHECK(fits.w().edx == 0);
}

TEST_CASE("overlapping moves in blocks are moves of elements") {
  const int opcode = GENERATE(0xa4, 0xa5);
  const uint32_t distance = GENERATE(1u, 2u, 3u, 4u, 5u, 0xffffffffu, 0xfffffffdu);
  const bool down = GENERATE(false, true);
  INFO("distance " << distance << ", opcode " << opcode << ", down " << down);
  const auto run = [&](bool blocks, bool words) {
    Guest g = words ? Guest{0x66, 0xf3, opcode} : Guest{0xf3, opcode};
    g.machine.string_blocks = blocks;
    for (uint32_t i = 0; i < 256; ++i) g.memory[0x4000 + i] = static_cast<uint8_t>(7 * i + 3);
    g.w().esi = 0x4080;
    g.w().edi = 0x4080 + distance;
    g.w().ecx = 23;
    if (down) g.w().eflags |= 0x400;
    REQUIRE(g.step());
    CHECK(g.w().ecx == 0);
    return g.memory;
  };
  CHECK(run(true, false) == run(false, false));
  CHECK(run(true, true) == run(false, true));
}
