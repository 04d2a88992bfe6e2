// Random programs: every one ends; run() and step_group() go the same way; records add up to the final state.
#include <catch2/catch.hpp>
#include <set>

#include "native_program.h"
#include "rig.h"

using namespace veil;
using namespace veil::iss::test;

namespace {

void load(Rig& rig, const fuzz::NativeProgram& program) {
  rig.m.reset();
  uint32_t address = program.entry;
  for (uint32_t word : program.code) rig.set_word(address, word), address += 4;
  for (const auto& [where, word] : program.data) rig.set_word(where, word);
  rig.m.flush_decoded();
}

fuzz::NativeProgram random_program(uint64_t seed, unsigned width) {
  fuzz::NativeProgramOptions options;
  options.seed = seed;
  options.width = width;
  return fuzz::native_program(options);
}

const isa::Config& config_of(unsigned width) {
  return *isa::find_config(width == 1 ? "w1" : width == 2 ? "w2" : "w4", 2);
}

constexpr uint64_t kMostGroups = 3'000'000;

}  // namespace

TEST_CASE("stepping and running end in the same state") {
  std::set<uint32_t> causes;
  uint64_t operations = 0;
  for (unsigned width : {1u, 2u, 4u}) {
    for (uint64_t seed = 1; seed <= 60; seed++) {
      CAPTURE(width, seed);
      const auto program = random_program(seed, width);
      Rig fast(config_of(width)), slow(config_of(width));
      load(fast, program);
      load(slow, program);
      const uint64_t groups = fast.m.run({.groups = kMostGroups});
      REQUIRE(groups < kMostGroups);
      REQUIRE_FALSE(fast.host.writes.empty());

      // What the records say, applied to registers of our own, is what the machine holds.
      std::array<uint32_t, 32> x{};
      uint64_t retired = 0;
      for (uint64_t i = 0; i < groups; i++) {
        const sim::GroupRecord record = slow.step();
        retired += record.operations;
        for (unsigned r = 0; r < record.reg_count; r++) x[record.regs[r].reg] = record.regs[r].value;
        if (record.trap.taken) causes.insert(record.trap.cause);
        if (record.rolled_back || record.trap.rolled_back) x = slow.m.state().x;
        if (record.trap.taken || record.committed) REQUIRE(x == slow.m.state().x);
      }
      REQUIRE(slow.host.writes.size() == fast.host.writes.size());
      REQUIRE(x == fast.m.state().x);
      REQUIRE(slow.m.state() == fast.m.state());
      REQUIRE(slow.dram == fast.dram);
      REQUIRE(retired == fast.m.counter(isa::Counter::operations));
      operations += retired;
    }
  }
  // The programs are worth something only if they reach the machine's corners.
  for (const isa::Cause cause :
       {isa::Cause::illegal, isa::Cause::ecall, isa::Cause::load_misaligned, isa::Cause::tlb_load,
        isa::Cause::tlb_store, isa::Cause::protection, isa::Cause::segment, isa::Cause::bound, isa::Cause::io,
        isa::Cause::code_write, isa::Cause::alias, isa::Cause::store_overflow, isa::Cause::deadline}) {
    CAPTURE(isa::cause_name(num(cause)));
    CHECK(causes.count(num(cause)) == 1);
  }
  CHECK(operations > 10000);
}

TEST_CASE("a snapshot goes on as the machine it was taken from") {
  const auto program = random_program(77, 4);
  Rig first, second;
  load(first, program);
  first.m.run({.groups = 700});
  second.dram = first.dram;  // same size: the machine's span stays valid
  second.m.state() = first.m.state();
  second.m.flush_decoded();
  first.m.run({.groups = kMostGroups});
  second.m.run({.groups = kMostGroups});
  CHECK(first.m.state() == second.m.state());
  CHECK(first.dram == second.dram);
}
