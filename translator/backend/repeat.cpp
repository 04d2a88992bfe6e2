// rep movs and rep stos as loops, written by hand:
//
//          DF set?                          -> the interpreter
//   bulk:  ECX < n?                         -> single
//          n elements, ECX -= n;  commit 0; -> bulk       n: what the store buffer holds for certain
//   single: ECX = 0?                        -> done
//          one element, --ECX;    commit 0; -> single     while ECX != 0
//   done:  commit 1                         -> the next instruction
//
// A commit that retires nothing makes the iterations so far permanent: from there on an interrupt or a fault finds the
// guest at this same instruction, with ECX, ESI and EDI advanced, as the SDM describes (volume 2, REP). Loads and
// stores keep their order, so source and destination may overlap in any way.
//
// Operations join the group before them where the fetch block has room; that they may is decided here, by hand.
#include "backend/repeat.h"

#include "backend/link.h"
#include "veil/isa/platform.h"

namespace veil::translator {

namespace {

namespace enc = isa::enc;
using isa::convention::guest_gpr_first;

constexpr unsigned kEax = guest_gpr_first, kEcx = guest_gpr_first + 1, kEsi = guest_gpr_first + 6,
                   kEdi = guest_gpr_first + 7;
// Temporaries, by the banks of what is in one group with them: kEven beside ECX, kOdd beside ESI.
constexpr unsigned kOdd = 7, kEven = 8;
constexpr uint32_t kDf = 0x400;  // EFLAGS
constexpr unsigned kStoreEntries = 14;

class Loop {
 public:
  Loop(const x86::Insn& insn, unsigned width, std::span<uint32_t> out)
      : bytes_(insn.op[0].bytes), move_(insn.exec == x86::Exec::movs), width_(width), out_(out) {}

  // False: no room.
  bool write(Body& body, ScheduleScratch& scratch);

 private:
  void put(uint32_t word, bool join = false);
  void load(unsigned temporary, int32_t offset, bool join = false);
  void store(unsigned from, int32_t offset);
  void advance(unsigned reg, int32_t by) { put(enc::addi(reg, reg, by), true); }
  void aim(uint32_t branch, uint32_t target);  // of a bne or beq without an offset
  void bulk();
  void single();

  uint32_t bytes_;
  bool move_;
  unsigned width_;
  std::span<uint32_t> out_;
  uint32_t pos_ = 0;
  uint32_t to_single_ = 0, to_done_ = 0, to_rollback_ = 0;
  bool ok_ = true;
};

void Loop::put(uint32_t word, bool join) {
  if (pos_ >= out_.size()) {
    ok_ = false;
    return;
  }
  if (join && (pos_ & (width_ - 1)) != 0) out_[pos_ - 1] &= ~1u;  // not the last of its group any more
  out_[pos_++] = word;
}

void Loop::aim(uint32_t branch, uint32_t target) {
  if (!ok_) return;
  const auto distance = static_cast<int32_t>(4 * (target - branch));
  out_[branch] |= enc::bne(0, 0, distance, false) ^ enc::bne(0, 0, 0, false);
}

void Loop::load(unsigned temporary, int32_t offset, bool join) {
  put(bytes_ == 1   ? enc::g_lbu(temporary, kEsi, offset)
      : bytes_ == 2 ? enc::g_lhu(temporary, kEsi, offset)
                    : enc::g_lw(temporary, kEsi, offset),
      join);
}

void Loop::store(unsigned from, int32_t offset) {
  put(bytes_ == 1   ? enc::g_sb(kEdi, from, offset)
      : bytes_ == 2 ? enc::g_sh(kEdi, from, offset)
                    : enc::g_sw(kEdi, from, offset));
}

void Loop::bulk() {
  const unsigned elements = bytes_ == 1 ? kStoreEntries : kStoreEntries / 2;
  const uint32_t start = pos_;
  put(enc::sltiu(kOdd, kEcx, static_cast<int32_t>(elements)));
  to_single_ = pos_;
  put(enc::bne(kOdd, 0, 0));
  for (unsigned i = 0; i < elements; ++i) {
    const auto offset = static_cast<int32_t>(i * bytes_);
    const unsigned temporary = i == 0 ? kEven : kOdd;
    if (move_) load(temporary, offset);
    if (move_ && i == 0) advance(kEcx, -static_cast<int32_t>(elements));
    if (move_ && i + 1 == elements) advance(kEsi, static_cast<int32_t>(elements * bytes_));
    store(move_ ? temporary : kEax, offset);
    if (!move_ && i == 0) advance(kEcx, -static_cast<int32_t>(elements));
  }
  advance(kEdi, static_cast<int32_t>(elements * bytes_));
  put(enc::x_commit(0), true);
  put(enc::x_j(static_cast<int32_t>(start - pos_), 0), true);
}

void Loop::single() {
  to_done_ = pos_;
  put(enc::beq(kEcx, 0, 0));
  const uint32_t start = pos_;
  const auto step = static_cast<int32_t>(bytes_);
  if (move_) {
    load(kOdd, 0);
    advance(kEsi, step);
  }
  put(enc::addi(kEcx, kEcx, -1));
  store(move_ ? kOdd : kEax, 0);
  advance(kEdi, step);
  put(enc::x_commit(0), true);
  put(enc::bne(kEcx, 0, static_cast<int32_t>(4 * (start - pos_))), true);
}

bool Loop::write(Body& body, ScheduleScratch& scratch) {
  put(enc::lw(kOdd, isa::convention::state, platform::guest_state::eflags));
  put(enc::andi(kOdd, kOdd, kDf));
  to_rollback_ = pos_;
  put(enc::bne(kOdd, 0, 0));
  bulk();
  aim(to_single_, pos_);
  single();
  aim(to_done_, pos_);
  body.end_word = pos_;
  body.end_operation = enc::x_j(0, 1);
  put(body.end_operation);
  body.words = pos_;
  scratch.rollback_branches[0] = static_cast<uint16_t>(to_rollback_);
  scratch.rollback_branch_count = 1;
  return ok_;
}

}  // namespace

bool repeats(const x86::Insn& insn, bool flat) {
  return flat && insn.rep == x86::Rep::rep && insn.address_size == x86::Width::d && insn.segment != x86::Seg::fs &&
         insn.segment != x86::Seg::gs && (insn.exec == x86::Exec::movs || insn.exec == x86::Exec::stos);
}

Emitted emit_repeat(const x86::Insn& insn, unsigned width, const Request& request, Code& code, ScheduleScratch& scratch,
                    std::span<uint32_t> out, std::span<Exit> exits) {
  Body body;
  if (!Loop(insn, width, out).write(body, scratch)) return {};
  code.end = EndKind::jump;
  code.interpret = false;
  code.target = request.eip + insn.length;
  code.has_rollback_exit = true;
  code.instructions = 1;
  code.start_eip = request.eip;
  return emit_exits(code, body, scratch, request, out, exits);
}

}  // namespace veil::translator
