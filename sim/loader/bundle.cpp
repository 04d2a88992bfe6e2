// One walk, greedy: an operation joins the group before it if no rule is against it. Commits and all that must be alone
// stay alone: what a commit makes permanent is then exactly what stood before it in the program.
#include "sim/loader/bundle.h"

#include "veil/isa/native.h"

namespace veil::loader {
namespace {

using isa::Op;
using isa::Unit;

struct Group {
  size_t block = 0;  // fetch block; a group never leaves its own
  uint32_t written = 0;
  uint32_t banks = 0;
  uint8_t flags_written = 0;
  bool has_unit = false;  // mem, mul or an indirect jump
  bool open = false;
};

bool joins(const isa::Decoded& d) {
  const Unit unit = isa::info(d.op).unit;
  return d.end && !isa::is_wide(d) && unit != Unit::system && unit != Unit::div && d.op != Op::x_rollback &&
         !isa::commits(d);
}

bool takes_unit(const isa::Decoded& d) {
  const Unit unit = isa::info(d.op).unit;
  return unit == Unit::mem || unit == Unit::mul || (unit == Unit::jump && d.op != Op::jal && d.op != Op::x_j);
}

bool ends(const isa::Decoded& d) {
  const Unit unit = isa::info(d.op).unit;
  return unit == Unit::branch || unit == Unit::jump;
}

}  // namespace

uint32_t bundle(std::span<uint32_t> words, unsigned width) {
  Group group;
  uint32_t groups = 0;
  for (size_t at = 0; at < words.size(); ++at) {
    const isa::Decoded d = isa::decode(words[at]);
    if (d.op == Op::illegal || !joins(d)) {
      group = {};
      groups += d.end ? 1 : 0;
      if (d.op != Op::illegal && isa::is_wide(d)) ++at;
      continue;
    }
    const isa::Uses uses = isa::uses(d);
    const uint32_t bank = uses.writes == 0 ? 0 : 1u << (static_cast<unsigned>(__builtin_ctz(uses.writes)) % width);
    const bool fits = group.open && group.block == at / width && ((uses.reads | uses.writes) & group.written) == 0 &&
                      ((uses.flag_reads | uses.flag_writes) & group.flags_written) == 0 && (bank & group.banks) == 0 &&
                      !(group.has_unit && takes_unit(d));
    if (fits) {
      words[at - 1] &= ~1u;
    } else {
      group = {.block = at / width};
      ++groups;
    }
    group.written |= uses.writes;
    group.flags_written |= uses.flag_writes;
    group.banks |= bank;
    group.has_unit |= takes_unit(d);
    group.open = !ends(d);
  }
  return groups;
}

}  // namespace veil::loader
