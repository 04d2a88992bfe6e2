// The Machine that emits native operations as it goes: instantiated with it, the x86 semantics are the quick
// translator.
//
// A Value is a sum that no operation has computed yet: base + (index << scale) + disp, of two registers (x0 = 0) and a
// number; so constants, registers and addresses are Values alike, and only what needs a register makes one. `high`:
// the value is in bits 15:8 of base, and is nothing but base.
//
// Guest registers are written when the instruction is complete (settle): until then its Values may name the old ones.
// The operation that made a result then writes the guest's register instead of its temporary, if nothing after it
// reads the old one. Temporaries live for one instruction.
#pragma once

#include "backend/code.h"
#include "quick/quick_code.h"
#include "veil/isa/platform.h"
#include "veil/x86/insn.h"
#include "veil/x86/system_words.h"
#include "x86/semantics/system.h"

namespace veil::translator {

// Two words, so that it travels in two registers and most questions are one test.
struct QuickValue {
  uint32_t what;  // base, index << 8, scale << 16, high << 24
  uint32_t disp;

  static constexpr uint32_t kHigh = 1u << 24;
  static constexpr QuickValue in(unsigned reg) { return {reg, 0}; }
  static constexpr QuickValue sum(unsigned base, unsigned index, unsigned scale, uint32_t disp) {
    return {base | index << 8 | scale << 16, disp};
  }
  [[nodiscard]] constexpr unsigned base() const { return what & 0xff; }
  [[nodiscard]] constexpr unsigned index() const { return what >> 8 & 0xff; }
  [[nodiscard]] constexpr unsigned scale() const { return what >> 16 & 0xff; }
  [[nodiscard]] constexpr bool high() const { return what >= kHigh; }
  [[nodiscard]] constexpr bool constant() const { return what == 0; }
  [[nodiscard]] constexpr bool is(uint32_t value) const { return constant() && disp == value; }
  [[nodiscard]] constexpr bool single() const { return what < 0x100; }            // base + disp
  [[nodiscard]] constexpr bool plain() const { return (what >> 8 | disp) == 0; }  // the register `base`, x0 as well
};

class QuickMachine {
 public:
  using Value = QuickValue;
  using Gpr = x86::Gpr;
  using Seg = x86::Seg;
  using Width = x86::Width;
  using Cond = x86::Cond;
  using Fn = x86::Fn;
  using FlagFn = x86::FlagFn;
  using Traits = QuickTraits;

  // `end` receives how the block leaves.
  QuickMachine(QuickCode& code, Code& end, unsigned native_width, bool flat, x86::sem::SystemMode mode)
      : code_(code), end_(end), has_wide_(native_width >= 2), flat_(flat), mode_(mode) {
    first_ = next_ = code.ops.data();
    forget_registers();
  }

  // --- for the former of blocks (lift/form.h)
  void start_instruction(uint32_t next_eip) {
    next_eip_ = next_eip;
    first_ = next_;
    temporaries_left_ = std::size(isa::convention::temporaries);
    used_ = 0;
  }
  // Goes on with the next one: both stay, or neither.
  void join_instruction(uint32_t next_eip) { next_eip_ = next_eip; }
  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] bool full() const { return full_; }
  [[nodiscard]] unsigned store_entries() const { return store_entries_; }
  void take_back();  // the instruction
  // The guest's registers are written. Nearly always it is one, and its value is what the newest operation makes.
  void settle() {
    if (pending_ == 0) return;
    if ((pending_ & (pending_ - 1)) != 0 || ended_ || next_ == first_) [[unlikely]]
      return settle_any();
    const auto r = static_cast<unsigned>(__builtin_ctz(pending_));
    const Value value = pending_value_[r];
    QuickOp& newest = next_[-1];
    if (!value.plain() || newest.rd != value.what || !temporary(value.what)) [[unlikely]]
      return settle_any();
    newest.rd = static_cast<uint8_t>(kGuest + r);
    facts_[kGuest + r] = known_zero(value) ? kZeroFact : uint8_t{0};
    pending_ = 0;
    if (copies_ != 0) [[unlikely]]
      forget_copies(r);
  }
  // The instruction stays: dead flags and results are removed.
  void accept() {
    if (flags_) accept_flags();
  }
  // Some operation is a branch to the rollback stub.
  [[nodiscard]] bool rolls_back() const { return first_rollback_ != nullptr && first_rollback_ < next_; }
  void finish() { code_.count = static_cast<unsigned>(next_ - code_.ops.data()); }  // the block is complete

