// An operation goes into the first group in which its operands are there, its result may be written and the rules
// (docs/internals/native-machine.md, "Groups") leave it a slot. Operations come in program order, so those of a group
// keep it, and one that writes what another of the group reads is placed after it. There are no priorities: the order
// of the program is the order of preference.
//
// Groups are formed without regard to where they will be; one that would cross a fetch block is moved past it by
// operations that do nothing, which the group before takes in.
#include "quick/pack.h"

#include <algorithm>

namespace veil::translator {

namespace {

namespace enc = isa::enc;
using quick::FlagWhen;
using quick::Group;
using quick::kMaxGroups;
using quick::kMaxWidth;
using quick::When;

// Register fields are where RISC-V always has them; a word without registers takes them by or.
constexpr uint32_t registers(unsigned rd, unsigned rs1, unsigned rs2) { return rd << 7 | rs1 << 15 | rs2 << 20; }
static_assert(registers(3, 5, 9) == (enc::add(3, 5, 9, false) ^ enc::add(0, 0, 0, false)));

// What a group of so many slots cannot give any more, by width: nothing that has to be alone; nothing of two slots;
// nothing.
constexpr uint8_t kOne = quick::kDiv;
constexpr uint8_t kNearly = quick::kDiv | quick::kWide;
constexpr uint8_t kFull = quick::kDiv | quick::kWide | quick::kSlot;
constexpr uint8_t kTaken[kMaxWidth + 1][kMaxWidth + 1] = {
    {}, {0, kFull}, {0, kNearly, kFull}, {}, {0, kOne, kOne, kNearly, kFull}};

// Keeps a rare `continue` from being a branch backwards, which is predicted taken.
[[gnu::always_inline]] inline void out_of_line() { asm volatile(""); }

// FlagWhen
constexpr unsigned kReady = 0;
constexpr unsigned kWritten = 1;

class Packer {
 public:
  Packer(QuickCode& quick, const Code& end, unsigned width, ScheduleScratch& scratch, std::span<uint32_t> out)
      : groups_(quick.groups.data()),
        x_(quick.x.data()),
        f_(quick.f.data()),
        taken_(kTaken[width]),
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
  [[nodiscard]] bool place(const QuickOp& op, unsigned number);
  void write_groups();
  void write_end();
  void pad(unsigned left);

