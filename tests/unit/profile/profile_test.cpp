// Every cycle has a row: interpreted blocks, translations with what belongs to them, the translator's work.
#include "sim/profile/profile.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <vector>

#include "veil/isa/platform.h"

using namespace veil;

namespace {

constexpr uint32_t kDram = 8u << 20;
constexpr uint32_t kDescriptor = platform::window::tables;
constexpr uint32_t kNative = platform::translation_cache_address + 0x100;
constexpr uint32_t kEip = platform::guest_state_address + platform::guest_state::eip;

// A machine that only ever retires what the test says.
struct Machine {
  sim::Shadow shadow{std::vector<uint8_t>(kDram)};
  sim::Translations translations;
  sim::Profile profile{shadow, translations, [](uint32_t eip) { return eip % 16 == 8; }};
  uint64_t cycles = 0;

  void retire(const sim::GroupRecord& record, uint64_t took = 1) {
    shadow.apply(record);
    translations.apply(record, shadow);
    sim::Spent spent;
    spent.add(sim::Cause::issue);
    if (took > 1) spent.add(sim::Cause::dcache, took - 1);
    cycles += took;
    profile.retired(record, spent);
  }

  static sim::GroupRecord group(isa::Tier tier, uint32_t pc, bool speculative = true) {
    sim::GroupRecord record;
    record.tier = static_cast<uint8_t>(tier);
    record.pc = pc;
    record.operations = 2;
    record.speculative = speculative;
    return record;
  }

  void store(isa::Tier tier, uint32_t address, uint32_t value, bool gated, uint64_t took = 1) {
    sim::GroupRecord record = group(tier, platform::concealed_window, gated);
    record.mem = {sim::MemKind::store, gated, 4, address, 0, value};
    retire(record, took);
  }

  // The interpreter does the instruction that it is at and goes on at `next`.
  void interpret(uint32_t next, uint64_t took = 1) {
    store(isa::Tier::interpret, kEip, next, true, took);
    sim::GroupRecord record = group(isa::Tier::interpret, platform::concealed_window + 4);
    record.committed = true;
    record.commit_count = 1;
    retire(record);
  }

  void announce(uint32_t eip, uint32_t instructions) {
    namespace block = platform::block_descriptor;
    const uint32_t base = platform::concealed_window + kDescriptor;
    const auto field = [&](uint32_t offset, uint32_t value) {
      store(isa::Tier::translate, base + offset, value, false);
    };
    field(block::guest_eip, eip);
    field(block::guest_bytes, 7);
    field(block::instructions, instructions);
    field(block::native, kNative);
    field(block::words, 8);
    sim::GroupRecord record = group(isa::Tier::translate, platform::concealed_window, false);
    record.csr = {true, static_cast<uint16_t>(isa::Csr::xlog),
                  platform::log_word(platform::Log::translation_made, kDescriptor)};
    retire(record);
  }

  const sim::ProfileRow* find(const std::vector<sim::ProfileRow>& rows, isa::Tier tier, uint32_t eip) {
    for (const sim::ProfileRow& row : rows) {
      if (row.tier == static_cast<uint8_t>(tier) && row.has_block && row.eip == eip) return &row;
    }
    return nullptr;
  }

  std::vector<sim::ProfileRow> rows() {
    profile.finish();
    auto all = profile.rows();
    uint64_t sum = 0;
    for (const sim::ProfileRow& row : all) {
      sum += row.spent.cycles;
      uint64_t causes = 0;
      for (const uint64_t each : row.spent.causes) causes += each;
      CHECK(causes == row.spent.cycles);
    }
    CHECK(sum == cycles);  // nothing lost, nothing twice
    return all;
  }
};

}  // namespace

