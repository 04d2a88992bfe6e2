// The native checker agrees with its own kind and sees every field that differs; the random programs end on the ISS.
#include "sim/lockstep/native_checker.h"

#include <catch2/catch.hpp>

#include "native_program.h"
#include "veil/isa/platform.h"

using namespace veil;

namespace {

struct ExitHost : iss::Host {
  bool over = false;
  uint32_t read(uint32_t) override { return 0; }
  void write(uint32_t offset, uint32_t) override { over |= offset == platform::host::exit; }
};

const isa::Config& config_of(unsigned width) {
  for (const isa::Config& config : isa::kConfigs)
    if (config.width == width) return config;
  FAIL("no configuration of that width");
  return isa::kConfigs[0];
}

}  // namespace

TEST_CASE("random programs end on the ISS, and two ISSs agree at every group") {
  uint64_t trapped = 0, committed = 0, rolled_back = 0, groups = 0;
  for (const unsigned width : {1u, 2u, 4u}) {
    for (uint64_t seed = 1; seed <= 60; ++seed) {
      INFO("width " << width << " seed " << seed);
      const auto program = fuzz::native_program({.seed = seed, .width = width});
      auto dram = fuzz::memory_of(program);
      lockstep::NativeChecker checker(config_of(width), dram);
      ExitHost host;
      iss::Machine machine(config_of(width), dram, &host);
      machine.reset();
      unsigned steps = 0;
      while (!host.over) {
        sim::GroupRecord record;
        machine.step_group(record);
        if (const auto found = checker.retired(record)) FAIL(found->summary);
        REQUIRE(++steps < 100000);
        trapped += record.trap.taken;
        rolled_back += record.trap.rolled_back;
        committed += record.committed;
      }
      groups += steps;
      CHECK_FALSE(checker.compare_memory(dram));
    }
  }
  // The programs are worth their time only if the interesting things happen.
  CHECK(trapped > groups / 500);
  CHECK(rolled_back > 100);
  CHECK(committed > groups / 100);
  WARN(groups << " groups, " << trapped << " traps, " << rolled_back << " rollbacks, " << committed << " commits");
}

TEST_CASE("the native checker sees each field") {
  sim::GroupRecord good;
  good.pc = 0x7fc00100;
  good.operations = 2;
  good.reg_count = 2;
  good.regs[0] = {5, 1};
  good.regs[1] = {6, 2};
  good.flag_count = 1;
  good.flags[0] = {1, 3};
  good.mem = {sim::MemKind::store, true, 4, 0x1000, 0, 77};
  good.csr = {true, 0x340, 9};
  REQUIRE(lockstep::compare_groups(good, good).empty());
  auto swapped = good;
  std::swap(swapped.regs[0], swapped.regs[1]);
  CHECK(lockstep::compare_groups(swapped, good).empty());
  const auto seen = [&](auto&& change) {
    auto bad = good;
    change(bad);
    return lockstep::compare_groups(bad, good).size() == 1;
  };
  CHECK(seen([](auto& r) { r.pc += 4; }));
  CHECK(seen([](auto& r) { r.operations = 1; }));
  CHECK(seen([](auto& r) { r.regs[1].value = 3; }));
  CHECK(seen([](auto& r) { r.reg_count = 1; }));
  CHECK(seen([](auto& r) { r.flags[0].value = 2; }));
  CHECK(seen([](auto& r) { r.flag_count = 0; }));
  CHECK(seen([](auto& r) { r.mem.address += 1; }));
  CHECK(seen([](auto& r) { r.mem.data = 78; }));
  CHECK(seen([](auto& r) { r.mem.gated = false; }));
  CHECK(seen([](auto& r) { r.mem.bytes = 2; }));
  CHECK(seen([](auto& r) { r.csr.value = 8; }));
  CHECK(seen([](auto& r) { r.committed = true; }));
  CHECK(seen([](auto& r) { r.commit_count = 1; }));
  CHECK(seen([](auto& r) { r.speculative = true; }));
  CHECK(seen([](auto& r) { r.tier = 3; }));
  CHECK(seen([](auto& r) { r.trap = {true, true, 26, 0x7fc00100, 0}; }));
}
