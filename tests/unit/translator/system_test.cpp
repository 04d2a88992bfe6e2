// System instructions in translations: the guest state block afterwards is what the interpreter leaves, and what a
// translation does not do it leaves to the interpreter.
#include <catch2/catch.hpp>

#include "equivalence.h"
#include "x86/semantics/processor.h"

namespace {

using namespace veil;
using namespace veil::translator;
using namespace veil::translator::test;

constexpr uint32_t kTf = 0x100, kIf = 0x200, kDf = 0x400, kIopl = 0x3000, kNt = 0x4000, kAc = 0x40000, kId = 0x200000;

struct Run {
  uint64_t instructions = 0;  // done by translations
  uint64_t rolled_back = 0;
};

// From many random states, both translators, every width. The first state says what the block holds.
Run same(const std::vector<uint8_t>& code, const platform::GuestState& system,
         const platform::FirmwareState& firmware = {}) {
  Run run;
  for (const unsigned width : {1u, 2u, 4u}) {
    for (const bool quick : {false, true}) {
      Comparison comparison(width);
      comparison.supervisor = true;
      comparison.system = system;
      comparison.firmware = firmware;
      for (uint32_t seed = 1; seed <= 40; ++seed) {
        REQUIRE(comparison.run(code, {.width = width, .quick = quick, .verify = true}, seed) == "");
      }
      run.instructions += comparison.instructions;
      run.rolled_back += comparison.rolled_back;
    }
  }
  return run;
}

constexpr uint64_t kRuns = 3 * 2 * 40;

platform::GuestState ring0(uint32_t eflags = 0) {
  platform::GuestState state;
  state.eflags = 2 | eflags;
  state.es = 0x10, state.cs = 0x08, state.ss = 0x18, state.ds = 0x20, state.fs = 0x2b, state.gs = 0xfff3;
  state.cr0 = x86::sem::kCr0Pe | x86::sem::kCr0Et | x86::sem::kCr0Ts;
  state.cr2 = 0x12345678;
  state.cr3 = 0x00654000;
  state.dr6 = x86::sem::kDr6Fixed;
  state.dr7 = x86::sem::kDr7Fixed;
  return state;
}

uint8_t low(uint32_t v) { return static_cast<uint8_t>(v); }
// push imm32; popf
std::vector<uint8_t> pop_flags(uint32_t v) { return {0x68, low(v), low(v >> 8), low(v >> 16), low(v >> 24), 0x9d}; }

}  // namespace

TEST_CASE("IF") {
  const uint32_t before = GENERATE(0u, kIf, kIf | kIopl | kNt | kAc | kId);
  CHECK(same({0xfa}, ring0(before)).instructions == kRuns);                        // cli
  CHECK(same({0xfb, 0x40}, ring0(before)).instructions == 2 * kRuns);              // sti; inc eax
  CHECK(same({0x40, 0xfb, 0xfa, 0x9c}, ring0(before)).instructions == 4 * kRuns);  // inc eax; sti; cli; pushf
}

TEST_CASE("sti is in no translation without the instruction after it") {
  for (const bool quick : {false, true}) {
    const auto made = [&](std::vector<uint8_t> code, unsigned limit = 31) {
      return translate_code(code, {.block_limit = limit, .quick = quick}, kCodeAt, {.supervisor = true});
    };
    CHECK(made({0xfb}).result.status == Status::nothing);
    CHECK(made({0xfb, 0xf4}).result.status == Status::nothing);  // sti; hlt
    CHECK(made({0xfb, 0x40}, 1).result.status == Status::nothing);
    const Translated before_halt = made({0x40, 0xfb, 0xf4});
    CHECK(before_halt.result.instructions == 1);
    CHECK(before_halt.result.guest_bytes == 1);
    CHECK(before_halt.exits.at(0).kind == ExitKind::interpret);
    CHECK(before_halt.exits.at(0).target_eip == kCodeAt + 1);
    CHECK(made({0x40, 0xfb, 0x40}, 2).result.instructions == 1);
    CHECK(made({0x40, 0xfb, 0xfb, 0xc3}).result.instructions == 4);
    CHECK(made({0xfb, 0x0f, 0xa2}).result.status == Status::nothing);  // sti; cpuid, which is alone
  }
}

