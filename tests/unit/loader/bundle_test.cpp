// Groups that the loader forms: legal by the rules of the native machine, the same operations at the same places, and
// commits on their own.
#include "sim/loader/bundle.h"

#include <catch2/catch.hpp>
#include <vector>

#include "tests/unit/translator/group_rules.h"
#include "veil/isa/native.h"

namespace {

using namespace veil;
namespace enc = isa::enc;
using translator::test::check_groups;

std::vector<bool> ends_of(std::vector<uint32_t> words, unsigned width) {
  loader::bundle(words, width);
  std::vector<bool> ends;
  for (const uint32_t word : words) ends.push_back((word & 1) != 0);
  return ends;
}

}  // namespace

TEST_CASE("what is independent is put together, what is not is not") {
  const std::vector<uint32_t> words = {
      enc::addi(5, 6, 1),  enc::addi(7, 8, 1),  // independent, but for W2 in one bank
      enc::addi(10, 5, 1), enc::lw(11, 2, 0),   // a fetch block of W4 ends here
      enc::lw(12, 2, 4),   enc::lw(13, 2, 8),   // two accesses
      enc::x_commit(1),    enc::addi(5, 5, 1),  // commits stay alone
      enc::addi(6, 0, 1),  enc::jal(1, 64),     // a jump is the last
      enc::addi(9, 0, 1),  enc::csrrw(0, 0x300, 9),
  };
  CHECK(ends_of(words, 4) ==
        std::vector<bool>{false, true, false, true, true, true, true, true, false, true, true, true});
  CHECK(ends_of(words, 2) ==
        std::vector<bool>{true, true, false, true, true, true, true, true, false, true, true, true});
}

TEST_CASE("random code makes legal groups") {
  const unsigned width = GENERATE(2u, 4u);
  std::vector<uint32_t> words;
  uint32_t random = 12345 + width;
  const auto below = [&random](uint32_t n) {
    random = random * 1664525 + 1013904223;
    return (random >> 8) % n;
  };
  while (words.size() < 20000) {
    const uint32_t rd = below(32);
    const uint32_t rs1 = below(32);
    const uint32_t rs2 = below(32);
    const uint32_t choice[] = {enc::addi(rd, rs1, 5), enc::add(rd, rs1, rs2), enc::lw(rd, rs1, 8),
                               enc::sw(rs1, rs2, 4),  enc::mul(rd, rs1, rs2), enc::div(rd, rs1, rs2),
                               enc::beq(rs1, rs2, 8), enc::jal(rd, 16),       enc::jalr(rd, rs1, 0),
                               enc::x_commit(1),      enc::ecall(),           enc::lui(rd, 7)};
    words.push_back(choice[below(std::size(choice))]);
  }
  const std::vector<uint32_t> before = words;
  const uint32_t groups = loader::bundle(words, width);
  const auto stats = check_groups(words, 0x7fc00000, width);
  REQUIRE(stats.fault == "");
  CHECK(stats.groups == groups);
  CHECK(stats.groups < stats.operations);
  for (size_t i = 0; i < words.size(); ++i) REQUIRE((words[i] | 1) == before[i]);
}