  // --- the Machine
  Value imm(uint32_t value) { return {0, value}; }
  // What nearly every instruction comes to is here, to become part of the semantics.
  [[nodiscard]] Value gpr(Gpr r, Width width, bool high) {
    const auto number = static_cast<unsigned>(r);
    if (pending_ != 0 && (pending_ >> number & 1) != 0) [[unlikely]]
      return new_gpr(number, high);
    if (width == Width::d) return Value::in(home_[number]);
    return {(kGuest + number) | (high ? Value::kHigh : 0), 0};
  }
  void set_gpr(Gpr r, Width width, bool high, Value value) {
    const auto number = static_cast<unsigned>(r);
    if (width != Width::d) value = merge(number, high ? isa::Width::h : static_cast<isa::Width>(width), value);
    pending_value_[number] = value;
    pending_ |= 1u << number;
  }

  // Of a memory operand with 32-bit addresses (not part of Machine: the semantics would add it up).
  Value address(const x86::MemOperand& mem) {
    if (pending_ != 0) [[unlikely]]
      return new_address(mem);
    const unsigned base = home_[mem.base];
    const unsigned index = home_[mem.index];
    if (base == 0 && mem.scale == 0) [[unlikely]]
      return {index, mem.disp};
    return Value::sum(base, index, mem.scale, mem.disp);
  }
  // System state: see x86/semantics/system.h.
  [[nodiscard]] x86::sem::SystemMode system_mode() const { return mode_; }
  Value state(uint32_t offset);
  void set_state(uint32_t offset, Value value);
  Value system_flags() { return state(platform::guest_state::eflags); }
  void set_system_flags(Value value) { set_state(platform::guest_state::eflags, value); }
  Value system(x86::SystemRegister r) { return state(x86::system_word(r)); }
  void set_system(x86::SystemRegister r, Value value) { set_state(x86::system_word(r), value); }
  Value selector(Seg seg) { return state(x86::selector_word(seg)); }
  Value cpl() { return state(platform::guest_state::cpl); }
  Value interrupt_waits() { return state(kFirmwareState + platform::firmware_state::interrupt_waits); }
  Value loaded_selector(Seg seg) { return loaded(seg, platform::firmware_state::es_selector); }
  Value loaded_low(Seg seg) { return loaded(seg, platform::firmware_state::es_low); }
  Value loaded_high(Seg seg) { return loaded(seg, platform::firmware_state::es_high); }
  Value load_linear(Value address);
  struct Time {
    Value low, high;
  };
  Time time();

  Value load(Seg seg, Value offset, Width width);
  Value native_word(uint32_t address);  // aligned (not part of Machine: for the check of the source)
  void store(Seg seg, Value offset, Width width, Value value);

  Value op(Fn fn, Value a, Value b) {
    if (fn == Fn::sub && b.constant()) {
      fn = Fn::add;
      b.disp = 0u - b.disp;
    }
    if (fn != Fn::add) return compute_op(fn, a, b);
    if (!b.constant() || a.high()) return add(a, b);
    return {a.what, a.disp + b.disp};
  }
  Value zext(Value value, Width width) { return width == Width::d ? value : extend(value, width); }
  Value sext(Value value, Width width) { return width == Width::d ? value : extend_sign(value, width); }
  Value alu(FlagFn fn, Width width, Value a, Value b) {
    return width == Width::d ? alu_dword(fn, a, b) : alu_part(fn, width, a, b);
  }

  Value cond(Cond cond);
  Value select(Cond cond, Value a, Value b);
  Value flags();
  void set_flags(Value value);
  void set_cf(Value value);
  void set_cf_of(Value value);
  Value select_value(Value condition, Value a, Value b);

  void jump(Value target);
  void branch(Cond cond, uint32_t target);
  void branch_value(Value condition, uint32_t target);
  [[nodiscard]] uint32_t next_eip() const { return next_eip_; }
  void require_zero(Value value);
  [[nodiscard]] bool known_zero(Value value) const {
    return value.is(0) || (value.plain() && (facts_[value.base()] & kLevel) == kZeroFact);
  }

