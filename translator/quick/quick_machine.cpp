// Emission of native operations for what the x86 semantics ask of their machine.
#include "quick/quick_machine.h"

#include "lift/segment.h"

namespace veil::translator {

namespace {

namespace enc = isa::enc;
using quick::kAccess;
using quick::kAlu;
using quick::kAsksFlags;
using quick::kBranch;
using quick::kDiv;
using quick::kMemory;
using quick::kOnlyFlags;
using quick::kOverwrites;
using quick::kSlot;
using quick::kWide;
using quick::kWritesFlag;
using x86::FlagFn;
using x86::Fn;

constexpr unsigned kGuestFlags = isa::convention::guest_flags;
constexpr unsigned kOwnFlags = 2;  // f2: conditions on values
constexpr uint8_t kLoadLatency = 2;
constexpr uint8_t kMulLatency = 3;
constexpr uint32_t kFlagField = enc::x_alu(isa::AluFn::add, {.fd = 3}, false) ^ enc::x_alu(isa::AluFn::add, {}, false);
constexpr uint32_t kUnsignedLoad = enc::g_lbu(0, 0, 0, false) ^ enc::g_lb(0, 0, 0, false);

constexpr int32_t s32(uint32_t v) { return static_cast<int32_t>(v); }
constexpr uint32_t low12(uint32_t v) { return static_cast<uint32_t>(s32(v << 20) >> 20); }  // sign-extended
constexpr bool guest(unsigned reg) { return reg - isa::convention::guest_gpr_first < ir::kGuestRegisters; }
constexpr QuickTraits kAsks{.kind = kAsksFlags, .flag = kGuestFlags};                   // a condition on f1
constexpr QuickTraits kChanges{.kind = kOnlyFlags | kWritesFlag, .flag = kGuestFlags};  // some of f1

// Two registers and no immediate, as Fn counts.
constexpr uint32_t kPlain[] = {enc::add(0, 0, 0, false),
                               enc::sub(0, 0, 0, false),
                               enc::and_(0, 0, 0, false),
                               enc::or_(0, 0, 0, false),
                               enc::xor_(0, 0, 0, false),
                               enc::sll(0, 0, 0, false),
                               enc::srl(0, 0, 0, false),
                               enc::sra(0, 0, 0, false),
                               enc::mul(0, 0, 0, false),
                               enc::mulh(0, 0, 0, false),
                               enc::mulhu(0, 0, 0, false),
                               0,
                               0,
                               enc::slt(0, 0, 0, false),
                               enc::sltu(0, 0, 0, false),
                               enc::clz(0, 0, false),
                               enc::ctz(0, 0, false),
                               enc::rev8(0, 0, false),
                               enc::divu(0, 0, 0, false),
                               enc::div(0, 0, 0, false),
                               enc::remu(0, 0, 0, false),
                               enc::rem(0, 0, 0, false)};
static_assert(std::size(kPlain) == static_cast<unsigned>(Fn::rem) + 1);
static_assert(kPlain[static_cast<unsigned>(Fn::bswap)] == enc::rev8(0, 0, false));

constexpr uint32_t kShiftAdd[] = {enc::add(0, 0, 0, false), enc::sh1add(0, 0, 0, false), enc::sh2add(0, 0, 0, false),
                                  enc::sh3add(0, 0, 0, false)};
constexpr uint32_t kFlatLoad[] = {enc::g_lbu(0, 0, 0, false), enc::g_lhu(0, 0, 0, false), enc::g_lw(0, 0, 0, false)};
// What a width adds to the byte load.
constexpr uint32_t kLoad[] = {enc::gx_lbu({}, false) ^ enc::gx_lb({}, false),
                              enc::gx_lhu({}, false) ^ enc::gx_lb({}, false),
                              enc::gx_lw({}, false) ^ enc::gx_lb({}, false)};

constexpr isa::Width native(x86::Width width) { return static_cast<isa::Width>(width); }

// Which part of which guest register a narrow result has replaced in a copy of it; 0: none.
constexpr uint8_t carried(unsigned guest_number, isa::Width width) {
  return static_cast<uint8_t>(((guest_number + 1) << 2 | static_cast<unsigned>(width)) << 2);
}

// A constant operand cut to the width, sign-extended: what fits five bits then is short. Shift counts: modulo 32.
uint32_t cut(FlagFn fn, isa::Width width, uint32_t v) {
  if (fn >= FlagFn::shl && fn <= FlagFn::ror) return static_cast<uint32_t>(s32(v << 27) >> 27);
  if (width == isa::Width::d) return v;
  const unsigned unused = width == isa::Width::w ? 16 : 24;
  return static_cast<uint32_t>(s32(v << unused) >> unused);
}

}  // namespace

// ---------------------------------------------------------------- operations

// With none left the machine is full, and whatever is emitted then is taken back.
uint8_t QuickMachine::temporary() {
  if (temporaries_left_ == 0) {
    full_ = true;
  } else {
    --temporaries_left_;
  }
  const uint8_t reg = isa::convention::temporaries[next_temporary_];
  if (++next_temporary_ == std::size(isa::convention::temporaries)) next_temporary_ = 0;
  facts_[reg] = 0;
  return reg;
}

inline QuickOp& QuickMachine::emit(uint32_t word, unsigned rd, unsigned rs1, unsigned rs2, Traits traits) {
  QuickOp& op = *next_;
  if (&op == code_.ops.data() + kMaxQuickOps) [[unlikely]] {
    full_ = true;
  } else {
    next_ = &op + 1;
  }
  traits.kind |= kSlot;
  static_cast<Traits&>(op) = traits;
  op.word = word;
  op.rd = static_cast<uint8_t>(rd);
  op.rs1 = static_cast<uint8_t>(rs1);
  op.rs2 = static_cast<uint8_t>(rs2);
  used_ |= 1u << rs1 | 1u << rs2;
  if (traits.flag != 0) flags_ = true;
  return op;
}

inline QuickOp& QuickMachine::emit_wide(uint32_t word, unsigned rd, unsigned rs1, unsigned rs2, uint32_t wide,
                                        Traits traits) {
  traits.kind |= kWide;
  QuickOp& op = emit(word, rd, rs1, rs2, traits);
  op.wide = wide;
  return op;
}

QuickValue QuickMachine::result(uint32_t word, unsigned rs1, unsigned rs2, Traits traits) {
  const uint8_t rd = temporary();
  emit(word, rd, rs1, rs2, traits);
  return Value::in(rd);
}

void QuickMachine::constant(uint32_t v, unsigned rd) {
  const uint32_t low = low12(v);
  const uint32_t high = v - low;
  if (high == 0) {
    emit(enc::addi(0, 0, s32(v), false), rd);
  } else if (low == 0) {
    emit(enc::lui(0, high >> 12, false), rd);
  } else if (has_wide_) {
    emit_wide(enc::x_mov({.width = isa::Width::d, .src2 = isa::Src2::wide}, false), rd, 0, 0, v);
  } else {
    emit(enc::lui(0, high >> 12, false), rd);
    emit(enc::addi(0, 0, s32(low), false), rd, rd);
  }
}

void QuickMachine::add_constant(unsigned rd, unsigned rs1, uint32_t v) {
  if (isa::fits_imm12(s32(v))) {
    emit(enc::addi(0, 0, s32(v), false), rd, rs1);
    return;
  }
  if (!has_wide_) {
    const unsigned number = in_temporary(imm(v));
    emit(kPlain[0], rd, rs1, number);
    return;
  }
  emit_wide(enc::x_add({.width = isa::Width::d, .src2 = isa::Src2::wide}, false), rd, rs1, 0, v);
}

// rd = the value; rd may be one of its registers.
void QuickMachine::compute(const Value& v, unsigned rd) {
  if (v.constant()) return constant(v.disp, rd);
  if (v.high()) {
    emit(enc::x_mov({.width = isa::Width::d, .src2 = isa::Src2::high}, false), rd, 0, v.base());
    return;
  }
  if (v.single()) return add_constant(rd, v.base(), v.disp);
  if (v.disp == 0) {
    emit(kShiftAdd[v.scale()], rd, v.index(), v.base());
    return;
  }
  const uint8_t sum = temporary();
  emit(kShiftAdd[v.scale()], sum, v.index(), v.base());
  add_constant(rd, sum, v.disp);
}

unsigned QuickMachine::in_temporary(const Value& v) {
  const uint8_t rd = temporary();
  compute(v, rd);
  if (v.high()) known(rd, kByteFact);
  return rd;
}

void QuickMachine::forget_registers() {
  facts_[0] = kZeroFact;
  for (unsigned r = 0; r < ir::kGuestRegisters; ++r) {
    facts_[kGuest + r] = 0;
    home_[r] = static_cast<uint8_t>(kGuest + r);
  }
  home_[x86::kNoRegister] = 0;
  copies_ = 0;
}

void QuickMachine::forget_copies(unsigned r) {
  for (unsigned left = copies_; left != 0; left &= left - 1) {
    const auto copy = static_cast<unsigned>(__builtin_ctz(left));
    if (copy != r && home_[copy] != kGuest + r) continue;
    home_[copy] = static_cast<uint8_t>(kGuest + copy);
    copies_ &= ~(1u << copy);
  }
}

void QuickMachine::take_back() {
  next_ = first_;
  full_ = false;
  ended_ = false;
  flags_ = false;
}

// ---------------------------------------------------------------- registers

QuickValue QuickMachine::new_gpr(unsigned number, bool high) {
  Value value = pending_value_[number];
  if (high) value = {reg(value) | Value::kHigh, 0};
  return value;
}

// The whole register when `value` has replaced a part of it.
QuickValue QuickMachine::merge(unsigned number, isa::Width part, const Value& value) {
  const unsigned base = value.base();
  const uint32_t view = part == isa::Width::h ? Value::kHigh : 0;
  if (value.disp == 0 && value.what == (base | view) && !guest(base) && base != 0 &&
      (facts_[base] & ~kLevel) == carried(number, part) && (pending_ >> number & 1) == 0) {
    return Value::in(base);
  }
  const unsigned old = reg(gpr(static_cast<Gpr>(number), Width::d, false));
  const uint8_t merged = temporary();
  alu_word(FlagFn::mov, part, 0, merged, old, value, {});
  return Value::in(merged);
}

// The operation that made a temporary writes `to` instead. Not if something after it reads the old value of `to`, or
// if another pending value is this temporary.
bool QuickMachine::retarget(uint8_t temporary, uint8_t to) {
  QuickOp* made_by = next_ - 1;
  for (; made_by->rd != temporary; --made_by) {
    if (made_by->rs1 == to || made_by->rs2 == to || made_by->rd == to || made_by == first_) return false;
  }
  made_by->rd = to;
  for (QuickOp* op = made_by + 1; op != next_; ++op) {
    if (op->rs1 == temporary) op->rs1 = to;
    if (op->rs2 == temporary) op->rs2 = to;
  }
  if (end_.end_value == temporary) end_.end_value = to;
  return true;
}

void QuickMachine::write(unsigned r, const Value& value) {
  const auto to = static_cast<uint8_t>(kGuest + r);
  const bool zero = known_zero(value);
  const unsigned from = value.what;
  if (!value.plain() || from == 0) [[likely]] {
    compute(value, to);
  } else if (from != to) {
    if (guest(from) || !retarget(static_cast<uint8_t>(from), to)) emit(enc::addi(0, 0, 0, false), to, from);
  } else {
    return;
  }
  facts_[to] = zero ? kZeroFact : uint8_t{0};
  // Other registers are no copies of this one any more; it may be one of another.
  if (copies_ != 0) forget_copies(r);
  if (value.plain() && guest(from)) {
    copies_ |= 1u << r;
    home_[r] = static_cast<uint8_t>(from);
  }
}

void QuickMachine::settle_any() {
  if (ended_ && end_.end == EndKind::jump_to && guest(end_.end_value) &&
      (pending_ >> (end_.end_value - kGuest) & 1) != 0) {
    const uint8_t copy = temporary();
    emit(enc::addi(0, 0, 0, false), copy, end_.end_value);
    end_.end_value = copy;
  }
  if ((pending_ & (pending_ - 1)) == 0) {
    const auto r = static_cast<unsigned>(__builtin_ctz(pending_));
    write(r, pending_value_[r]);
  } else {
    settle_several();
  }
  pending_ = 0;
}

// A register that another pending value names is written after it. In a circle (xchg) a copy is made.
void QuickMachine::settle_several() {
  // A temporary that two registers receive is not any one's own.
  for (unsigned left = pending_; left != 0; left &= left - 1) {
    const auto r = static_cast<unsigned>(__builtin_ctz(left));
    Value& value = pending_value_[r];
    const unsigned base = value.base();
    if (base == 0 || guest(base)) continue;
    for (unsigned others = left & (left - 1); others != 0; others &= others - 1) {
      Value& other = pending_value_[__builtin_ctz(others)];
      if (other.base() == base || other.index() == base) {
        const uint8_t copy = temporary();
        compute(other, copy);
        other = Value::in(copy);
      }
    }
  }
  while (pending_ != 0) {
    bool progress = false;
    for (unsigned left = pending_; left != 0; left &= left - 1) {
      const auto r = static_cast<unsigned>(__builtin_ctz(left));
      bool wanted = false;
      for (unsigned others = pending_ & ~(1u << r); others != 0; others &= others - 1) {
        const Value& other = pending_value_[__builtin_ctz(others)];
        wanted |= other.base() == kGuest + r || other.index() == kGuest + r;
      }
      if (wanted) continue;
      write(r, pending_value_[r]);
      pending_ &= ~(1u << r);
      progress = true;
    }
    if (!progress) {
      Value& value = pending_value_[__builtin_ctz(pending_)];
      value = Value::in(in_temporary(value));
    }
  }
}

// A dead operation, and those before it that made its operands for it alone.
void QuickMachine::remove(QuickOp* op) {
  const unsigned operands[2] = {op->rs1, op->rs2};
  op->word = 0;
  op->rd = op->rs1 = op->rs2 = 0;
  op->kind = 0;
  op->flag = 0;
  for (const unsigned operand : operands) {
    if (!temporary(operand)) continue;
    QuickOp* maker = op;
    while (maker != code_.ops.data() && (--maker)->rd != operand) {
    }
    if (maker->rd != operand || (maker->kind & (kAccess | kAlu)) != 0) continue;
    bool wanted = false;
    for (const QuickOp* reader = maker + 1; reader != next_ && !wanted; ++reader) {
      wanted = reader->rs1 == operand || reader->rs2 == operand;
      if (reader->rd == operand) break;
    }
    if (!wanted && end_.end_value != operand) remove(maker);
  }
}

void QuickMachine::accept_flags() {
  flags_ = false;
  unsigned count = unasked_count_;
  for (QuickOp* op = first_; op != next_; ++op) {
    const unsigned kind = op->kind;
    if ((kind & kAsksFlags) != 0) count = 0;
    if ((kind & kOverwrites) != 0) {
      while (count != 0) {
        QuickOp* const before = unasked_[--count];
        if ((before->kind & kOnlyFlags) != 0) [[unlikely]] {
          remove(before);
          continue;
        }
        before->word &= ~kFlagField;
        before->kind &= static_cast<uint16_t>(~kWritesFlag);
        if ((before->kind & kAsksFlags) == 0) before->flag = 0;
      }
    }
    if ((kind & (kAlu | kOnlyFlags)) == 0) continue;
    if (!guest(op->rd) && (used_ >> op->rd & 1) == 0 && op->rd != end_.end_value) op->rd = 0;
    if (count == kMaxUnasked) count = 0;
    unasked_[count++] = op;
  }
  unasked_count_ = count;
}

// ---------------------------------------------------------------- memory

// pop to memory: with the new stack pointer.
QuickValue QuickMachine::new_address(const x86::MemOperand& mem) {
  Value sum = mem.base == x86::kNoRegister ? imm(0) : gpr(static_cast<Gpr>(mem.base), Width::d, false);
  if (mem.index != x86::kNoRegister) {
    sum = add(sum, op(Fn::shl, gpr(static_cast<Gpr>(mem.index), Width::d, false), imm(mem.scale)));
  }
  return add(sum, imm(mem.disp));
}

QuickValue QuickMachine::load(Seg seg, Value offset, Width width) {
  const unsigned segment = native_segment(flat_, seg, false);
  const bool flat = segment == static_cast<unsigned>(isa::Seg::flat);
  offset = low(offset);
  const auto index = static_cast<unsigned>(width);
  bool fits = flat && offset.single() && isa::fits_imm12(s32(offset.disp));
  if (!has_wide_ && offset.disp != 0 && !fits) {
    offset = Value::in(reg(offset));
    fits = flat;
  }
  const uint8_t rd = temporary();
  constexpr Traits kTraits{.kind = kMemory | kAccess, .latency = kLoadLatency};
  if (fits) [[likely]] {
    emit(kFlatLoad[index] | offset.disp << 20, rd, offset.base(), 0, kTraits);  // I-type
  } else {
    const bool wide = offset.disp != 0;
    const enc::GuestLoadArgs args{.seg = static_cast<isa::Seg>(segment), .scale = offset.scale(), .wide = wide};
    const uint32_t word = kLoad[index] | enc::gx_lb(args, false);
    if (wide) {
      emit_wide(word, rd, offset.base(), offset.index(), offset.disp, kTraits);
    } else {
      emit(word, rd, offset.base(), offset.index(), kTraits);
    }
  }
  if (width != Width::d) [[unlikely]]
    known(rd, width == Width::b ? kByteFact : kHalfFact);
  return Value::in(rd);
}

QuickValue QuickMachine::native_word(uint32_t address) {
  const unsigned base = has_wide_ ? 0 : in_temporary(imm(address));
  const enc::GuestLoadArgs args{.seg = isa::Seg::mon, .wide = has_wide_};
  Traits traits{.kind = kMemory | kAccess, .latency = kLoadLatency};
  if (has_wide_) traits.kind |= kWide;
  const uint8_t rd = temporary();
  emit(enc::gx_lw(args, false), rd, base, 0, traits).wide = address;
  return Value::in(rd);
}

void QuickMachine::store(Seg seg, Value offset, Width width, Value value) {
  const unsigned segment = native_segment(flat_, seg, true);
  const bool flat = segment == static_cast<unsigned>(isa::Seg::flat);
  const unsigned data = reg(value);
  if (!offset.single()) offset = {reg({offset.what, 0}), offset.disp};
  const bool fits = flat ? isa::fits_imm12(s32(offset.disp)) : isa::fits_disp7(s32(offset.disp));
  if (!fits && !has_wide_) offset = Value::in(reg(offset));
  const int32_t disp = s32(offset.disp);
  Traits traits{.kind = kMemory | kAccess};
  uint32_t word = 0;
  if (flat && isa::fits_imm12(disp)) {
    word = width == Width::b   ? enc::g_sb(0, 0, disp, false)
           : width == Width::w ? enc::g_sh(0, 0, disp, false)
                               : enc::g_sw(0, 0, disp, false);
  } else {
    const bool wide = flat || !isa::fits_disp7(disp);
    const enc::GuestStoreArgs args{.seg = static_cast<isa::Seg>(segment), .disp7 = wide ? 0 : disp, .wide = wide};
    word = width == Width::b   ? enc::gx_sb(args, false)
           : width == Width::w ? enc::gx_sh(args, false)
                               : enc::gx_sw(args, false);
    if (wide) traits.kind |= kWide;
  }
  emit(word, 0, offset.base(), data, traits).wide = offset.disp;
  // A store that crosses a word boundary takes two entries (native-machine.md, "Memory").
  store_entries_ += width == Width::b ? 1 : 2;
}

// ---------------------------------------------------------------- system state

// An ordinary load sees gated stores, and needs no index or wide displacement at any width.
QuickValue QuickMachine::state(uint32_t offset) {
  return result(enc::lw(0, 0, s32(offset), false), isa::convention::state, 0,
                {.kind = kMemory | kAccess, .latency = kLoadLatency});
}

QuickValue QuickMachine::load_linear(Value address) {
  return result(enc::g_lw(0, 0, 0, false), reg(address), 0, {.kind = kMemory | kAccess, .latency = kLoadLatency});
}

void QuickMachine::set_state(uint32_t offset, Value value) {
  const unsigned data = reg(value);
  const bool fits = isa::fits_disp7(s32(offset));
  unsigned base = isa::convention::state;
  Traits traits{.kind = kMemory | kAccess};
  if (!fits && has_wide_) traits.kind |= kWide;
  if (!fits && !has_wide_) base = in_temporary({base, offset});
  const enc::GuestStoreArgs args{.seg = isa::Seg::mon, .disp7 = fits ? s32(offset) : 0, .wide = !fits && has_wide_};
  emit(enc::gx_sw(args, false), 0, base, data, traits).wide = offset;
  ++store_entries_;
}

// The instructions committed before this block, which has one only, and what has been passed over.
QuickMachine::Time QuickMachine::time() {
  const auto csr = [this](isa::Csr number) {
    return result(enc::csrrs(0, 0, static_cast<uint32_t>(number), false), 0, 0,
                  {.kind = kDiv, .latency = kLoadLatency});
  };
  const Value count = csr(isa::Csr::xgic);
  const Value count_high = csr(isa::Csr::xgich);
  const Value low_word = Value::in(reg(add(count, state(kFirmwareState + platform::firmware_state::time_passed_low))));
  const Value carry = compute_op(Fn::sltu, low_word, count);
  const Value high_word = add(count_high, state(kFirmwareState + platform::firmware_state::time_passed_high));
  return {low_word, add(high_word, carry)};
}

// ---------------------------------------------------------------- arithmetic without flags

QuickValue QuickMachine::add(Value a, Value b) {
  if (b.constant()) {
    a = low(a);
    a.disp += b.disp;
    return a;
  }
  a = low(a);
  b = low(b);
  if (a.constant()) {
    b.disp += a.disp;
    return b;
  }
  // One register of each, and one index.
  if (!a.single()) {
    if (!b.single()) b = Value::in(reg(b));
    const Value other = a;
    a = b;
    b = other;
  }
  if (b.single()) return Value::sum(a.base(), b.base(), 0, a.disp + b.disp);
  if (b.base() != 0) b = {reg({b.what, 0}), b.disp};
  if (b.single()) return Value::sum(a.base(), b.base(), 0, a.disp + b.disp);
  return Value::sum(a.base(), b.index(), b.scale(), a.disp + b.disp);
}

QuickValue QuickMachine::logic(Fn fn, Value a, Value b) {
  if (a.constant()) {
    const Value other = a;
    a = b;
    b = other;
  }
  if (!b.constant() || !isa::fits_imm12(s32(b.disp))) {
    const unsigned first = reg(a);
    return result(kPlain[static_cast<unsigned>(fn)], first, reg(b));
  }
  const int32_t v = s32(b.disp);
  const Value value = result(fn == Fn::and_  ? enc::andi(0, 0, v, false)
                             : fn == Fn::or_ ? enc::ori(0, 0, v, false)
                                             : enc::xori(0, 0, v, false),
                             reg(a));
  if (fn == Fn::and_ && b.disp <= 0xff) known(value.base(), kByteFact);
  return value;
}

QuickValue QuickMachine::shift(Fn fn, Value a, Value b) {
  const unsigned first = reg(a);
  if (!b.constant()) return result(kPlain[static_cast<unsigned>(fn)], first, reg(b));
  const unsigned n = b.disp & 31;
  if (n == 0) return Value::in(first);
  if (fn == Fn::shl && n <= 3) return Value::sum(0, first, n, 0);
  return result(fn == Fn::shl   ? enc::slli(0, 0, n, false)
                : fn == Fn::shr ? enc::srli(0, 0, n, false)
                                : enc::srai(0, 0, n, false),
                first);
}

QuickValue QuickMachine::set_if_equal(Fn fn, Value a, Value b) {
  const unsigned difference = b.is(0) ? reg(a) : logic(Fn::xor_, a, b).base();
  const Value value = fn == Fn::seq ? result(enc::sltiu(0, 0, 1, false), difference)
                                    : result(kPlain[static_cast<unsigned>(Fn::sltu)], 0, difference);
  known(value.base(), kByteFact);
  return value;
}

QuickValue QuickMachine::compute_op(Fn fn, Value a, Value b) {
  switch (fn) {
    case Fn::and_:
    case Fn::or_:
    case Fn::xor_:
      return logic(fn, a, b);
    case Fn::shl:
    case Fn::shr:
    case Fn::sar:
      return shift(fn, a, b);
    case Fn::seq:
    case Fn::sne:
      return set_if_equal(fn, a, b);
    case Fn::clz:
    case Fn::ctz:
    case Fn::bswap:
      return result(kPlain[static_cast<unsigned>(fn)], reg(a));
    default:
      break;
  }
  const unsigned first = reg(a);
  const bool product = fn == Fn::mul || fn == Fn::mulh || fn == Fn::mulhu;
  const Traits traits{.kind = product          ? kMemory
                              : fn >= Fn::divu ? kDiv
                                               : uint16_t{0},
                      .latency = product ? kMulLatency : uint8_t{1}};
  return result(kPlain[static_cast<unsigned>(fn)], first, reg(b), traits);
}

QuickValue QuickMachine::extend(Value value, Width width) {
  const unsigned source = reg(value);
  if ((facts_[source] & kLevel) >= (width == Width::b ? kByteFact : kHalfFact)) return Value::in(source);
  const Value extended = result(width == Width::b ? enc::andi(0, 0, 0xff, false) : enc::zext_h(0, 0, false), source);
  known(extended.base(), width == Width::b ? kByteFact : kHalfFact);
  return extended;
}

QuickValue QuickMachine::extend_sign(Value value, Width width) {
  const unsigned source = reg(value);
  // The load that has just been emitted becomes the sign-extending one.
  const uint32_t bit = 1u << source;
  const bool same_width = (facts_[source] & kLevel) == (width == Width::b ? kByteFact : kHalfFact);
  if (same_width && temporary(source) && (used_ & bit) == 0 && next_[-1].rd == source &&
      (next_[-1].kind & kAccess) != 0) {
    next_[-1].word ^= kUnsignedLoad;
    facts_[source] = 0;
    return Value::in(source);
  }
  return result(width == Width::b ? enc::sext_b(0, 0, false) : enc::sext_h(0, 0, false), source);
}

// ---------------------------------------------------------------- arithmetic with flags

QuickMachine::Second QuickMachine::second(uint32_t v) {
  if (v == 0) return {};
  if (s32(v) >= -16 && s32(v) <= 15) return {.field = v, .kind = isa::Src2::imm5};
  if (has_wide_) return {.wide = v, .kind = isa::Src2::wide};
  return {.rs2 = in_temporary(imm(v))};
}

void QuickMachine::alu_word(FlagFn fn, isa::Width width, unsigned fd, unsigned rd, unsigned rs1, const Value& b,
                            Traits traits) {
  Second by;
  if (b.constant()) {
    by = second(cut(fn, width, b.disp));
  } else if (b.high()) {
    by = {.rs2 = b.base(), .kind = isa::Src2::high};
  } else {
    by.rs2 = reg(b);
  }
  const enc::AluArgs args{.rs2 = by.field, .fd = fd, .width = width, .src2 = by.kind};
  if (by.kind == isa::Src2::wide) traits.kind |= kWide;
  emit(enc::x_alu(static_cast<isa::AluFn>(fn), args, false), rd, rs1, by.rs2, traits).wide = by.wide;
}

constexpr uint16_t alu_kind(FlagFn fn) {
  const bool carry = fn == FlagFn::adc || fn == FlagFn::sbb;
  const bool keeps = fn == FlagFn::inc || fn == FlagFn::dec || fn == FlagFn::rol || fn == FlagFn::ror;
  return static_cast<uint16_t>(kAlu | kWritesFlag | (carry ? kAsksFlags : 0) | (keeps ? 0 : kOverwrites));
}
constexpr std::array<uint16_t, 16> kAluKinds = [] {
  std::array<uint16_t, 16> kinds{};
  for (unsigned fn = 0; fn < kinds.size(); ++fn) kinds[fn] = alu_kind(static_cast<FlagFn>(fn));
  return kinds;
}();
QuickTraits alu_traits(FlagFn fn) { return {.kind = kAluKinds[static_cast<unsigned>(fn)], .flag = kGuestFlags}; }

// What nearly all of it is.
QuickValue QuickMachine::alu_dword(FlagFn fn, Value a, Value b) {
  const bool is_shift = fn >= FlagFn::shl && fn <= FlagFn::ror;
  Traits traits = alu_traits(fn);
  enc::AluArgs args{.fd = kGuestFlags, .width = isa::Width::d};
  unsigned first = 0;
  unsigned rs2 = 0;
  uint32_t wide = 0;
  uint8_t fact = 0;
  if (b.constant()) {
    if (is_shift) {
      b.disp = static_cast<uint32_t>(s32(b.disp << 27) >> 27);
      if (b.disp == 0) return a;  // keeps the flags, too
    }
    const Second by = second(b.disp);
    first = reg(a);
    args.rs2 = by.field;
    args.src2 = by.kind;
    if (by.kind == isa::Src2::wide) traits.kind |= kWide;
    rs2 = by.rs2;
    wide = by.wide;
  } else {
    first = reg(a);
    rs2 = reg(b);
    if (rs2 == first && (fn == FlagFn::xor_ || fn == FlagFn::sub)) {  // zero, whatever the register holds
      first = rs2 = 0;
      fact = kZeroFact;
    }
    if (is_shift) traits.kind &= static_cast<uint16_t>(~kOverwrites);
  }
  const uint8_t rd = temporary();
  facts_[rd] = fact;
  emit(enc::x_alu(static_cast<isa::AluFn>(fn), args, false), rd, first, rs2, traits).wide = wide;
  return Value::in(rd);
}

QuickValue QuickMachine::alu_part(FlagFn fn, Width width, Value a, Value b) {
  const bool by_constant = b.constant();
  const bool is_shift = fn >= FlagFn::shl && fn <= FlagFn::ror;
  if (is_shift && by_constant && (b.disp & 31) == 0) return a;  // keeps the flags, too
  const bool high = a.high() && width == Width::b;
  const isa::Width part = high ? isa::Width::h : native(width);
  unsigned first = high ? a.base() : reg(a);
  if (width != Width::b) b = low(b);
  const uint8_t rd = temporary();
  Traits traits = alu_traits(fn);
  if (is_shift && !by_constant) traits.kind &= static_cast<uint16_t>(~kOverwrites);
  alu_word(fn, part, kGuestFlags, rd, first, b, traits);
  if (guest(first)) facts_[rd] = carried(first - kGuest, part);
  return {high ? rd | Value::kHigh : rd, 0};
}

// ---------------------------------------------------------------- flags

QuickValue QuickMachine::cond(Cond cond) {
  const Value value = result(enc::x_set({.cond = static_cast<isa::Cond>(cond), .fd = kGuestFlags}, false), 0, 0, kAsks);
  known(value.base(), kByteFact);
  return value;
}

QuickValue QuickMachine::select(Cond cond, Value a, Value b) {
  const unsigned yes = reg(a);
  const unsigned no = reg(b);
  return result(enc::x_cmov({.cond = static_cast<isa::Cond>(cond), .fd = kGuestFlags}, false), no, yes, kAsks);
}

QuickValue QuickMachine::flags() { return result(enc::x_getf(0, kGuestFlags, false), 0, 0, kAsks); }

void QuickMachine::set_flags(Value value) {
  emit(enc::x_setf(0, kGuestFlags, false), 0, reg(value), 0,
       {.kind = kOverwrites | kOnlyFlags | kWritesFlag, .flag = kGuestFlags});
}

void QuickMachine::set_cf(Value value) { emit(enc::x_setc(0, kGuestFlags, false), 0, reg(value), 0, kChanges); }

void QuickMachine::set_cf_of(Value value) { emit(enc::x_setco(0, kGuestFlags, false), 0, reg(value), 0, kChanges); }

void QuickMachine::test(unsigned value) {
  const enc::AluArgs args{.fd = kOwnFlags, .width = isa::Width::d};
  emit(enc::x_alu(isa::AluFn::or_, args, false), 0, value, 0, {.kind = kWritesFlag, .flag = kOwnFlags});
}

QuickValue QuickMachine::select_value(Value condition, Value a, Value b) {
  if (condition.constant()) return condition.disp != 0 ? a : b;
  const unsigned yes = reg(a);
  const unsigned no = reg(b);
  test(reg(condition));
  return result(enc::x_cmov({.cond = isa::Cond::nz, .fd = kOwnFlags}, false), no, yes, {.flag = kOwnFlags});
}

// ---------------------------------------------------------------- control

void QuickMachine::leave(EndKind kind) {
  ended_ = true;
  end_.end = kind;
  end_.interpret = false;
  end_.fall = next_eip_;
}

void QuickMachine::jump(Value target) {
  leave(target.constant() ? EndKind::jump : EndKind::jump_to);
  end_.target = target.disp;
  end_.end_value = target.constant() ? Operand{0} : static_cast<Operand>(reg(target));
}

void QuickMachine::branch(Cond cond, uint32_t target) {
  leave(EndKind::branch);
  end_.end_flag = kGuestFlags;
  end_.end_cond = static_cast<isa::Cond>(cond);
  end_.target = target;
}

void QuickMachine::branch_value(Value condition, uint32_t target) {
  test(reg(condition));
  leave(EndKind::branch);
  end_.end_flag = kOwnFlags;
  end_.end_cond = isa::Cond::nz;
  end_.target = target;
}

// A branch of its own for each: a rollback goes to the start of the block from anywhere.
void QuickMachine::require_zero(Value value) {
  if (value.is(0)) return;
  emit(enc::bne(0, 0, 0, false), 0, reg(value), 0, {.kind = kBranch});
  if (!rolls_back()) first_rollback_ = next_ - 1;
}

}  // namespace veil::translator
