// An operation goes into the first group in which its operands are there, its result may be written and the rules
// (docs/internals/native-machine.md, "Groups") leave it a slot. Operations come in program order, so those of a group
// keep it, and one that writes what another of the group reads stands behind it. There are no priorities: the order of
// the program is the order of preference.
//
// Groups are formed without regard to where they will stand; one that would cross a fetch block is moved behind it by
// operations that do nothing, which the group before takes in.
#include "quick/pack.h"

namespace veil::translator {

namespace {

namespace enc = isa::enc;
using quick::Group;
using quick::kMaxGroups;
using quick::kMaxWidth;
using quick::When;

// Register fields stand where RISC-V always has them; a word without registers takes them by or.
constexpr uint32_t registers(unsigned rd, unsigned rs1, unsigned rs2) {
  return enc::add(rd, rs1, rs2, false) ^ enc::add(0, 0, 0, false);
}

constexpr uint8_t kFull = quick::kBranch | quick::kDiv;

class Packer {
 public:
  Packer(QuickCode& quick, const Code& end, unsigned width, ScheduleScratch& scratch, std::span<uint32_t> out)
      : groups_(quick.groups.data()),
        x_(quick.x.data()),
        f_(quick.f.data()),
        quick_(quick),
        end_(end),
        width_(width),
        scratch_(scratch),
        out_(out) {
    quick.f = {};
#pragma GCC unroll 8
    for (When& when : quick.x) when = {};
  }
  Body run();

 private:
  void place(unsigned n);
  [[nodiscard]] bool fits(const Group& group, const QuickOp& op, unsigned slots) const;
  void write_groups();
  void write_end();
  void pad(unsigned slots);

