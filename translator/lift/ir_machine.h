// The Machine that emits IR: instantiated with it, the x86 semantics are the translator's front end.
//
// A Value is a view: a node, and whether the operand is its low part or bits 15:8. Reading AL emits nothing, it views
// EAX's current value. An operation of 8 or 16 bits merges into its first operand, so its result already carries the
// upper bits of the register that it came from; set_gpr sees that and emits nothing either. `add ah, bl` is one node.
#pragma once

#include "ir/block.h"
#include "veil/isa/native.h"
#include "veil/isa/platform.h"
#include "veil/x86/machine.h"
#include "veil/x86/system_words.h"
#include "x86/semantics/system.h"

namespace veil::translator {

struct IrValue {
  ir::Ref ref = ir::kZero;
  bool high = false;  // the value is in bits 15:8 of the node (then it has 8 bits)
};

class IrMachine {
 public:
  using Value = IrValue;
  using Gpr = x86::Gpr;
  using Seg = x86::Seg;
  using Width = x86::Width;
  using Cond = x86::Cond;
  using Fn = x86::Fn;
  using FlagFn = x86::FlagFn;

  // `flat`: ES CS SS DS have base 0 and limit 4 GiB.
  IrMachine(ir::Block& block, bool flat, x86::sem::SystemMode mode) : block_(block), flat_(flat), mode_(mode) {}

  // --- for the lifter
  void start_instruction(uint32_t next_eip) {
    next_eip_ = next_eip;
    ended_ = false;
    before_ = {block_.count, store_entries_, guard_, block_.final};
  }
  [[nodiscard]] bool ended() const { return ended_; }                      // control has left: the block is complete
  [[nodiscard]] unsigned store_entries() const { return store_entries_; }  // of the gated store buffer, at worst
  void take_back();                                                        // the instruction
  [[nodiscard]] bool full() const { return block_.overflow; }              // the last instruction is not complete
  void settle() {}
  void accept() {}
  // Goes on with the next one: both stay, or neither.
  void join_instruction(uint32_t next_eip) { next_eip_ = next_eip; }
  // Completes the block; called by every transfer of control, and by the lifter when there is none.
  void end();

  // --- the Machine
  Value imm(uint32_t value) { return {block_.imm(value)}; }
  [[nodiscard]] Value gpr(Gpr reg, Width, bool high) const { return {block_.final[static_cast<unsigned>(reg)], high}; }
  void set_gpr(Gpr reg, Width width, bool high, Value value);

  // System state: see x86/semantics/system.h.
  [[nodiscard]] x86::sem::SystemMode system_mode() const { return mode_; }
  Value state(uint32_t offset) { return {block_.append({.op = ir::Op::state, .imm = offset})}; }
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
  void store(Seg seg, Value offset, Width width, Value value);

  Value op(Fn fn, Value a, Value b);
  Value zext(Value value, Width width);
  Value sext(Value value, Width width);
  Value alu(FlagFn fn, Width width, Value a, Value b);

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
  // The aligned word at a native address (not part of Machine: for the check of the source).
  Value native_word(uint32_t address);
  // Whether the translator knows that the value is zero (not part of Machine: a hint for shorter code).
  [[nodiscard]] bool known_zero(Value value) const;

 private:
  Value loaded(Seg seg, uint32_t word) {
    constexpr uint32_t kStride = platform::firmware_state::cs_selector - platform::firmware_state::es_selector;
    return state(kFirmwareState + word + kStride * static_cast<uint32_t>(seg));
  }
  static constexpr uint32_t kFirmwareState = platform::firmware_state_address - platform::guest_state_address;
  Value csr(isa::Csr number) { return {block_.append({.op = ir::Op::csr, .imm = static_cast<uint32_t>(number)})}; }
  ir::Ref low(Value value);  // the node with the value in its low bits
  [[nodiscard]] bool carries(ir::Ref ref, ir::Ref base, Width width, bool high) const;
  void test(ir::Ref value);  // flags of `value` into the translator's own flag register

  ir::Block& block_;
  bool flat_;
  x86::sem::SystemMode mode_;
  bool ended_ = false;
  uint32_t next_eip_ = 0;
  unsigned store_entries_ = 0;
  ir::Ref guard_ = ir::kZero;  // not zero at run time: roll back
  struct {                     // what the instruction may have changed, as it was before
    ir::Ref count;
    unsigned store_entries;
    ir::Ref guard;
    std::array<ir::Ref, ir::kGuestRegisters> final;
  } before_;
};

static_assert(x86::Machine<IrMachine>);

}  // namespace veil::translator