 private:
  Value loaded(Seg seg, uint32_t word) {
    constexpr uint32_t kStride = platform::firmware_state::cs_selector - platform::firmware_state::es_selector;
    return state(kFirmwareState + word + kStride * static_cast<uint32_t>(seg));
  }
  static constexpr uint32_t kFirmwareState = platform::firmware_state_address - platform::guest_state_address;
  static constexpr unsigned kGuest = isa::convention::guest_gpr_first;
  static constexpr bool temporary(unsigned reg) { return reg - kGuest >= ir::kGuestRegisters && reg != 0; }
  uint8_t temporary();
  QuickOp& emit(uint32_t word, unsigned rd, unsigned rs1 = 0, unsigned rs2 = 0, Traits traits = {});
  QuickOp& emit_wide(uint32_t word, unsigned rd, unsigned rs1, unsigned rs2, uint32_t wide, Traits traits = {});
  Value result(uint32_t word, unsigned rs1, unsigned rs2 = 0, Traits traits = {});
  unsigned reg(const Value& value) { return value.plain() ? value.what : in_temporary(value); }  // low part
  [[gnu::noinline]] unsigned in_temporary(const Value& value);
  [[gnu::noinline]] void compute(const Value& value, unsigned rd);
  Value low(const Value& value) { return value.high() ? Value::in(in_temporary(value)) : value; }
  void constant(uint32_t value, unsigned rd);
  void add_constant(unsigned rd, unsigned rs1, uint32_t value);
  [[gnu::noinline]] Value new_address(const x86::MemOperand& mem);
  [[gnu::noinline]] Value new_gpr(unsigned number, bool high);
  Value add(Value a, Value b);
  Value compute_op(Fn fn, Value a, Value b);
  Value extend(Value value, Width width);
  Value extend_sign(Value value, Width width);
  Value logic(Fn fn, Value a, Value b);
  Value shift(Fn fn, Value a, Value b);
  Value set_if_equal(Fn fn, Value a, Value b);
  struct Second {  // the second operand of x.<fn>
    unsigned rs2 = 0;
    unsigned field = 0;
    uint32_t wide = 0;
    isa::Src2 kind = isa::Src2::reg;
  };
  Second second(uint32_t value);
  void alu_word(FlagFn fn, isa::Width width, unsigned fd, unsigned rd, unsigned rs1, const Value& b, Traits traits);
  void test(unsigned value);  // its flags into f2
  [[gnu::noinline]] Value merge(unsigned number, isa::Width part, const Value& value);
  void write(unsigned r, const Value& value);
  void forget_copies(unsigned r);  // of register r, which is written; it is none itself
  void forget_registers();
  [[gnu::noinline]] void settle_any();
  void accept_flags();
  Value alu_dword(FlagFn fn, Value a, Value b);
  Value alu_part(FlagFn fn, Width width, Value a, Value b);
  void remove(QuickOp* op);
  [[nodiscard, gnu::noinline]] bool retarget(uint8_t temporary, uint8_t to);
  [[gnu::noinline]] void settle_several();
  void leave(EndKind kind);

  QuickCode& code_;
  Code& end_;
  const bool has_wide_;
  const bool flat_;
  const x86::sem::SystemMode mode_;
  bool ended_ = false;
  bool full_ = false;
  uint32_t next_eip_ = 0;
  unsigned store_entries_ = 0;

  QuickOp* next_;                            // where the next operation will be
  QuickOp* first_;                           // operation of this instruction
  const QuickOp* first_rollback_ = nullptr;  // branch to the rollback stub
  bool flags_ = false;                       // some operation of it reads or writes f1
  unsigned next_temporary_ = 0;
  unsigned temporaries_left_ = 0;
  uint32_t used_ = 0;     // registers that operations of this instruction read
  unsigned pending_ = 0;  // guest registers with a new value
  QuickValue pending_value_[8];
  // What is known of registers: how much of one is zero, and, of temporaries, outside which part of which guest
  // register it equals that (see carried()).
  static constexpr uint8_t kHalfFact = 1;  // bits 31:16; of temporaries only, as the next one
  static constexpr uint8_t kByteFact = 2;  // bits 31:8
  static constexpr uint8_t kZeroFact = 3;  // all, though an operation has made it
  static constexpr uint8_t kLevel = 3;
  void known(unsigned reg, uint8_t level) { facts_[reg] = static_cast<uint8_t>((facts_[reg] & ~kLevel) | level); }
  uint8_t facts_[32];
  unsigned copies_ = 0;                 // guest registers that hold what another one holds
  uint8_t home_[x86::kNoRegister + 1];  // where each is read: that other one, or itself; x0 for kNoRegister
  // Operations that write flags of f1 which nothing has asked for yet.
  static constexpr unsigned kMaxUnasked = 8;
  QuickOp* unasked_[kMaxUnasked];
  unsigned unasked_count_ = 0;
};

static_assert(x86::Machine<QuickMachine>);

}  // namespace veil::translator
