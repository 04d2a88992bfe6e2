// The random programs obey the group rules (docs/internals/native-machine.md, "Groups"), for each width.
#include "native_program.h"

#include <catch2/catch.hpp>

#include "veil/isa/native.h"

using namespace veil;

namespace {

// The rule that a group of `code` starting at word `i` breaks, or "" ; `next` = first word after it.
std::string broken_rule(const std::vector<uint32_t>& code, size_t i, unsigned width, size_t& next) {
  const size_t block = i / width;
  uint32_t written = 0, banks = 0;
  unsigned units = 0, commits = 0, operations = 0;
  uint8_t flags_written = 0;
  bool ended = false, transfer = false, alone = false;
  while (!ended) {
    if (i >= code.size() || i / width != block) return "crosses its fetch block";
    const isa::Decoded d = isa::decode(code[i]);
    if (d.op == isa::Op::illegal) {
      next = i + 1;
      return "";  // meant to trap
    }
    if (transfer) return "a control transfer is not the last";
    const isa::Uses u = isa::uses(d);
    if (((u.reads | u.writes) & written) != 0) return "register used after it is written";
    if (((u.flag_reads | u.flag_writes) & flags_written) != 0) return "flags used after they are written";
    for (unsigned r = 1; r < 32; ++r)
      if (u.writes >> r & 1) {
        if (banks >> (r % width) & 1) return "two writes of a bank";
        banks |= 1u << (r % width);
      }
    written |= u.writes;
    flags_written |= u.flag_writes;
    const isa::Unit unit = isa::info(d.op).unit;
    transfer = unit == isa::Unit::branch || unit == isa::Unit::jump;
    if (unit == isa::Unit::mem || unit == isa::Unit::mul || d.op == isa::Op::jalr || d.op == isa::Op::x_jt) ++units;
    if (isa::commits(d)) ++commits;
    alone |= unit == isa::Unit::system || unit == isa::Unit::div || d.op == isa::Op::x_rollback;
    ++operations;
    i += isa::is_wide(d) ? 2 : 1;
    if (i > (block + 1) * width) return "wide immediate outside the fetch block";
    ended = d.end;
  }
  next = i;
  if (units > 1) return "two operations of mem, mul, indirect jump";
  if (commits > 1) return "two commits";
  if (alone && operations > 1) return "an operation that must be alone is not";
  return "";
}

}  // namespace

TEST_CASE("random programs obey the group rules") {
  for (const unsigned width : {1u, 2u, 4u}) {
    for (uint64_t seed = 1; seed <= 40; ++seed) {
      const auto program = fuzz::native_program({.seed = seed, .width = width});
      REQUIRE(program.code.size() > 1000);
      REQUIRE(program.code.size() * 4 < 0x80000);  // below the scratch area
      size_t groups = 0;
      for (size_t i = 0, next = 0; i < program.code.size(); i = next, ++groups) {
        const std::string rule = broken_rule(program.code, i, width, next);
        INFO("seed " << seed << " width " << width << " word " << i);
        REQUIRE(rule == "");
      }
      if (width > 1) CHECK(groups < program.code.size());  // some groups hold more than one word
    }
  }
}

TEST_CASE("a random program follows from its seed alone") {
  const auto a = fuzz::native_program({.seed = 7}), b = fuzz::native_program({.seed = 7}),
             c = fuzz::native_program({.seed = 8});
  CHECK(a.code == b.code);
  CHECK(a.data == b.data);
  CHECK(a.code != c.code);
}