  Group* const groups_;
  When* const x_;
  FlagWhen* const f_;
  const uint8_t* const taken_;
  const QuickCode& quick_;
  const Code& end_;
  const unsigned width_;
  ScheduleScratch& scratch_;
  std::span<uint32_t> out_;
  unsigned count_ = 0;  // of groups
  unsigned next_access_ = 0;
  uint32_t pos_ = 0;
  // The newest operation: its offset, and its word with the next one in its group.
  uint32_t last_ = 0;
  uint32_t last_word_ = 0;
  bool last_closed_ = false;  // nothing may follow it in its group
  Body body_;
};

// False: no group is left. Branches are predicted taken only if they go backwards, so what many operations do not need
// is done without one.
inline bool Packer::place(const QuickOp& op, unsigned number) {
  When& rs1 = x_[op.rs1];
  When& rs2 = x_[op.rs2];
  const unsigned rd = op.rd;
  const unsigned kind = op.kind;
  unsigned needs = kind & quick::kNeeds;
  unsigned g = rs1.ready;
  const auto not_before = [&g](unsigned other) { g = std::max(g, other); };
  not_before(rs2.ready);
  if (rd != 0) [[likely]] {
    not_before(x_[rd].written);
    needs |= 1u << (rd & (width_ - 1));
  }
  const unsigned flag = op.flag;  // f_[0] is never written
  const bool writes_flag = (kind & quick::kWritesFlag) != 0;
  not_before(f_[flag][writes_flag ? kWritten : kReady]);
  const unsigned access = 0u - (kind / quick::kAccess & 1u);
  not_before(next_access_ & access);
  if (g > count_) [[unlikely]] {
    if (g >= kMaxGroups) return false;
    while (count_ < g) groups_[++count_] = {};
  }
  if ((groups_[g].taken & needs) != 0) [[unlikely]] {
    do ++g;
    while ((groups_[g].taken & needs) != 0);
  }
  if (g >= kMaxGroups) [[unlikely]]
    return false;
  count_ = std::max(count_, g + 1);
  groups_[count_] = {};
  Group& group = groups_[g];
  const unsigned slot = group.slots;
  const unsigned slots = slot + 1 + (kind / quick::kWide & 1u);
  group.ops[slot] = static_cast<uint8_t>(number);
  group.slots = static_cast<uint8_t>(slots);
  group.taken |= static_cast<uint8_t>((needs & (quick::kBanks | quick::kMemory)) | taken_[slots]);
  if ((kind & (quick::kDiv | quick::kBranch)) != 0) [[unlikely]]
    group.taken |= kFull;
  const auto here = static_cast<uint8_t>(g);
  const auto next = static_cast<uint8_t>(g + 1);
  rs1.written = std::max(rs1.written, here);
  rs2.written = std::max(rs2.written, here);
  if (rd != 0) [[likely]] {
    x_[rd].ready = static_cast<uint8_t>(here + op.latency);
    x_[rd].written = next;
  }
  if (flag != 0) [[unlikely]] {
    if (writes_flag) {
      f_[flag] = {next, next};
    } else {
      f_[flag][kWritten] = std::max(f_[flag][kWritten], here);
    }
  }
  next_access_ = std::max(next_access_, next & access);
  return true;
}

// Up to the end of the fetch block, in which `left` slots are left.
void Packer::pad(unsigned left) {
  if (!last_closed_) out_[last_] = last_word_;
  for (unsigned i = 0; i < left; ++i) out_[pos_++] = enc::addi(0, 0, 0, false);
  last_ = pos_ - 1;
  last_word_ = enc::addi(0, 0, 0, false);
  last_closed_ = false;
  out_[last_] = last_word_ | 1;
}

// What has been written is not read again: stores alone do not bring it into the data cache.
void Packer::write_groups() {
  uint32_t* const out = out_.data();
  for (const Group *group = groups_, *const end = groups_ + count_; group != end; ++group) {
    const unsigned slots = group->slots;
    if (slots == 0) [[unlikely]] {  // waits for a result: the machine does
      out_of_line();
      continue;
    }
    const unsigned left = width_ - (pos_ & (width_ - 1));
    if (slots > left) pad(left);
    unsigned slot = 0;
    for (;;) {
      const QuickOp& op = quick_.ops[group->ops[slot]];
      uint32_t* const to = out + pos_ + slot;
      const uint32_t word = op.word | registers(op.rd, op.rs1, op.rs2);
      unsigned next = slot + 1;
      if ((op.kind & quick::kWide) != 0) {
        to[1] = op.wide;
        ++next;
      }
      if (next != slots) {
        *to = word;
        slot = next;
        continue;
      }
      *to = word | 1;
      last_ = pos_ + slot;
      last_word_ = word;
      if ((op.kind & quick::kBranch) != 0) [[unlikely]]
        scratch_.rollback_branches[scratch_.rollback_branch_count++] = static_cast<uint16_t>(last_);
      break;
    }
    last_closed_ = (group->taken & quick::kSlot) != 0;
    pos_ += slots;
  }
}

// With the last group if that has a slot left and the end needs nothing that this group makes.
void Packer::write_end() {
  const unsigned end_register = end_.end == EndKind::jump_to ? end_.end_value : 0;
  body_.end_register = end_register;
  const unsigned ready = end_.end == EndKind::jump_to  ? x_[end_register].ready
                         : end_.end == EndKind::branch ? f_[end_.end_flag][kReady]
                                                       : 0;
  bool joins = count_ != 0 && ready < count_;
  if (joins) {
    const Group& group = groups_[count_ - 1];
    joins = (group.taken & quick::kSlot) == 0 && (pos_ & (width_ - 1)) != 0 &&
            (end_.end != EndKind::jump_to || (group.taken & quick::kMemory) == 0);
  }
  if (joins) out_[last_] = last_word_;
  body_.end_word = pos_;
  body_.end_operation = end_operation(end_, end_register) | 1;
  out_[pos_++] = body_.end_operation;
}

Body Packer::run() {
  groups_[0] = {};
  for (unsigned n = 0, count = quick_.count; n < count; ++n) {
    const QuickOp& op = quick_.ops[n];
    if (op.word == 0) [[unlikely]] {
      out_of_line();
      continue;
    }
    if (!place(op, n)) [[unlikely]]
      return body_;
  }
  // At worst every operation of two slots is alone, after as many empty slots.
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
