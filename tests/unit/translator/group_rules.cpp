// One pass over the words; a rule's number in the message is its number on the page.
#include "group_rules.h"

#include <fmt/format.h>

#include "veil/isa/disasm.h"
#include "veil/isa/native.h"

namespace veil::translator::test {

namespace {

struct Group {
  uint32_t x_written = 0;
  uint8_t f_written = 0;
  uint32_t banks = 0;
  unsigned operations = 0;
  unsigned memory = 0, branches = 0, commits = 0;
  bool alone = false, ended_by_jump = false;
};

std::string add(Group& g, const isa::Decoded& d, unsigned width) {
  using isa::Op;
  using isa::Unit;
  const isa::Uses uses = isa::uses(d);
  const Unit unit = isa::info(d.op).unit;
  if (g.alone) return "4: something beside an operation that must be alone";
  if (g.ended_by_jump) return "4: something after a branch or jump";
  if (((uses.reads | uses.writes) & g.x_written) != 0) return "3: x register of an earlier operation";
  if (((uses.flag_reads | uses.flag_writes) & g.f_written) != 0) return "3: flag register of an earlier operation";
  if (unit == Unit::system || unit == Unit::div || d.op == Op::x_rollback) {
    if (g.operations != 0) return "4: must be alone";
    g.alone = true;
  }
  const bool jump = unit == Unit::jump && d.op != Op::jal && d.op != Op::x_j;
  if (unit == Unit::mem || unit == Unit::mul || jump) ++g.memory;
  if (unit == Unit::branch) ++g.branches;
  if (isa::commits(d)) ++g.commits;
  if (g.memory > 1) return "4: two of mem, mul, jump";
  if (g.branches > 1) return "4: two branches";
  if (g.commits > 1) return "4: two commits";
  if (uses.writes != 0) {
    const uint32_t bank = 1u << (static_cast<unsigned>(__builtin_ctz(uses.writes)) % width);
    if ((g.banks & bank) != 0) return "5: two writes into a bank";
    g.banks |= bank;
  }
  g.x_written |= uses.writes;
  g.f_written |= uses.flag_writes;
  g.ended_by_jump = unit == Unit::branch || unit == Unit::jump;
  ++g.operations;
  return {};
}

}  // namespace

GroupStats check_groups(std::span<const uint32_t> words, uint32_t base, unsigned width) {
  GroupStats stats;
  Group group;
  std::size_t start = 0;
  std::size_t pos = 0;
  while (pos < words.size() && stats.fault.empty()) {
    const isa::Decoded d = isa::decode(words[pos]);
    const std::size_t length = isa::is_wide(d) ? 2 : 1;
    std::string fault;
    if (d.op == isa::Op::illegal) {
      fault = "undefined operation";
    } else if (length == 2 && width < 2) {
      fault = "2: wide immediate at width 1";
    } else if (pos + length > words.size()) {
      fault = "2: cut off";
    } else if (start / width != (pos + length - 1) / width) {
      fault = "2: crosses a fetch block";
    } else {
      fault = add(group, d, width);
    }
    if (!fault.empty()) {
      stats.fault = fmt::format("rule {} at word {} ({})", fault, pos,
                                isa::disassemble(words[pos], 0, base + 4 * static_cast<uint32_t>(pos)));
      return stats;
    }
    ++stats.operations;
    pos += length;
    if (d.end) {
      ++stats.groups;
      group = {};
      start = pos;
    }
  }
  if (group.operations != 0) stats.fault = "the last group does not end";
  return stats;
}

}  // namespace veil::translator::test
