// An operation goes into the first group in which its operands are there, its result may be written and the rules
// (docs/internals/native-machine.md, "Groups") leave it a slot. Operations come in program order, so those of a group
// keep it, and one that writes what another of the group reads stands behind it. There are no priorities: the order of
// the program is the order of preference.
//
// Groups are formed without regard to where they will stand; one that would cross a fetch block is moved behind it by
// operations that do nothing, which the group before takes in.
#include "quick/pack.h"

#include <algorithm>

namespace veil::translator {

namespace {

namespace enc = isa::enc;
using quick::Group;
using quick::GroupWords;
using quick::kMaxGroups;
using quick::kMaxWidth;
using quick::When;

// Register fields stand where RISC-V always has them; a word without registers takes them by or.
constexpr uint32_t registers(unsigned rd, unsigned rs1, unsigned rs2) { return rd << 7 | rs1 << 15 | rs2 << 20; }
static_assert(registers(3, 5, 9) == (enc::add(3, 5, 9, false) ^ enc::add(0, 0, 0, false)));

// What a group of so many slots cannot give any more, by width: nothing that has to be alone; nothing of two slots;
// nothing.
constexpr uint8_t kOne = quick::kDiv;
constexpr uint8_t kNearly = quick::kDiv | quick::kWide;
constexpr uint8_t kFull = quick::kDiv | quick::kWide | quick::kSlot;
constexpr uint8_t kTaken[kMaxWidth + 1][kMaxWidth + 1] = {
    {}, {0, kFull}, {0, kNearly, kFull}, {}, {0, kOne, kOne, kNearly, kFull}};

class Packer {
 public:
  Packer(QuickCode& quick, const Code& end, unsigned width, ScheduleScratch& scratch, std::span<uint32_t> out)
      : groups_(quick.groups.data()),
        words_(quick.words.data()),
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
  [[nodiscard]] bool place(const QuickOp& op);
  void write_groups();
  void write_end();
  void pad(unsigned left);

  Group* const groups_;
  GroupWords* const words_;
  When* const x_;
  When* const f_;
  const uint8_t* const taken_;
  const QuickCode& quick_;
  const Code& end_;
  const unsigned width_;
  ScheduleScratch& scratch_;
  std::span<uint32_t> out_;
  unsigned count_ = 0;  // of groups
  unsigned next_access_ = 0;
  uint32_t pos_ = 0;
  uint32_t last_ = 0;         // offset of the newest operation
  bool last_closed_ = false;  // nothing may stand behind it in its group
  Body body_;
};

// False: no group is left.
inline bool Packer::place(const QuickOp& op) {
  When& rs1 = x_[op.rs1];
  When& rs2 = x_[op.rs2];
  When& rd = x_[op.rd];
  const unsigned kind = op.kind;
  unsigned needs = kind & quick::kNeeds;
  unsigned g = rs1.ready;
  const auto not_before = [&g](unsigned other) { g = std::max(g, other); };
  not_before(rs2.ready);
  if (op.rd != 0) {
    not_before(rd.written);
    needs |= 1u << (op.rd & (width_ - 1));
  }
  When& flag = f_[op.flag];
  if (op.flag != 0) not_before((kind & quick::kWritesFlag) != 0 ? flag.written : flag.ready);
  if ((kind & quick::kAccess) != 0) not_before(next_access_);
  for (;; ++g) {
    if (g >= count_) [[unlikely]] {
      if (g >= kMaxGroups) return false;
      for (; count_ <= g; ++count_) groups_[count_] = {};
    }
    if ((groups_[g].taken & needs) == 0) break;
  }
  Group& group = groups_[g];
  uint32_t* const words = words_[g].data();
  const unsigned slot = group.slots;
  words[slot] = op.word | registers(op.rd, op.rs1, op.rs2);
  unsigned slots = slot + 1;
  if ((kind & quick::kWide) != 0) words[slots++] = op.wide;
  group.last = static_cast<uint8_t>(slot);
  group.slots = static_cast<uint8_t>(slots);
  group.taken |= static_cast<uint8_t>((needs & (quick::kBanks | quick::kMemory)) | taken_[slots]);
  if ((kind & (quick::kDiv | quick::kBranch)) != 0) [[unlikely]] {
    group.taken |= kFull;
    group.branch = (kind & quick::kBranch) != 0;
  }
  const auto here = static_cast<uint8_t>(g);
  rs1.written = std::max(rs1.written, here);
  rs2.written = std::max(rs2.written, here);
  if (op.rd != 0) {
    rd.ready = static_cast<uint8_t>(g + op.latency);
    rd.written = static_cast<uint8_t>(g + 1);
  }
  if (op.flag != 0) {
    if ((kind & quick::kWritesFlag) != 0) {
      flag.ready = flag.written = static_cast<uint8_t>(g + 1);
    } else {
      flag.written = std::max(flag.written, here);
    }
  }
  if ((kind & quick::kAccess) != 0) next_access_ = g + 1;
  return true;
}

// Up to the end of the fetch block, in which `left` slots are left.
void Packer::pad(unsigned left) {
  if (!last_closed_) {
    out_[last_] &= ~1u;
  } else {
    ++body_.groups;
  }
  for (unsigned i = 0; i < left; ++i) out_[pos_++] = enc::addi(0, 0, 0, false);
  out_[pos_ - 1] |= 1;
  last_ = pos_ - 1;
  last_closed_ = false;
  body_.padding += left;
}

void Packer::write_groups() {
  for (unsigned g = 0; g < count_; ++g) {
    const Group group = groups_[g];
    if (group.slots == 0) continue;  // waits for a result: the machine does
    const unsigned left = width_ - (pos_ & (width_ - 1));
    if (group.slots > left) pad(left);
    const uint32_t* const words = words_[g].data();
    uint32_t* const to = out_.data() + pos_;
    for (unsigned i = 0; i < kMaxWidth; ++i) to[i] = words[i];  // the next ones overwrite what is too much
    to[group.last] |= 1;
    last_ = pos_ + group.last;
    pos_ += group.slots;
    last_closed_ = (group.taken & quick::kSlot) != 0;
    if (group.branch != 0) [[unlikely]] {
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
    joins = (group.taken & quick::kSlot) == 0 && (pos_ & (width_ - 1)) != 0 &&
            (end_.end != EndKind::jump_to || (group.taken & quick::kMemory) == 0);
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
  const QuickOp* const ops_end = quick_.ops.data() + quick_.count;
  for (const QuickOp* op = quick_.ops.data(); op != ops_end; ++op) {
    if (op->word != 0 && !place(*op)) return body_;
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