TEST_CASE("interpreted instructions belong to the block that they are in") {
  Machine m;
  m.store(isa::Tier::boot, kEip, 0x1000, false, 10);
  m.interpret(0x1004, 5);  // 1000
  m.interpret(0x1008);     // 1004
  m.interpret(0x1000);     // 1008 ends the block
  m.interpret(0x1004);
  m.interpret(0x1008);
  m.interpret(0x2000);
  m.interpret(0x2004);
  const auto rows = m.rows();
  const auto* first = m.find(rows, isa::Tier::interpret, 0x1000);
  REQUIRE(first != nullptr);
  CHECK(first->executions == 2);
  CHECK(first->guest_instructions == 6);
  CHECK(first->spent.cycles == 16);
  CHECK(first->guest_bytes == 8);
  const auto* second = m.find(rows, isa::Tier::interpret, 0x2000);
  REQUIRE(second != nullptr);
  CHECK(second->executions == 1);
  CHECK(second->guest_instructions == 1);
  CHECK(rows.size() == 3);  // boot has no block
}

TEST_CASE("what a rollback threw away was spent on the instruction that is tried again") {
  Machine m;
  m.store(isa::Tier::dispatch, kEip, 0x1000, false);
  m.store(isa::Tier::interpret, kEip, 0x1004, true, 20);
  sim::GroupRecord trap = Machine::group(isa::Tier::interpret, platform::concealed_window + 8);
  trap.operations = 0;
  trap.trap = {true, true, 1, trap.pc, 0};
  m.retire(trap, 3);
  m.interpret(0x1004);
  const auto rows = m.rows();
  const auto* block = m.find(rows, isa::Tier::interpret, 0x1000);
  REQUIRE(block != nullptr);
  CHECK(block->spent.cycles == 25);
  CHECK(block->traps == 1);
  CHECK(block->guest_instructions == 1);
}

TEST_CASE("a translation owns its groups, its way in and its TLB refills") {
  Machine m;
  m.store(isa::Tier::translate, 0x100000, 1, false, 100);
  m.announce(0x3000, 4);
  m.retire(Machine::group(isa::Tier::translate, platform::concealed_window, false), 7);
  m.retire(Machine::group(isa::Tier::dispatch, platform::concealed_window, false), 2);
  m.retire(Machine::group(isa::Tier::run_cold, platform::concealed_window + 16), 3);  // the way in
  m.retire(Machine::group(isa::Tier::run_cold, kNative));
  sim::GroupRecord miss = Machine::group(isa::Tier::run_cold, kNative + 8);
  miss.operations = 0;
  miss.trap = {true, false, 24, miss.pc, 0};
  m.retire(miss);
  m.retire(Machine::group(isa::Tier::run_cold, platform::concealed_window + 64, false), 9);  // refill handler
  sim::GroupRecord end = Machine::group(isa::Tier::run_cold, kNative + 8);
  end.committed = true;
  end.commit_count = 4;
  m.retire(end);
  m.retire(Machine::group(isa::Tier::run_cold, kNative));  // again
  m.retire(end);
  m.retire(Machine::group(isa::Tier::run_cold, platform::translation_cache_address));  // the way out
  m.retire(Machine::group(isa::Tier::dispatch, platform::concealed_window, false));
  const auto rows = m.rows();
  const auto* run = m.find(rows, isa::Tier::run_cold, 0x3000);
  REQUIRE(run != nullptr);
  CHECK(run->executions == 2);
  CHECK(run->guest_instructions == 8);
  CHECK(run->spent.cycles == 18);
  CHECK(run->traps == 1);
  CHECK(run->guest_bytes == 7);
  const auto* made = m.find(rows, isa::Tier::translate, 0x3000);
  REQUIRE(made != nullptr);
  CHECK(made->executions == 1);
  CHECK(made->translated_instructions == 4);
  CHECK(made->spent.cycles == 113);
  CHECK(m.profile.firmware(static_cast<unsigned>(isa::Tier::run_cold))[4] == 3);
  CHECK(m.profile.firmware(static_cast<unsigned>(isa::Tier::run_cold))[16] == 9);
}

TEST_CASE("translating in vain has no block, and is not lost") {
  Machine m;
  m.retire(Machine::group(isa::Tier::translate, platform::concealed_window, false), 50);
  m.retire(Machine::group(isa::Tier::dispatch, platform::concealed_window, false), 5);
  const auto rows = m.rows();
  REQUIRE(rows.size() == 2);
  CHECK(!rows[0].has_block);
  CHECK(rows[0].spent.cycles == 50);
}
