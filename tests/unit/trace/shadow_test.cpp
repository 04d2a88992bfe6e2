// The shadow: versions, gated stores, held TLB misses, and where the guest's state is in each tier.
#include "sim/trace/shadow.h"

#include <catch2/catch.hpp>

#include "veil/isa/native.h"
#include "veil/isa/platform.h"

namespace {

using namespace veil;
using sim::GroupRecord;

constexpr uint32_t kDram = 8u << 20;

sim::Shadow fresh() { return sim::Shadow(std::vector<uint8_t>(kDram)); }

GroupRecord group(bool speculative, isa::Tier tier = isa::Tier::interpret) {
  GroupRecord record;
  record.operations = 1;
  record.speculative = speculative;
  record.tier = static_cast<uint8_t>(tier);
  return record;
}

GroupRecord write(unsigned reg, uint32_t value, bool speculative, isa::Tier tier = isa::Tier::interpret) {
  GroupRecord record = group(speculative, tier);
  record.reg_count = 1;
  record.regs[0] = {static_cast<uint8_t>(reg), value};
  return record;
}

GroupRecord store(uint32_t address, uint32_t data, bool gated, bool speculative, uint32_t address2 = 0) {
  GroupRecord record = group(speculative);
  record.mem = {sim::MemKind::store, gated, 4, address, address2, data};
  return record;
}

GroupRecord commit(unsigned count, isa::Tier tier = isa::Tier::interpret) {
  GroupRecord record = group(true, tier);
  record.committed = true;
  record.commit_count = static_cast<uint8_t>(count);
  return record;
}

GroupRecord trap(isa::Cause cause, bool rolled_back) {
  GroupRecord record = group(true);
  record.operations = 0;
  record.trap = {true, rolled_back, static_cast<uint32_t>(cause), 0, 0};
  return record;
}

}  // namespace

TEST_CASE("monitor mode commits each group, a trap in speculative mode rolls back") {
  auto shadow = fresh();
  shadow.apply(write(5, 1, false));
  shadow.apply(write(5, 2, true));
  CHECK(shadow.x(5) == 2);
  shadow.apply(trap(isa::Cause::protection, true));
  CHECK(shadow.x(5) == 1);
  shadow.apply(write(5, 3, true));
  shadow.apply(commit(1));
  shadow.apply(trap(isa::Cause::protection, true));
  CHECK(shadow.x(5) == 3);
  CHECK(shadow.guest_instructions() == 1);
}

TEST_CASE("gated stores wait, ordinary ones are final and older") {
  auto shadow = fresh();
  shadow.apply(store(0x1000, 0x11111111, true, true));
  CHECK(shadow.word(0x1000) == 0u);
  shadow.apply(store(0x1000, 0x22222222, false, true));
  CHECK(shadow.word(0x1000) == 0x22222222u);
  shadow.apply(commit(1));
  CHECK(shadow.word(0x1000) == 0x11111111u);
  shadow.apply(store(0x1000, 0x33333333, true, true));
  shadow.apply(trap(isa::Cause::alias, true));
  shadow.apply(commit(0));
  CHECK(shadow.word(0x1000) == 0x11111111u);
}

TEST_CASE("a TLB miss holds the speculation, and going back resumes it") {
  auto shadow = fresh();
  shadow.apply(write(5, 7, true));
  shadow.apply(store(0x1000, 0x44444444, true, true));
  shadow.apply(trap(isa::Cause::tlb_load, false));
  shadow.apply(write(6, 9, false));  // the handler: does not commit
  CHECK(shadow.word(0x1000) == 0u);
  shadow.apply(write(7, 1, true));
  shadow.apply(trap(isa::Cause::protection, true));
  CHECK(shadow.x(5) == 0);
  CHECK(shadow.x(6) == 0);
  CHECK(shadow.word(0x1000) == 0u);
}

TEST_CASE("a handler that drops the held speculation") {
  auto shadow = fresh();
  shadow.apply(write(5, 7, true));
  shadow.apply(trap(isa::Cause::tlb_load, false));
  GroupRecord rollback = group(false);
  rollback.rolled_back = true;
  shadow.apply(rollback);
  CHECK(shadow.x(5) == 0);
  shadow.apply(write(6, 9, false));  // monitor mode again
  shadow.apply(write(6, 1, true));
  shadow.apply(trap(isa::Cause::protection, true));
  CHECK(shadow.x(6) == 9);
}

TEST_CASE("leaving speculative mode by a CSR write commits") {
  auto shadow = fresh();
  shadow.apply(store(0x1000, 0x55555555, true, true));
  GroupRecord leave = group(true);
  leave.csr = {true, static_cast<uint16_t>(isa::Csr::xstatus), 0};
  shadow.apply(leave);
  CHECK(shadow.word(0x1000) == 0x55555555u);
}

TEST_CASE("a store across two pages, the concealed window, and the list of final stores") {
  auto shadow = fresh();
  shadow.apply(store(0x1ffe, 0xddccbbaa, true, true, 0x5000));
  shadow.apply(commit(1));
  CHECK(shadow.word(0x1ffc) == 0xbbaa0000u);
  CHECK(shadow.word(0x5000) == 0x0000ddccu);
  const auto stores = shadow.take_stores();
  REQUIRE(stores.size() == 2);
  CHECK(stores[0].bytes == 2);
  CHECK(stores[1].address == 0x5000);
  shadow.apply(store(platform::guest_state_address, 0x12345678, false, false));
  CHECK(shadow.word(platform::guest_state_address) == 0x12345678u);
  CHECK(shadow.word(kDram - platform::concealed_size + platform::window::guest_state) == 0x12345678u);
  CHECK_FALSE(shadow.word(platform::mmio).has_value());
}

TEST_CASE("guest state is in the block while the interpreter runs, in registers while translations do") {
  auto shadow = fresh();
  shadow.apply(store(platform::guest_state_address + platform::guest_state::ecx, 0xc, true, true));
  shadow.apply(store(platform::guest_state_address + platform::guest_state::eip, 0x100010, true, true));
  shadow.apply(store(platform::guest_state_address + platform::guest_state::eflags, 0x402, true, true));
  shadow.apply(commit(1));
  CHECK(shadow.guest().gpr[1] == 0xc);
  CHECK(shadow.guest().eip_known);
  CHECK(shadow.guest().eip == 0x100010);
  CHECK(shadow.guest().eflags == 0x402);

  GroupRecord run = write(isa::convention::guest_gpr_first + 1, 0xd, true, isa::Tier::run_cold);
  run.flag_count = 1;
  run.flags[0] = {static_cast<uint8_t>(isa::convention::guest_flags),
                  static_cast<uint8_t>(isa::flag::zf | isa::flag::of)};
  run.committed = true;
  run.commit_count = 3;
  shadow.apply(run);
  CHECK(shadow.guest().gpr[1] == 0xd);
  CHECK_FALSE(shadow.guest().eip_known);
  CHECK(shadow.guest().eflags == (0x402u | isa::eflags::zf | isa::eflags::of));
  CHECK(shadow.guest_instructions() == 4);
}