  Group* const groups_;
  When* const x_;
  When* const f_;
  const QuickCode& quick_;
  const Code& end_;
  const unsigned width_;
  ScheduleScratch& scratch_;
  std::span<uint32_t> out_;
  unsigned count_ = 0;  // of groups
  unsigned next_access_ = 0;
  uint32_t pos_ = 0;
  uint32_t last_ = 0;      // offset of the newest operation
  uint8_t last_kind_ = 0;  // of the newest group
  Body body_;
};

inline bool Packer::fits(const Group& group, const QuickOp& op, unsigned slots) const {
  if (group.slots + slots > width_) return false;
  if ((group.kind & kFull) != 0 || (group.kind & op.kind & quick::kMemory) != 0) return false;
  if (op.rd != 0 && (group.banks >> (op.rd & (width_ - 1)) & 1) != 0) return false;
  return (op.kind & quick::kDiv) == 0 || group.slots == 0;
}

inline void Packer::place(unsigned n) {
  const QuickOp& op = quick_.ops[n];
  When& rs1 = x_[op.rs1];
  When& rs2 = x_[op.rs2];
  When& rd = x_[op.rd];
  unsigned g = rs1.ready;
  const auto not_before = [&g](unsigned other) {
    if (other > g) g = other;
  };
  not_before(rs2.ready);
  if (op.rd != 0) not_before(rd.written);
  const unsigned flags = op.flag_reads | op.flag_writes;
  if (flags != 0) {
#pragma GCC unroll 2
    for (unsigned f = 1; f < 3; ++f) {
      if ((flags >> f & 1) == 0) continue;
      not_before(f_[f].ready);
      if ((op.flag_writes >> f & 1) != 0) not_before(f_[f].written);
    }
  }
  if ((op.kind & quick::kAccess) != 0) not_before(next_access_);
  const unsigned slots = (op.kind & quick::kWide) != 0 ? 2 : 1;
  for (;; ++g) {
    if (g >= kMaxGroups) {
      count_ = kMaxGroups + 1;
      return;
    }
    for (; count_ <= g; ++count_) groups_[count_].slots = groups_[count_].banks = groups_[count_].kind = 0;
    if (fits(groups_[g], op, slots)) break;
  }
  Group& group = groups_[g];
  const unsigned slot = group.slots;
  group.words[slot] = op.word | registers(op.rd, op.rs1, op.rs2);
  if (slots == 2) group.words[slot + 1] = op.wide;
  group.last = static_cast<uint8_t>(slot);
  group.slots = static_cast<uint8_t>(slot + slots);
  group.kind |= op.kind;
  const auto here = static_cast<uint8_t>(g);
  if (here > rs1.written) rs1.written = here;
  if (here > rs2.written) rs2.written = here;
  if (op.rd != 0) {
    group.banks |= static_cast<uint8_t>(1u << (op.rd & (width_ - 1)));
    rd.ready = static_cast<uint8_t>(g + op.latency);
    rd.written = static_cast<uint8_t>(g + 1);
  }
  if (flags != 0) {
#pragma GCC unroll 2
    for (unsigned f = 1; f < 3; ++f) {
      if ((op.flag_reads >> f & 1) != 0 && here > f_[f].written) f_[f].written = here;
      if ((op.flag_writes >> f & 1) != 0) f_[f].ready = f_[f].written = static_cast<uint8_t>(g + 1);
    }
  }
  if ((op.kind & quick::kAccess) != 0) next_access_ = g + 1;
}

// Up to the end of the fetch block if fewer than `slots` are left in it.
void Packer::pad(unsigned slots) {
  const unsigned left = width_ - (pos_ & (width_ - 1));
  if (slots <= left) return;
  if ((last_kind_ & kFull) == 0) {
    out_[last_] &= ~1u;
  } else {
    ++body_.groups;
  }
  for (unsigned i = 0; i < left; ++i) out_[pos_++] = enc::addi(0, 0, 0, false);
  out_[pos_ - 1] |= 1;
  last_ = pos_ - 1;
  last_kind_ = 0;
  body_.padding += left;
}

void Packer::write_groups() {
  for (unsigned g = 0; g < count_; ++g) {
    Group& group = groups_[g];
    if (group.slots == 0) continue;  // waits for a result: the machine does
    pad(group.slots);
    last_kind_ = group.kind;
    last_ = pos_ + group.last;
    group.words[group.last] |= 1;
    uint32_t* to = out_.data() + pos_;
    for (unsigned i = 0; i < kMaxWidth; ++i) to[i] = group.words[i];  // the next ones overwrite what is too much
    pos_ += group.slots;
    if ((group.kind & quick::kBranch) != 0) {
      scratch_.rollback_branches[scratch_.rollback_branch_count++] = static_cast<uint16_t>(last_);
    }
    ++body_.groups;
  }
}

// With the last group if that has a slot left and the end needs nothing that this group makes.
void Packer::write_end() {
  const unsigned end_register = end_.end == EndKind::jump_to ? end_.end_value : 0;
  body_.end_register = end_register;
  const unsigned ready = end_.end == EndKind::jump_to  ? x_[end_register].ready
                         : end_.end == EndKind::branch ? f_[end_.end_flag].ready
                                                       : 0;
  bool joins = count_ != 0 && ready < count_;
  if (joins) {
    const Group& group = groups_[count_ - 1];
    joins = group.slots < width_ && (group.kind & kFull) == 0 && (pos_ & (width_ - 1)) != 0 &&
            (end_.end != EndKind::jump_to || (group.kind & quick::kMemory) == 0);
  }
  if (joins) {
    out_[last_] &= ~1u;
  } else {
    ++body_.groups;
  }
  body_.end_word = pos_;
  out_[pos_++] = end_operation(end_, end_register) | 1;
}

Body Packer::run() {
  for (unsigned n = 0; n < quick_.count; ++n) {
    if (quick_.ops[n].word != 0) place(n);
    if (count_ > kMaxGroups) return body_;
  }
  // At worst every operation of two slots stands alone, behind as many slots of nothing.
  if (out_.size() < kMaxWidth * (quick_.count + 2)) return body_;
  scratch_.rollback_branch_count = 0;
  write_groups();
  write_end();
  body_.ok = true;
  body_.words = pos_;
  return body_;
}

}  // namespace

Body pack(QuickCode& quick, const Code& end, unsigned width, ScheduleScratch& scratch, std::span<uint32_t> out) {
  return Packer(quick, end, width, scratch, out).run();
}

}  // namespace veil::translator
