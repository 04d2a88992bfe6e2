// A group of the native machine while operations are added to it (docs/internals/native-machine.md, "Groups").
#pragma once

#include <cstddef>
#include <cstdint>

#include "veil/isa/native.h"

namespace veil::loader {

// Whether the operation may be beside others at all. Commits may by the rules, but what one makes permanent is to be
// exactly what stood before it in the program.
inline bool joins(const isa::Decoded& d) {
  const isa::Unit unit = isa::info(d.op).unit;
  return d.op != isa::Op::illegal && d.end && !isa::is_wide(d) && unit != isa::Unit::system && unit != isa::Unit::div &&
         d.op != isa::Op::x_rollback && !isa::commits(d);
}

// A group's last operation: branches and jumps.
inline bool ends_group(const isa::Decoded& d) {
  const isa::Unit unit = isa::info(d.op).unit;
  return unit == isa::Unit::branch || unit == isa::Unit::jump;
}

// One of the units of which a group has one operation together: mem, mul, and jumps that need an operand.
inline bool takes_unit(const isa::Decoded& d) {
  const isa::Unit unit = isa::info(d.op).unit;
  return unit == isa::Unit::mem || unit == isa::Unit::mul ||
         (unit == isa::Unit::jump && d.op != isa::Op::jal && d.op != isa::Op::x_j);
}

class Group {
 public:
  // No group: nothing fits.
  Group() = default;
  // Empty, in the fetch block that word `at` lies in.
  Group(size_t at, unsigned width) : block_(at / width), width_(width), open_(true) {}

  // Whether an operation that joins() may be the next of the group, as word `at`.
  bool fits(size_t at, const isa::Decoded& d, const isa::Uses& uses) const {
    return open_ && block_ == at / width_ && ((uses.reads | uses.writes) & written_) == 0 &&
           ((uses.flag_reads | uses.flag_writes) & flags_written_) == 0 && (bank(uses) & banks_) == 0 &&
           !(has_unit_ && takes_unit(d));
  }
  void add(const isa::Decoded& d, const isa::Uses& uses) {
    written_ |= uses.writes;
    flags_written_ |= uses.flag_writes;
    banks_ |= bank(uses);
    has_unit_ |= takes_unit(d);
    open_ = !ends_group(d);
  }

 private:
  uint32_t bank(const isa::Uses& uses) const {
    return uses.writes == 0 ? 0 : 1u << (static_cast<unsigned>(__builtin_ctz(uses.writes)) % width_);
  }

  size_t block_ = 0;  // a group never leaves its fetch block
  unsigned width_ = 1;
  uint32_t written_ = 0;
  uint32_t banks_ = 0;
  uint8_t flags_written_ = 0;
  bool has_unit_ = false;
  bool open_ = false;
};

}  // namespace veil::loader
