// Translations do what the interpreter does: single instructions and random runs, all widths, passes on and off,
// blocks of one instruction and of many.
#include "equivalence.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>

namespace {

using namespace veil::translator;
using namespace veil::translator::test;

void many(Options options, unsigned length, int runs, uint32_t seed, bool flat = true) {
  options.verify = true;
  Comparison comparison(options.width);
  comparison.flat = flat;
  CodeMaker maker(seed);
  for (int i = 0; i < runs; ++i) {
    const std::vector<uint8_t> code = maker.run(length, i % 2 == 0);
    const std::string fault = comparison.run(code, options, maker.number());
    REQUIRE(fault == "");
  }
  CHECK(comparison.instructions > static_cast<uint64_t>(runs) / 2);
}

}  // namespace

TEST_CASE("single instructions") {
  const unsigned width = GENERATE(1u, 2u, 4u);
  many({.width = width}, 1, 3000, 100 + width);
}

TEST_CASE("blocks of one instruction") {
  const unsigned width = GENERATE(1u, 2u, 4u);
  many({.width = width, .block_limit = 1}, 2, 500, 200 + width);
}

TEST_CASE("random runs") {
  const unsigned width = GENERATE(1u, 2u, 4u);
  const unsigned length = GENERATE(3u, 8u, 31u);
  many({.width = width}, length, 800, 300 + width + 10 * length);
}

TEST_CASE("random runs with passes left out") {
  const unsigned width = GENERATE(1u, 4u);
  const uint32_t disabled = GENERATE(1u, 2u, 4u, 8u, 15u);
  many({.width = width, .disabled_passes = disabled}, 12, 300, 400 + width + 10 * disabled);
}

TEST_CASE("accesses with segments") {
  const unsigned width = GENERATE(1u, 2u, 4u);
  many({.width = width}, 8, 800, 500 + width, false);
}

TEST_CASE("repeated string instructions") {
  const unsigned width = GENERATE(1u, 2u, 4u);
  const std::vector<uint8_t> code = GENERATE(std::vector<uint8_t>{0xf3, 0xa4}, std::vector<uint8_t>{0xf3, 0xa5},
                                             std::vector<uint8_t>{0xf3, 0x66, 0xa5}, std::vector<uint8_t>{0xf3, 0xaa},
                                             std::vector<uint8_t>{0xf3, 0xab}, std::vector<uint8_t>{0x66, 0xf3, 0xab});
  Comparison comparison(width);
  uint32_t seed = 600;
  for (const uint32_t count : {0u, 1u, 6u, 7u, 13u, 14u, 15u, 100u, 333u}) {
    for (const uint32_t distance : {0u, 1u, 4u, 0x700u, 0xfffffffcu, 0xfffff8ffu}) {  // overlapping both ways
      for (const bool down : {false, true}) {
        INFO(count << " elements, destination " << distance << " away, down " << down);
        REQUIRE(comparison.run_repeat(code, {.width = width, .verify = true}, seed++, count, distance, down) == "");
      }
    }
  }
  CHECK(comparison.passes > 150);
}

TEST_CASE("quickly: single instructions") {
  const unsigned width = GENERATE(1u, 2u, 4u);
  many({.width = width, .quick = true}, 1, 3000, 700 + width);
}

TEST_CASE("quickly: random runs") {
  const unsigned width = GENERATE(1u, 2u, 4u);
  const unsigned length = GENERATE(3u, 8u, 31u);
  many({.width = width, .quick = true}, length, 800, 800 + width + 10 * length);
}

TEST_CASE("quickly: accesses with segments") {
  const unsigned width = GENERATE(1u, 2u, 4u);
  many({.width = width, .quick = true}, 8, 800, 900 + width, false);
}

// Not in the default run: translator_equivalence "a campaign", VEIL_SECONDS (10) and VEIL_SEED (0) say how long and
// which.
TEST_CASE("a campaign", "[.]") {
  const auto setting = [](const char* name, unsigned otherwise) {
    const char* text = std::getenv(name);
    return text != nullptr ? static_cast<unsigned>(std::strtoul(text, nullptr, 0)) : otherwise;
  };
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(setting("VEIL_SECONDS", 10));
  uint32_t seed = setting("VEIL_SEED", 0) * 1000003;
  for (; std::chrono::steady_clock::now() < end; ++seed) {
    INFO("seed " << seed);
    const unsigned width = 1u << seed % 3;
    many({.width = width,
          .block_limit = seed % 7 == 0 ? 4u : 31u,
          .disabled_passes = seed % 5 == 0 ? seed >> 4 & 15 : 0u,
          .quick = seed % 2 == 0},
         2 + seed % 30, 50, seed, seed % 4 != 0);
  }
}
