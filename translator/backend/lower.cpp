// Instruction selection: IR nodes to native operations, with immediates, addressing forms and widths chosen for the
// issue width (wide immediates exist for W >= 2 only).
#include "backend/code.h"

namespace veil::translator {

namespace {

namespace enc = isa::enc;
using ir::kZero;
using ir::Node;
using ir::Op;
using ir::Ref;
using isa::Unit;
using x86::FlagFn;

constexpr unsigned kFlatSeg = static_cast<unsigned>(isa::Seg::flat);
constexpr uint8_t kLoadLatency = 2;
constexpr uint8_t kMulLatency = 3;
constexpr uint8_t kDivLatency = 8;  // an estimate: the unit is iterative
constexpr Operand guest_register(unsigned r) { return static_cast<Operand>(isa::convention::guest_gpr_first + r); }
constexpr int32_t s32(uint32_t v) { return static_cast<int32_t>(v); }
constexpr uint32_t low12(uint32_t v) { return static_cast<uint32_t>(s32(v << 20) >> 20); }  // sign-extended
constexpr uint32_t high20(uint32_t v) { return (v - low12(v)) >> 12; }
constexpr bool is_power_of_2(uint32_t v) { return v != 0 && (v & (v - 1)) == 0; }
constexpr unsigned log2_of(uint32_t v) { return static_cast<unsigned>(__builtin_ctz(v)); }

class Lowerer {
 public:
  Lowerer(const ir::Block& block, const Order& order, Code& code)
      : block_(block), order_(order), code_(code), has_wide_(block.native_width >= 2) {}
  void run();

 private:
  Operand emit(const Mop& mop);
  Operand emit(uint32_t word, uint8_t dst, Operand rs1 = 0, Operand rs2 = 0);
  Operand operand(Ref ref);          // a register with the value; makes constants
  Operand constant(uint32_t value);  // a register with the value
  Operand make_constant(uint32_t value, uint8_t dst);
  Operand add_constant(Operand base, uint32_t value, uint8_t dst);
  Operand immediate(FlagFn fn, Operand a, uint32_t value, uint8_t dst);  // x.<fn> with wide, or a constant register
  [[nodiscard]] bool imm(Ref ref) const { return block_.is_imm(ref); }
  [[nodiscard]] uint32_t value(Ref ref) const { return block_[ref].imm; }

  Operand node(const Node& n, uint8_t dst);
  Operand plain(const Node& n, uint8_t dst);
  Operand plain_immediate(const Node& n, uint32_t v, uint8_t dst, bool& done);
  Operand alu(const Node& n, uint8_t dst);
  Operand load(const Node& n, uint8_t dst);
  void store(const Node& n);
  Operand state(const Node& n, uint8_t dst);
  void set_state(const Node& n);
  void end(const Node& n);
  void count_entry_reads(const Node& n, int by);

