#include "group_builder.h"

#include <array>

#include "veil/isa/native.h"

namespace veil::fuzz {
namespace {

namespace enc = isa::enc;
using isa::Op;
using isa::Unit;

// Fields by their place: every register field of the ISA is where RISC-V has it.
constexpr uint32_t with_rd(uint32_t word, unsigned rd) { return (word & ~0xf80u) | rd << 7; }
constexpr uint32_t with_rs1(uint32_t word, unsigned rs1) { return (word & ~0xf8000u) | rs1 << 15; }
constexpr uint32_t with_rs2(uint32_t word, unsigned rs2) { return (word & ~0x1f00000u) | rs2 << 20; }
constexpr uint32_t with_imm12(uint32_t word, int32_t imm) {
  return (word & 0xfffffu) | static_cast<uint32_t>(imm) << 20;
}

class OneGroup {
 public:
  OneGroup(GroupBuilder& out, Random& random, const GroupLimits& limits)
      : out_(out), random_(random), limits_(limits) {}

  std::optional<size_t> run() {
    const unsigned room = out_.room();
    const unsigned wanted = 1 + random_.below(room);
    while (words_.size() < wanted) {
      const uint32_t kind = random_.below(20);
      bool added = false;
      if (kind < 11) {
        added = random_operation(Unit::alu, room);
      } else if (kind < 15) {
        added = memory(room);
      } else if (kind < 16) {
        added = random_operation(Unit::mul, room);
      } else if (kind < 17 && words_.empty()) {
        added = random_operation(Unit::div, room);
        if (added) break;
      } else if (kind < 18) {
        added = commit(room);
      } else {
        added = branch(room);
        if (added) break;
      }
      if (!added) break;
    }
    if (words_.empty()) words_.push_back(enc::addi(8, 8, 1));
    if (last_ == ~size_t{0}) last_ = 0;
    words_[last_] |= 1;  // the group bit of the last operation
    const size_t at = out_.here() + last_;
    out_.group(words_);
    return branch_ ? std::optional<size_t>(at) : std::nullopt;
  }

 private:
  // Appends if the group stays legal: RAW and WAW free, banks free, one memory/multiply/indirect jump, one commit.
  bool append(uint32_t word, unsigned room) {
    word &= ~1u;
    const isa::Decoded d = isa::decode(word);
    if (d.op == Op::illegal) return false;
    const bool wide = isa::is_wide(d);
    if (wide && out_.width() == 1) return false;
    if (words_.size() + (wide ? 2 : 1) > room) return false;
    const isa::Uses u = isa::uses(d);
    if ((u.reads | u.writes) & written_) return false;
    if ((u.flag_reads | u.flag_writes) & flags_written_) return false;
    for (unsigned r = 1; r < 32; ++r) {
      if (!(u.writes >> r & 1)) continue;
      if (r >= limits_.first_reserved && r <= limits_.last_reserved) return false;
      if (banks_ >> (r % out_.width()) & 1) return false;
      banks_ |= 1u << (r % out_.width());
    }
    written_ |= u.writes;
    flags_written_ |= u.flag_writes;
    last_ = words_.size();
    words_.push_back(word);
    if (wide) words_.push_back(random_.value());
    return true;
  }

  bool random_operation(Unit unit, unsigned room) {
    if (unit == Unit::mul && unit_used_) return false;
    for (unsigned attempt = 0; attempt < 40; ++attempt) {
      const Op op = static_cast<Op>(1 + random_.below(isa::kOpCount - 1));
      const isa::OpInfo& info = isa::info(op);
      if (info.unit != unit) continue;
      const uint32_t word = (random_.bits() & ~info.mask) | info.match;
      if (isa::decode(word).op != op) continue;
      if (append(word, room)) {
        if (unit == Unit::mul) unit_used_ = true;
        return true;
      }
    }
    return false;
  }

  bool commit(unsigned room) {
    if (!limits_.speculative || committed_ || !random_.one_in(2)) return false;
    if (words_.empty() && random_.one_in(8)) {
      if (!append(enc::x_rollback(), room)) return false;
      return false;  // alone: ends the group
    }
    committed_ = append(enc::x_commit(random_.below(32)), room);
    return committed_;
  }

  bool branch(unsigned room) {
    static constexpr std::array kOps = {Op::beq,  Op::bne, Op::blt, Op::bge, Op::bltu,
                                        Op::bgeu, Op::jal, Op::x_j, Op::x_b, Op::x_b};
    const isa::OpInfo& info = isa::info(kOps[random_.below(kOps.size())]);
    uint32_t word = (random_.bits() & ~info.mask) | info.match;
    const isa::Decoded d = isa::decode(word);
    if (d.op == Op::illegal) return false;
    if (isa::commits(d) && (committed_ || !limits_.speculative)) return false;
    if (d.op == Op::jal && !random_.one_in(3)) word = with_rd(word, 0);
    branch_ = append(word, room);
    return branch_;
  }

  bool memory(unsigned room) {
    if (unit_used_) return false;
    const uint32_t kind = random_.below(limits_.guest_memory ? 8 : 2);
    const uint32_t word = kind < 2 ? ordinary() : kind < 6 ? guest_flat() : kind < 7 ? guest_extended() : monitor();
    unit_used_ = append(word, room);
    return unit_used_;
  }

  int32_t aligned_offset(unsigned bytes) {
    int32_t offset = static_cast<int32_t>(random_.below(4096)) - 2048;
    if (!(limits_.wild && random_.one_in(40))) offset &= -static_cast<int32_t>(bytes);
    return offset;
  }

