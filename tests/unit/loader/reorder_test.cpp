// Code that the loader has put into another order: the same operations in each basic block, the same results (executed
// here, one by one, by a little machine of registers and memory), entry points where they were, and more operations a
// group.
#include "sim/loader/reorder.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <map>
#include <utility>
#include <vector>

#include "sim/loader/bundle.h"
#include "veil/isa/native.h"

namespace {

using namespace veil;
namespace enc = isa::enc;
constexpr uint32_t kAddress = 0x7fc00000;

class Random {
 public:
  explicit Random(uint32_t seed) : state_(seed) {}
  uint32_t below(uint32_t n) {
    state_ = state_ * 1664525 + 1013904223;
    return (state_ >> 8) % n;
  }

 private:
  uint32_t state_;
};

// What straight code does to registers and memory, without its jumps; accesses in the order in which they happened.
struct Executed {
  std::array<uint32_t, 32> x{};
  std::map<uint32_t, uint32_t> memory;
  std::vector<std::pair<isa::Op, uint32_t>> accesses;

  void step(uint32_t word) {
    const isa::Decoded d = isa::decode(word);
    const uint32_t a = x[d.rs1];
    const uint32_t address = (a + static_cast<uint32_t>(d.imm)) & ~3u;
    uint32_t result = 0;
    switch (d.op) {
      case isa::Op::addi:
        result = a + static_cast<uint32_t>(d.imm);
        break;
      case isa::Op::add:
        result = a + x[d.rs2];
        break;
      case isa::Op::sub:
        result = a - x[d.rs2];
        break;
      case isa::Op::mul:
        result = a * x[d.rs2];
        break;
      case isa::Op::lui:
        result = static_cast<uint32_t>(d.imm) << 12;
        break;
      case isa::Op::lw:
        accesses.emplace_back(d.op, address);
        result = memory[address];
        break;
      case isa::Op::sw:
        accesses.emplace_back(d.op, address);
        memory[address] = x[d.rs2];
        return;
      default:
        return;
    }
    if (d.rd != 0) x[d.rd] = result;
  }
};

Executed execute(std::span<const uint32_t> words) {
  Executed machine;
  for (uint32_t i = 1; i < 32; ++i) machine.x[i] = 0x1000 * i;
  for (const uint32_t word : words) machine.step(word);
  return machine;
}

}  // namespace

TEST_CASE("independent operations move to where they need no group of their own") {
  // Two consecutive chains, in one fetch block and the next.
  std::vector<uint32_t> words = {enc::addi(5, 5, 1), enc::addi(5, 5, 2), enc::addi(5, 5, 3), enc::addi(5, 5, 4),
                                 enc::addi(6, 6, 1), enc::addi(6, 6, 2), enc::addi(6, 6, 3), enc::addi(6, 6, 4)};
  const auto entries = loader::entry_points(words, kAddress, {});
  CHECK(std::count(entries.begin(), entries.end(), true) == 0);
  std::vector<uint32_t> moved = words;
  loader::reorder(moved, 4, entries);
  CHECK(loader::bundle(words, 4) == 8);
  CHECK(loader::bundle(moved, 4) == 4);
}

TEST_CASE("what may be jumped to stays") {
  std::vector<uint32_t> words = {enc::addi(5, 5, 1),  enc::addi(5, 5, 2),     enc::addi(6, 6, 1), enc::beq(1, 2, 12),
                                 enc::addi(7, 7, 1),  enc::addi(7, 7, 2),     enc::addi(8, 8, 1), enc::auipc(9, 0),
                                 enc::addi(9, 9, 16), enc::csrrw(0, 0x300, 9)};
  const auto entries = loader::entry_points(words, kAddress, std::vector<uint32_t>{kAddress + 4, 0, kAddress + 4000});
  // After the branch, its target, and what a constant points to.
  CHECK(entries == std::vector<bool>{false, true, false, false, true, false, true, false, false, false});
  const std::vector<uint32_t> before = words;
  loader::reorder(words, 4, entries);
  CHECK(words[0] == before[0]);
  CHECK(words[3] == before[3]);
  CHECK(words[7] == before[7]);
  CHECK(words[9] == before[9]);
}

TEST_CASE("random code does the same in its new order") {
  const unsigned width = GENERATE(2u, 4u);
  Random random(977 + width);
  uint32_t groups = 0;
  uint32_t groups_moved = 0;
  for (unsigned round = 0; round < 400; ++round) {
    std::vector<uint32_t> words;
    while (words.size() < 48) {
      const uint32_t rd = random.below(12);
      const uint32_t rs1 = random.below(12);
      const uint32_t rs2 = random.below(12);
      const auto offset = static_cast<int32_t>(4 * random.below(8));
      const uint32_t choice[] = {enc::addi(rd, rs1, offset), enc::add(rd, rs1, rs2), enc::lw(rd, rs1, offset),
                                 enc::sw(rs1, rs2, offset),  enc::mul(rd, rs1, rs2), enc::sub(rd, rs1, rs2),
                                 enc::lui(rd, rs2),          enc::addi(rd, rd, 1)};
      words.push_back(choice[random.below(std::size(choice))]);
    }
    // Two basic blocks and something that must be alone.
    words[15] = enc::bne(1, 2, 8);
    words[30] = enc::csrrw(0, 0x340, 3);
    std::vector<uint32_t> moved = words;
    loader::reorder(moved, width, loader::entry_points(words, kAddress, {}));

    for (const auto& [from, to] : {std::pair{0, 16}, std::pair{16, 17}, std::pair{17, 31}, std::pair{31, 48}}) {
      REQUIRE(std::is_permutation(words.begin() + from, words.begin() + to, moved.begin() + from));
    }
    REQUIRE(moved[15] == words[15]);
    REQUIRE(moved[30] == words[30]);
    const Executed was = execute(words);
    const Executed is = execute(moved);
    REQUIRE(was.x == is.x);
    REQUIRE(was.memory == is.memory);
    REQUIRE(was.accesses == is.accesses);
    groups += loader::bundle(words, width);
    groups_moved += loader::bundle(moved, width);
  }
  CHECK(groups_moved < groups);
}