TEST_CASE("while an interrupt waits, IF is set by the interpreter") {
  const platform::FirmwareState waits{.interrupt_waits = kIf};
  CHECK(same({0xfb, 0x40}, ring0(), waits).rolled_back == kRuns);
  CHECK(same({0xfa}, ring0(kIf), waits).rolled_back == 0);
  CHECK(same(pop_flags(kIf), ring0(), waits).rolled_back == kRuns);
  CHECK(same(pop_flags(0), ring0(kIf), waits).rolled_back == 0);
}

TEST_CASE("popf") {
  const uint32_t before = GENERATE(0u, kIf, kIopl | kNt | kId);
  for (const uint32_t v : {0u, kIf, kIopl, kNt, kAc | kId, 0xffffffffu & ~(kTf | kDf), 0x8d5u}) {
    CHECK(same(pop_flags(v), ring0(before)).rolled_back == 0);
  }
  for (const uint32_t v : {kTf, kDf, kTf | kIf}) CHECK(same(pop_flags(v), ring0(before)).rolled_back == kRuns);
  CHECK(same({0x66, 0x68, 0x41, 0x32, 0x66, 0x9d, 0x9c}, ring0(before)).rolled_back == 0);  // push word; popfw; pushf
  CHECK(same({0x9c, 0x9d}, ring0(before)).instructions == 2 * kRuns);
}

TEST_CASE("outside ring 0 the interpreter decides") {
  platform::GuestState state = ring0(kIopl);
  state.cpl = 1;
  for (const std::vector<uint8_t>& code : std::vector<std::vector<uint8_t>>{
           {0xfa}, {0xfb, 0x40}, {0x9d}, {0x0f, 0x06}, {0x0f, 0x20, 0xc0}, {0x0f, 0x22, 0xd0}}) {
    CHECK(same(code, state).rolled_back == kRuns);
  }
  CHECK(same({0x9c}, state).instructions == kRuns);
  // In ring 3 they are not translated.
  CHECK(translate_code(std::vector<uint8_t>{0xfa}, {}, kCodeAt).result.status == Status::nothing);
  CHECK(translate_code(std::vector<uint8_t>{0x9c}, {}, kCodeAt).result.status == Status::ok);
}

TEST_CASE("segment registers are read") {
  for (const std::vector<uint8_t>& code : std::vector<std::vector<uint8_t>>{{0x8c, 0xd8},
                                                                            {0x66, 0x8c, 0xe9},
                                                                            {0x8c, 0x2e},
                                                                            {0x06},
                                                                            {0x0e},
                                                                            {0x16},
                                                                            {0x1e},
                                                                            {0x0f, 0xa0},
                                                                            {0x66, 0x0f, 0xa8}}) {
    CHECK(same(code, ring0()).instructions == kRuns);
  }
}

TEST_CASE("control registers") {
  for (const uint8_t number : std::initializer_list<uint8_t>{0xc0, 0xd0, 0xd8, 0xe0}) {
    CHECK(same({0x0f, 0x20, number}, ring0()).instructions == kRuns);  // mov eax, crN
  }
  CHECK(same({0x0f, 0x22, 0xd1}, ring0()).instructions == kRuns);  // mov cr2, ecx
  CHECK(same({0x0f, 0x06}, ring0()).instructions == kRuns);        // clts
  CHECK(same({0x0f, 0x22, 0xc0}, ring0()).rolled_back > 0);        // mov cr0, eax of random bits
  CHECK(translate_code(std::vector<uint8_t>{0x0f, 0x22, 0xd8}, {}, kCodeAt, {.supervisor = true}).result.status ==
        Status::nothing);  // mov cr3, eax
}

TEST_CASE("identity and time") {
  CHECK(same({0x0f, 0xa2}, ring0()).instructions == kRuns);  // cpuid of random leaves and corners
  CHECK(same({0x0f, 0x31}, ring0()).instructions == kRuns);  // rdtsc
  platform::GuestState disabled = ring0();
  disabled.cr4 = x86::sem::kCr4Tsd;
  CHECK(same({0x0f, 0x31}, disabled).rolled_back == kRuns);
  const Translated alone = translate_code(std::vector<uint8_t>{0x40, 0x0f, 0x31}, {}, kCodeAt, {.supervisor = true});
  CHECK(alone.result.instructions == 1);
}