  const ir::Block& block_;
  const Order& order_;
  Code& code_;
  bool has_wide_;
  std::array<Operand, ir::kMaxNodes> at_;  // where a node's value is
  std::array<uint16_t, ir::kGuestRegisters> entry_reads_{};
  struct Constant {
    uint32_t value;
    Operand at;
  };
  std::array<Constant, 8> constants_;
  unsigned constant_count_ = 0;
};

Operand Lowerer::emit(const Mop& mop) {
  if (code_.count >= kMaxMops) {
    code_.overflow = true;
    return 0;
  }
  code_.mops[code_.count] = mop;
  return static_cast<Operand>(kFirstMop + code_.count++);
}

Operand Lowerer::emit(uint32_t word, uint8_t dst, Operand rs1, Operand rs2) {
  if (code_.count >= kMaxMops) {
    code_.overflow = true;
    return 0;
  }
  Mop& mop = code_.mops[code_.count];
  mop = Mop{};
  mop.word = word;
  mop.dst = dst;
  mop.rs1 = rs1;
  mop.rs2 = rs2;
  return static_cast<Operand>(kFirstMop + code_.count++);
}

// ---------------------------------------------------------------- constants

Operand Lowerer::make_constant(uint32_t v, uint8_t dst) {
  if (isa::fits_imm12(s32(v))) return emit(enc::addi(0, 0, s32(v), false), dst);
  if (low12(v) == 0) return emit(enc::lui(0, high20(v), false), dst);
  if (has_wide_) {
    Mop mop;
    mop.word = enc::x_mov({.src2 = isa::Src2::wide}, false);
    mop.wide = v;
    mop.slots = 2;
    mop.dst = dst;
    return emit(mop);
  }
  const Operand upper = emit(enc::lui(0, high20(v), false), kTemp);
  return emit(enc::addi(0, 0, s32(low12(v)), false), dst, upper);
}

Operand Lowerer::constant(uint32_t v) {
  if (v == 0) return 0;
  for (unsigned i = 0; i < constant_count_; ++i) {
    if (constants_[i].value == v) return constants_[i].at;
  }
  const Operand at = make_constant(v, kTemp);
  if (constant_count_ < constants_.size()) constants_[constant_count_++] = {v, at};
  return at;
}

Operand Lowerer::operand(Ref ref) { return imm(ref) ? constant(value(ref)) : at_[ref]; }

Operand Lowerer::immediate(FlagFn fn, Operand a, uint32_t v, uint8_t dst) {
  Mop mop;
  mop.dst = dst;
  mop.rs1 = a;
  const bool wide = has_wide_;
  mop.word = enc::x_alu(static_cast<isa::AluFn>(fn), {.src2 = wide ? isa::Src2::wide : isa::Src2::reg}, false);
  if (wide) {
    mop.wide = v;
    mop.slots = 2;
  } else {
    mop.rs2 = constant(v);
  }
  return emit(mop);
}

Operand Lowerer::add_constant(Operand base, uint32_t v, uint8_t dst) {
  if (isa::fits_imm12(s32(v))) return emit(enc::addi(0, 0, s32(v), false), dst, base);
  return immediate(FlagFn::add, base, v, dst);
}

// ---------------------------------------------------------------- arithmetic

// Forms with the second operand in the operation.
Operand Lowerer::plain_immediate(const Node& n, uint32_t v, uint8_t dst, bool& done) {
  const bool small = isa::fits_imm12(s32(v));
  const unsigned shift = v & 31;
  const Operand a = operand(n.a);
  switch (n.op) {
    case Op::and_:
      if (small) return emit(enc::andi(0, 0, s32(v), false), dst, a);
      if (v == 0xffff) return emit(enc::zext_h(0, 0, false), dst, a);
      if (is_power_of_2(~v)) return emit(enc::bclri(0, 0, log2_of(~v), false), dst, a);
      return immediate(FlagFn::and_, a, v, dst);
    case Op::or_:
      if (small) return emit(enc::ori(0, 0, s32(v), false), dst, a);
      if (is_power_of_2(v)) return emit(enc::bseti(0, 0, log2_of(v), false), dst, a);
      return immediate(FlagFn::or_, a, v, dst);
    case Op::xor_:
      if (small) return emit(enc::xori(0, 0, s32(v), false), dst, a);
      if (is_power_of_2(v)) return emit(enc::binvi(0, 0, log2_of(v), false), dst, a);
      return immediate(FlagFn::xor_, a, v, dst);
    case Op::shl:
      return emit(enc::slli(0, 0, shift, false), dst, a);
    case Op::shr:
      return emit(enc::srli(0, 0, shift, false), dst, a);
    case Op::sar:
      return emit(enc::srai(0, 0, shift, false), dst, a);
    case Op::rol:
      return emit(enc::rori(0, 0, (32 - shift) & 31, false), dst, a);
    case Op::ror:
      return emit(enc::rori(0, 0, shift, false), dst, a);
    case Op::seq:
    case Op::sne: {
      const Operand difference = v == 0  ? a
                                 : small ? emit(enc::xori(0, 0, s32(v), false), kTemp, a)
                                         : immediate(FlagFn::xor_, a, v, kTemp);
      return n.op == Op::seq ? emit(enc::sltiu(0, 0, 1, false), dst, difference)
                             : emit(enc::sltu(0, 0, 0, false), dst, 0, difference);
    }
    case Op::slt:
      if (small) return emit(enc::slti(0, 0, s32(v), false), dst, a);
      break;
    case Op::sltu:
      if (small) return emit(enc::sltiu(0, 0, s32(v), false), dst, a);
      break;
    default:
      break;
  }
  done = false;
  return 0;
}

Operand Lowerer::plain(const Node& n, uint8_t dst) {
  if (n.op == Op::add && n.b == kZero) return add_constant(operand(n.a), n.imm, dst);
  if (ir::info(n.op).operands == 2 && imm(n.b)) {
    bool done = true;
    const Operand result = plain_immediate(n, value(n.b), dst, done);
    if (done) return result;
  }
  const Operand a = operand(n.a);
  const Operand b = ir::info(n.op).operands == 2 ? operand(n.b) : Operand{0};
  Mop mop;
  mop.dst = dst;
  mop.rs1 = a;
  mop.rs2 = b;
  switch (n.op) {
    case Op::add:
      mop.word = enc::add(0, 0, 0, false);
      break;
    case Op::sub:
      mop.word = enc::sub(0, 0, 0, false);
      break;
    case Op::and_:
      mop.word = enc::and_(0, 0, 0, false);
      break;
    case Op::or_:
      mop.word = enc::or_(0, 0, 0, false);
      break;
    case Op::xor_:
      mop.word = enc::xor_(0, 0, 0, false);
      break;
    case Op::shl:
      mop.word = enc::sll(0, 0, 0, false);
      break;
    case Op::shr:
      mop.word = enc::srl(0, 0, 0, false);
      break;
    case Op::sar:
      mop.word = enc::sra(0, 0, 0, false);
      break;
    case Op::rol:
      mop.word = enc::rol(0, 0, 0, false);
      break;
    case Op::ror:
      mop.word = enc::ror(0, 0, 0, false);
      break;
    case Op::slt:
      mop.word = enc::slt(0, 0, 0, false);
      break;
    case Op::sltu:
      mop.word = enc::sltu(0, 0, 0, false);
      break;
    case Op::seq:
    case Op::sne: {
      const Operand difference = emit(enc::xor_(0, 0, 0, false), kTemp, a, b);
      if (n.op == Op::seq) return emit(enc::sltiu(0, 0, 1, false), dst, difference);
      return emit(enc::sltu(0, 0, 0, false), dst, 0, difference);
    }
    case Op::clz:
      mop.word = enc::clz(0, 0, false);
      break;
    case Op::ctz:
      mop.word = enc::ctz(0, 0, false);
      break;
    case Op::bswap:
      mop.word = enc::rev8(0, 0, false);
      break;
    case Op::zexth:
      mop.word = enc::zext_h(0, 0, false);
      break;
    case Op::sextb:
      mop.word = enc::sext_b(0, 0, false);
      break;
    case Op::sexth:
      mop.word = enc::sext_h(0, 0, false);
      break;
    case Op::byte1:  // bits 15:8 as the second operand of a full move
      mop.word = enc::x_mov({.src2 = isa::Src2::high}, false);
      mop.rs1 = 0;
      mop.rs2 = a;
      break;
    case Op::shadd:
      mop.word = n.scale == 1   ? enc::sh1add(0, 0, 0, false)
                 : n.scale == 2 ? enc::sh2add(0, 0, 0, false)
                                : enc::sh3add(0, 0, 0, false);
      break;
    default: {
      const bool multiply = n.op == Op::mul || n.op == Op::mulh || n.op == Op::mulhu;
      mop.unit = multiply ? Unit::mul : Unit::div;
      mop.latency = multiply ? kMulLatency : kDivLatency;
      mop.word = n.op == Op::mul     ? enc::mul(0, 0, 0, false)
                 : n.op == Op::mulh  ? enc::mulh(0, 0, 0, false)
                 : n.op == Op::mulhu ? enc::mulhu(0, 0, 0, false)
                 : n.op == Op::divu  ? enc::divu(0, 0, 0, false)
                 : n.op == Op::div   ? enc::div(0, 0, 0, false)
                 : n.op == Op::remu  ? enc::remu(0, 0, 0, false)
                                     : enc::rem(0, 0, 0, false);
      break;
    }
  }
  return emit(mop);
}

// The constant cut to the width, sign-extended: what fits five bits then is short. Shift counts matter modulo 32.
uint32_t alu_constant(const Node& n, uint32_t v) {
  if (n.flag_fn() >= FlagFn::shl && n.flag_fn() <= FlagFn::ror) return static_cast<uint32_t>(s32(v << 27) >> 27);
  if (n.width == ir::Width::w) return static_cast<uint32_t>(static_cast<int16_t>(v));
  return n.width == ir::Width::d ? v : static_cast<uint32_t>(static_cast<int8_t>(v));
}

Operand Lowerer::alu(const Node& n, uint8_t dst) {
  Mop mop;
  mop.dst = dst;
  mop.rs1 = operand(n.a);
  enc::AluArgs args{.fd = n.fd, .width = static_cast<isa::Width>(n.width), .src2 = isa::Src2::reg};
  if (imm(n.b)) {
    const uint32_t whole = value(n.b);
    const uint32_t v = alu_constant(n, (n.bits & ir::kHighB) != 0 ? whole >> 8 & 0xff : whole);
    if (v == 0) {
      mop.rs2 = 0;
    } else if (s32(v) >= -16 && s32(v) <= 15) {
      args.src2 = isa::Src2::imm5;
      args.rs2 = v;
    } else if (has_wide_) {
      args.src2 = isa::Src2::wide;
      mop.wide = v;
      mop.slots = 2;
    } else {
      mop.rs2 = constant(v);
    }
  } else {
    if ((n.bits & ir::kHighB) != 0) args.src2 = isa::Src2::high;
    mop.rs2 = at_[n.b];
  }
  if (n.flag_fn() == FlagFn::mov) {
    mop.word = enc::x_mov({.rs2 = args.rs2, .width = args.width, .src2 = args.src2}, false);
    return emit(mop);
  }
  mop.word = enc::x_alu(static_cast<isa::AluFn>(n.fn), args, false);
  // A shift may keep its flags, inc and dec keep one: they read the register too.
  const FlagFn fn = n.flag_fn();
  const bool carry = fn == FlagFn::adc || fn == FlagFn::sbb;
  const auto flag = static_cast<uint8_t>(n.fd != 0 ? 1u << n.fd : 0u);
  mop.flag_writes = flag;
  if (carry) {
    mop.flag_reads = n.fd != 0 ? flag : uint8_t{1u << isa::convention::guest_flags};
  } else if ((fn >= FlagFn::shl && fn <= FlagFn::ror) || fn == FlagFn::inc || fn == FlagFn::dec) {
    mop.flag_reads = flag;
  }
  return emit(mop);
}

// ---------------------------------------------------------------- memory

constexpr uint8_t bytes_of(ir::Width w) { return w == ir::Width::b ? 1 : w == ir::Width::w ? 2 : 4; }

uint32_t flat_load(const Node& n, int32_t disp) {
  const bool sign = (n.bits & ir::kSigned) != 0;
  switch (n.width) {
    case ir::Width::b:
      return sign ? enc::g_lb(0, 0, disp, false) : enc::g_lbu(0, 0, disp, false);
    case ir::Width::w:
      return sign ? enc::g_lh(0, 0, disp, false) : enc::g_lhu(0, 0, disp, false);
    default:
      return enc::g_lw(0, 0, disp, false);
  }
}

uint32_t general_load(const Node& n, bool wide) {
  const enc::GuestLoadArgs args{.seg = static_cast<isa::Seg>(n.seg), .scale = n.scale, .wide = wide};
  const bool sign = (n.bits & ir::kSigned) != 0;
  switch (n.width) {
    case ir::Width::b:
      return sign ? enc::gx_lb(args, false) : enc::gx_lbu(args, false);
    case ir::Width::w:
      return sign ? enc::gx_lh(args, false) : enc::gx_lhu(args, false);
    default:
      return enc::gx_lw(args, false);
  }
}

Operand Lowerer::load(const Node& n, uint8_t dst) {
  Mop mop;
  mop.dst = dst;
  mop.unit = Unit::mem;
  mop.latency = kLoadLatency;
  mop.size = bytes_of(n.width);
  mop.seg = n.seg;
  Operand base = operand(n.a);
  Operand index = operand(n.b);
  uint8_t scale = n.scale;
  uint32_t disp = n.imm;
  const bool flat = n.seg == kFlatSeg;
  if (!has_wide_ && index != 0 && disp != 0) {
    // No room for a displacement beside the index: add base and index first.
    const uint32_t word = scale == 0   ? enc::add(0, 0, 0, false)
                          : scale == 1 ? enc::sh1add(0, 0, 0, false)
                          : scale == 2 ? enc::sh2add(0, 0, 0, false)
                                       : enc::sh3add(0, 0, 0, false);
    base = emit(word, kTemp, index, base);
    index = 0;
    scale = 0;
  }
  const bool short_disp = flat && index == 0 && isa::fits_imm12(s32(disp));
  if (!has_wide_ && !short_disp && disp != 0) {
    const uint32_t rest = flat ? disp - low12(disp) : disp;
    base = base == 0 ? constant(rest) : add_constant(base, rest, kTemp);
    disp -= rest;
  }
  mop.rs1 = base;
  if (index == 0) {
    mop.base = base;
    mop.disp = s32(disp);
  }
  if (flat && index == 0 && isa::fits_imm12(s32(disp))) {
    mop.word = flat_load(n, s32(disp));
    return emit(mop);
  }
  Node form = n;
  form.scale = scale;
  mop.rs2 = index;
  mop.word = general_load(form, disp != 0);
  mop.wide = disp;
  mop.slots = disp != 0 ? 2 : 1;
  return emit(mop);
}

void Lowerer::store(const Node& n) {
  Mop mop;
  mop.unit = Unit::mem;
  mop.store = true;
  mop.size = bytes_of(n.width);
  mop.seg = n.seg;
  mop.rs2 = operand(n.b);
  Operand base = operand(n.a);
  uint32_t disp = n.imm;
  const bool flat = n.seg == kFlatSeg;
  const bool fits = flat ? isa::fits_imm12(s32(disp)) : isa::fits_disp7(s32(disp));
  if (!fits && !has_wide_) {
    const uint32_t rest = flat ? disp - low12(disp) : disp;
    base = base == 0 ? constant(rest) : add_constant(base, rest, kTemp);
    disp -= rest;
  }
  mop.rs1 = base;
  mop.base = base;
  mop.disp = s32(disp);
  if (flat && isa::fits_imm12(s32(disp))) {
    mop.word = n.width == ir::Width::b   ? enc::g_sb(0, 0, s32(disp), false)
               : n.width == ir::Width::w ? enc::g_sh(0, 0, s32(disp), false)
                                         : enc::g_sw(0, 0, s32(disp), false);
  } else {
    const bool wide = flat || !isa::fits_disp7(s32(disp));
    const enc::GuestStoreArgs args{.seg = static_cast<isa::Seg>(n.seg), .disp7 = wide ? 0 : s32(disp), .wide = wide};
    mop.word = n.width == ir::Width::b   ? enc::gx_sb(args, false)
               : n.width == ir::Width::w ? enc::gx_sh(args, false)
                                         : enc::gx_sw(args, false);
    mop.wide = disp;
    mop.slots = wide ? 2 : 1;
  }
  emit(mop);
}

// An ordinary load sees gated stores, and needs no index or wide displacement at any width.
Operand Lowerer::state(const Node& n, uint8_t dst) {
  Mop mop;
  mop.word = enc::lw(0, 0, s32(n.imm), false);
  mop.dst = dst;
  mop.rs1 = mop.base = isa::convention::state;
  mop.unit = Unit::mem;
  mop.latency = kLoadLatency;
  mop.size = 4;
  mop.seg = static_cast<uint8_t>(isa::Seg::mon);
  mop.disp = s32(n.imm);
  return emit(mop);
}

void Lowerer::set_state(const Node& n) {
  Mop mop;
  mop.unit = Unit::mem;
  mop.store = true;
  mop.size = 4;
  mop.seg = static_cast<uint8_t>(isa::Seg::mon);
  mop.rs2 = operand(n.a);
  mop.rs1 = mop.base = isa::convention::state;
  mop.disp = s32(n.imm);
  enc::GuestStoreArgs args{.seg = isa::Seg::mon};
  if (isa::fits_disp7(mop.disp)) {
    args.disp7 = mop.disp;
  } else if (has_wide_) {
    args.wide = true;
    mop.wide = n.imm;
    mop.slots = 2;
  } else {
    mop.rs1 = add_constant(isa::convention::state, n.imm, kTemp);
  }
  mop.word = enc::gx_sw(args, false);
  emit(mop);
}

// ---------------------------------------------------------------- nodes

Operand Lowerer::node(const Node& n, uint8_t dst) {
  const auto flag = static_cast<uint8_t>(1u << n.fd);
  const auto cond = static_cast<isa::Cond>(n.fn);
  Mop mop;
  mop.dst = dst;
  switch (n.op) {
    case Op::copy:
      if (imm(n.a)) return make_constant(value(n.a), dst);
      return emit(enc::addi(0, 0, 0, false), dst, at_[n.a]);
    case Op::alu:
      return alu(n, dst);
    case Op::set:
      mop.word = enc::x_set({.cond = cond, .fd = n.fd, .high = (n.bits & ir::kHigh) != 0}, false);
      mop.rs1 = operand(n.a);
      mop.flag_reads = flag;
      return emit(mop);
    case Op::cmov:
      mop.word = enc::x_cmov({.cond = cond, .fd = n.fd}, false);
      mop.rs1 = operand(n.a);
      mop.rs2 = operand(n.b);
      mop.flag_reads = flag;
      return emit(mop);
    case Op::getf:
      mop.word = enc::x_getf(0, n.fd, false);
      mop.flag_reads = flag;
      return emit(mop);
    case Op::setf:
    case Op::setc:
    case Op::setco:
      mop.word = n.op == Op::setf   ? enc::x_setf(0, n.fd, false)
                 : n.op == Op::setc ? enc::x_setc(0, n.fd, false)
                                    : enc::x_setco(0, n.fd, false);
      mop.dst = kNoResult;
      mop.rs1 = operand(n.a);
      mop.flag_reads = n.op == Op::setf ? uint8_t{0} : flag;
      mop.flag_writes = flag;
      return emit(mop);
    case Op::load:
      return load(n, dst);
    case Op::store:
      store(n);
      return 0;
    case Op::state:
      return state(n, dst);
    case Op::set_state:
      set_state(n);
      return 0;
    case Op::csr:
      mop.word = enc::csrrs(0, 0, n.imm, false);
      mop.unit = Unit::system;
      mop.latency = kLoadLatency;
      return emit(mop);
    case Op::exit_nz:
      mop.word = enc::bne(0, 0, 0, false);
      mop.unit = Unit::branch;
      mop.dst = kNoResult;
      mop.rs1 = operand(n.a);
      code_.has_rollback_exit = true;
      return emit(mop);
    default:
      return plain(n, dst);
  }
}

void Lowerer::end(const Node& n) {
  code_.target = n.imm;
  code_.fall = block_.end_eip;
  code_.interpret = (n.bits & ir::kInterpret) != 0;
  switch (n.op) {
    case Op::jump:
      code_.end = EndKind::jump;
      break;
    case Op::jump_to:
      code_.end = EndKind::jump_to;
      code_.end_value = operand(n.a);
      break;
    default:
      code_.end = EndKind::branch;
      code_.end_flag = n.fd;
      code_.end_cond = static_cast<isa::Cond>(n.fn);
      break;
  }
}

// Counts the entry values that a node reads, up or down.
void Lowerer::count_entry_reads(const Node& n, int by) {
  const unsigned operands = ir::info(n.op).operands;
  const auto count = [&](Ref ref) {
    const unsigned r = ref - unsigned{ir::kFirstIn};
    if (r < ir::kGuestRegisters) entry_reads_[r] = static_cast<uint16_t>(entry_reads_[r] + by);
  };
  if (operands >= 1) count(n.a);
  if (operands >= 2) count(n.b);
}

void Lowerer::run() {
  for (unsigned r = 0; r < ir::kGuestRegisters; ++r) at_[ir::kFirstIn + r] = guest_register(r);
  for (unsigned i = order_.first; i < ir::kMaxNodes; ++i) count_entry_reads(block_[order_.list[i]], 1);
  for (unsigned i = order_.first; i < ir::kMaxNodes && !code_.overflow; ++i) {
    const Ref ref = order_.list[i];
    const Node& n = block_[ref];
    count_entry_reads(n, -1);
    if (n.op == Op::jump || n.op == Op::jump_to || n.op == Op::branch) {
      end(n);
      continue;
    }
    const uint8_t home = order_.home[ref];
    if (home == kNoHome) {
      at_[ref] = node(n, ir::info(n.op).kind == ir::Kind::store ? kNoResult : kTemp);
      continue;
    }
    // Whoever still wants the register's entry value after this gets a copy of it.
    const bool wanted = entry_reads_[home] != 0;
    const Operand copy = wanted ? emit(enc::addi(0, 0, 0, false), kTemp, guest_register(home)) : Operand{0};
    at_[ref] = node(n, static_cast<uint8_t>(guest_register(home)));
    if (wanted) at_[ir::kFirstIn + home] = copy;
  }
  code_.instructions = block_.instructions;
  code_.start_eip = block_.start_eip;
}

}  // namespace

void lower(const ir::Block& block, const Order& order, Code& code) {
  code.count = 0;
  code.overflow = false;
  code.has_rollback_exit = false;
  Lowerer(block, order, code).run();
}

}  // namespace veil::translator
