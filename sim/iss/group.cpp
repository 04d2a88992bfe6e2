// The group rules (docs/internals/native-machine.md, "Groups"); the numbers in comments are theirs.
#include "group.h"

namespace veil::iss {

namespace {

using isa::Op;
using isa::Unit;

// What the operations so far have taken.
struct Taken {
  uint32_t written = 0, banks = 0;
  uint8_t flags_written = 0;
  bool mem_mul_jump = false, branch = false, commit = false;
};

bool add_operation(const isa::Decoded& d, unsigned width, bool first, Taken& taken) {
  const Unit unit = isa::info(d.op).unit;
  const isa::Uses uses = isa::uses(d);
  if (((uses.reads | uses.writes) & taken.written) != 0) return false;                  // 3
  if (((uses.flag_reads | uses.flag_writes) & taken.flags_written) != 0) return false;  // 3
  if ((unit == Unit::branch || unit == Unit::jump) && !d.end) return false;             // 4
  if (unit == Unit::system || unit == Unit::div || d.op == Op::x_rollback) {            // 4
    if (!first || !d.end) return false;
  }
  if (unit == Unit::mem || unit == Unit::mul || (unit == Unit::jump && d.op != Op::jal && d.op != Op::x_j)) {
    if (taken.mem_mul_jump) return false;  // 4
    taken.mem_mul_jump = true;
  }
  if (unit == Unit::branch) {
    if (taken.branch) return false;  // 4
    taken.branch = true;
  }
  if (isa::commits(d)) {
    if (taken.commit) return false;  // 4
    taken.commit = true;
  }
  if (uses.writes != 0) {
    const uint32_t bank = 1u << (d.rd % width);
    if ((taken.banks & bank) != 0) return false;  // 5
    taken.banks |= bank;
  }
  taken.written |= uses.writes;
  taken.flags_written = static_cast<uint8_t>(taken.flags_written | uses.flag_writes);
  return true;
}

}  // namespace

GroupText read_group(uint32_t pc, unsigned width, const uint32_t* words) {
  GroupText group;
  const uint32_t block = width * 4;
  const uint32_t room = block - (pc & (block - 1));
  Taken taken;
  uint32_t at = 0;
  for (;;) {
    const uint32_t word = words[at / 4];
    const isa::Decoded d = isa::decode(word);
    const uint32_t length = isa::is_wide(d) ? 8 : 4;
    const bool fits = at + length <= room && (d.end || at + length < room);  // 2
    if (d.op == Op::illegal || !fits || !add_operation(d, width, group.count == 0, taken)) {
      group.legal = false;
      group.illegal_word = word;
      return group;
    }
    group.ops[group.count++] = {d, pc + at, word, length == 8 ? words[at / 4 + 1] : 0};
    at += length;
    if (d.end) break;
  }
  group.next_pc = pc + at;
  return group;
}

}  // namespace veil::iss