  uint32_t ordinary() {
    static constexpr std::array<uint32_t, 3> kBases = {0, 1, 2};
    const uint32_t which = kBases[random_.below(3)];
    const unsigned base = which == 0 ? limits_.low : which == 1 ? limits_.scratch : limits_.mon;
    const unsigned rd = 8 + random_.below(16), rs2 = random_.below(32);
    switch (random_.below(8)) {
      case 0:
        return enc::lb(rd, base, aligned_offset(1));
      case 1:
        return enc::lh(rd, base, aligned_offset(2));
      case 2:
        return enc::lw(rd, base, aligned_offset(4));
      case 3:
        return enc::lbu(rd, base, aligned_offset(1));
      case 4:
        return enc::lhu(rd, base, aligned_offset(2));
      case 5:
        return enc::sb(base, rs2, aligned_offset(1));
      case 6:
        return enc::sh(base, rs2, aligned_offset(2));
      default:
        return enc::sw(base, rs2, aligned_offset(4));
    }
  }

  // Few places, so that loads meet stores.
  unsigned guest_base() { return limits_.guest + random_.below(3); }
  int32_t near_offset() {
    return random_.one_in(6) ? static_cast<int32_t>(random_.below(4096)) - 2048
                             : static_cast<int32_t>(random_.below(24)) - 8;
  }

  uint32_t guest_flat() {
    static constexpr std::array kOps = {Op::g_lb,  Op::g_lh, Op::g_lw, Op::g_lbu,
                                        Op::g_lhu, Op::g_sb, Op::g_sh, Op::g_sw};
    const Op op = kOps[random_.below(kOps.size())];
    const isa::OpInfo& info = isa::info(op);
    if (info.has_rd) {
      uint32_t word = (random_.bits() & ~info.mask) | info.match;
      word = with_rs1(word, guest_base());
      return with_imm12(word, near_offset());
    }
    const unsigned rs1 = guest_base(), rs2 = random_.below(32);
    const int32_t offset = near_offset();
    return op == Op::g_sb   ? enc::g_sb(rs1, rs2, offset)
           : op == Op::g_sh ? enc::g_sh(rs1, rs2, offset)
                            : enc::g_sw(rs1, rs2, offset);
  }

  uint32_t guest_extended() {
    static constexpr std::array kOps = {Op::gx_lb,  Op::gx_lh, Op::gx_lw, Op::gx_lbu,
                                        Op::gx_lhu, Op::gx_sb, Op::gx_sh, Op::gx_sw};
    const isa::OpInfo& info = isa::info(kOps[random_.below(kOps.size())]);
    uint32_t word = (random_.bits() & ~info.mask) | info.match;
    if ((word >> 29) == 7) word &= ~(1u << 29);  // not the monitor segment
    word = with_rs1(word, guest_base());
    if (info.has_rd && random_.one_in(2)) word = with_rs2(word, 0);
    return word;
  }

  uint32_t monitor() {
    const unsigned base = limits_.mon, reg = 8 + random_.below(16);
    const int32_t disp = static_cast<int32_t>(random_.below(32)) * 4 - 64;
    switch (random_.below(5)) {
      case 0:
        return enc::gx_lw({.rd = reg, .rs1 = base, .rs2 = 0, .seg = isa::Seg::mon});
      case 1:
        return enc::gx_lbu({.rd = reg, .rs1 = base, .rs2 = 0, .seg = isa::Seg::mon});
      case 2:
        return enc::gx_sb({.rs1 = base, .rs2 = reg, .seg = isa::Seg::mon, .disp7 = disp + 1});
      case 3:
        return enc::gx_sh({.rs1 = base, .rs2 = reg, .seg = isa::Seg::mon, .disp7 = disp + 2});
      default:
        return enc::gx_sw({.rs1 = base, .rs2 = reg, .seg = isa::Seg::mon, .disp7 = disp});
    }
  }

  GroupBuilder& out_;
  Random& random_;
  const GroupLimits& limits_;
  std::vector<uint32_t> words_;
  size_t last_ = ~size_t{0};  // word of the last operation (a wide immediate may follow it)
  uint32_t written_ = 0, flags_written_ = 0, banks_ = 0;
  bool unit_used_ = false, committed_ = false, branch_ = false;
};

}  // namespace

void GroupBuilder::patch_branch(size_t word) {
  const isa::Decoded d = isa::decode(words_[word]);
  const auto distance = static_cast<int32_t>(here() - word);
  const bool end = d.end;
  switch (d.op) {
    case Op::jal:
      words_[word] = enc::jal(d.rd, distance * 4, end);
      break;
    case Op::x_j:
      words_[word] = enc::x_j(distance, d.count, end);
      break;
    case Op::x_b:
      words_[word] =
          enc::x_b({.cond = d.cond, .fbit = d.fbit, .br13 = distance, .count = d.count, .likely = d.likely}, end);
      break;
    default: {
      // B-type: take the offset field of a beq with the same registers.
      const uint32_t offset = enc::beq(0, 0, distance * 4) ^ enc::beq(0, 0, 0);
      const uint32_t field = 0xfe000f80u;
      words_[word] = (words_[word] & ~field) | offset;
    }
  }
}

std::optional<size_t> random_group(GroupBuilder& out, Random& random, const GroupLimits& limits) {
  return OneGroup(out, random, limits).run();
}

}  // namespace veil::fuzz
