// Every group that the translator emits is legal, at every width, whatever is switched off.
#include <catch2/catch.hpp>

#include "group_rules.h"
#include "guest_code.h"
#include "translated.h"
#include "veil/isa/disasm.h"

namespace {

using namespace veil::translator;
using namespace veil::translator::test;

}  // namespace

TEST_CASE("the checker objects to what the rules forbid") {
  namespace enc = veil::isa::enc;
  const auto fault = [](std::vector<uint32_t> words, unsigned width) {
    return check_groups(words, kNativeBase, width).fault;
  };
  CHECK(fault({enc::addi(5, 0, 1, false), enc::addi(6, 0, 1)}, 2).empty());
  CHECK_FALSE(fault({enc::addi(5, 0, 1, false), enc::addi(6, 5, 1)}, 2).empty());  // reads what was written
  CHECK(fault({enc::addi(6, 5, 1, false), enc::addi(5, 0, 1)}, 2).empty());        // read first, written later
  CHECK_FALSE(fault({enc::addi(5, 0, 1, false), enc::addi(7, 0, 1)}, 2).empty());  // one bank
  CHECK_FALSE(fault({enc::g_lw(5, 0, 0, false), enc::mul(6, 1, 2)}, 2).empty());   // mem and mul
  CHECK_FALSE(fault({enc::x_j(2, 1, false), enc::addi(6, 0, 0)}, 2).empty());      // after a jump
  CHECK_FALSE(fault({enc::addi(5, 0, 0), enc::addi(6, 0, 0, false), enc::addi(7, 0, 0)}, 2).empty());  // crosses
  CHECK_FALSE(fault({enc::addi(5, 0, 0, false)}, 2).empty());                                          // does not end
  CHECK_FALSE(fault({enc::x_mov({.src2 = veil::isa::Src2::wide}), 5}, 1).empty());  // wide at width 1
  CHECK_FALSE(fault({enc::addi(5, 0, 0), enc::x_mov({.rd = 6, .src2 = veil::isa::Src2::wide}), 5}, 2).empty());
  CHECK_FALSE(fault({enc::addi(5, 0, 0, false), enc::div(6, 5, 5)}, 2).empty());  // div is alone
  CHECK_FALSE(fault({enc::x_setc(5, 1, false), enc::x_getf(5, 1)}, 2).empty());   // flags
}

TEST_CASE("groups of random blocks are legal") {
  const unsigned width = GENERATE(1u, 2u, 4u);
  const uint32_t disabled = GENERATE(0u, 15u, 1u, 2u, 4u, 8u);
  const unsigned limit = GENERATE(1u, 5u, 31u);
  CodeMaker maker(width * 1000 + disabled * 10 + limit);
  for (int i = 0; i < 60; ++i) {
    const std::vector<uint8_t> code = maker.run(31, true);
    const Options options{.width = width, .block_limit = limit, .disabled_passes = disabled, .verify = true};
    const Translated block = translate_code(code, options, kCodeAt);
    if (block.result.status == Status::nothing) continue;  // begins with an instruction of the interpreter
    REQUIRE(block.result.status == Status::ok);
    CHECK(block.result.instructions <= limit);
    const GroupStats stats = check_groups(block.words, kNativeBase, width);
    INFO(veil::isa::disassemble_groups(block.words, kNativeBase));
    REQUIRE(stats.fault == "");
  }
}

TEST_CASE("groups of random blocks made quickly are legal") {
  const unsigned width = GENERATE(1u, 2u, 4u);
  const unsigned limit = GENERATE(1u, 5u, 31u);
  CodeMaker maker(width * 1000 + limit);
  int made = 0;
  for (int i = 0; i < 200; ++i) {
    const std::vector<uint8_t> code = maker.run(31, true);
    const Translated block = translate_code(code, {.width = width, .block_limit = limit, .quick = true}, kCodeAt);
    if (block.result.status == Status::nothing) continue;
    REQUIRE(block.result.status == Status::ok);
    CHECK(block.result.instructions <= limit);
    const GroupStats stats = check_groups(block.words, kNativeBase, width);
    INFO(veil::isa::disassemble_groups(block.words, kNativeBase));
    REQUIRE(stats.fault == "");
    ++made;
  }
  CHECK(made > 100);
}

TEST_CASE("groups of repeated string instructions are legal") {
  const unsigned width = GENERATE(1u, 2u, 4u);
  for (const int opcode : {0xa4, 0xa5, 0xaa, 0xab}) {
    for (const bool word : {false, true}) {
      std::vector<uint8_t> code = {0xf3, static_cast<uint8_t>(opcode)};
      if (word) code.insert(code.begin(), 0x66);
      const Translated block = translate_code(code, {.width = width}, kCodeAt);
      REQUIRE(block.result.status == Status::ok);
      const GroupStats stats = check_groups(block.words, kNativeBase, width);
      INFO(veil::isa::disassemble_groups(block.words, kNativeBase));
      CHECK(stats.fault == "");
    }
  }
}

TEST_CASE("operations per guest instruction and per group", "[metrics]") {
  const bool quick = GENERATE(false, true);
  for (const unsigned width : {1u, 2u, 4u}) {
    CodeMaker maker(7);
    uint64_t instructions = 0, operations = 0, groups = 0, words = 0;
    for (int i = 0; i < 300; ++i) {
      const std::vector<uint8_t> code = maker.run(6, true);
      const Translated block = translate_code(code, {.width = width, .quick = quick}, kCodeAt);
      if (block.result.status != Status::ok) continue;
      const std::span<const uint32_t> body = std::span(block.words).first(block.exits[0].stub);
      const GroupStats stats = check_groups(body, kNativeBase, width);
      instructions += block.result.instructions;
      operations += stats.operations;
      groups += stats.groups;
      words += block.words.size();
    }
    REQUIRE(groups != 0);
    WARN((quick ? "quickly, W" : "W") << width << ": "
                                      << static_cast<double>(operations) / static_cast<double>(instructions)
                                      << " operations per instruction, "
                                      << static_cast<double>(operations) / static_cast<double>(groups) << " per group, "
                                      << static_cast<double>(words) / static_cast<double>(instructions)
                                      << " words per instruction with stubs");
  }
}
