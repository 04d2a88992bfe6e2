// What every machine whose Values are numbers has in common: the part of the Machine concept that touches no state.
#pragma once

#include "veil/x86/arithmetic.h"
#include "veil/x86/machine.h"

namespace veil::x86 {

// Derived has: cond(Cond), set_eip(uint32_t), next_eip(), eflags(), set_eflags(uint32_t), instructions().
template <class Derived>
class NumberMachine {
 public:
  using Value = uint32_t;

  static constexpr uint32_t imm(uint32_t v) { return v; }
  static constexpr uint32_t op(Fn fn, uint32_t a, uint32_t b) { return plain(fn, a, b); }
  static constexpr uint32_t zext(uint32_t v, Width w) { return zero_extend(v, w); }
  static constexpr uint32_t sext(uint32_t v, Width w) { return sign_extend(v, w); }
  static constexpr uint32_t select_value(uint32_t c, uint32_t a, uint32_t b) { return c != 0 ? a : b; }
  static constexpr void require_zero(uint32_t) {}  // executes the general case

  // EFLAGS without the arithmetic flags, whose bits here have no meaning.
  uint32_t system_flags() { return self().eflags(); }
  void set_system_flags(uint32_t v) { self().set_eflags((self().eflags() & kArithmetic) | (v & ~kArithmetic)); }
  struct Time {
    uint32_t low, high;
  };
  Time time() {
    const uint64_t count = self().instructions();
    return {static_cast<uint32_t>(count), static_cast<uint32_t>(count >> 32)};
  }

  uint32_t select(Cond c, uint32_t a, uint32_t b) { return self().cond(c) != 0 ? a : b; }
  void jump(uint32_t eip) { self().set_eip(eip); }
  void branch(Cond c, uint32_t target) {
    if (self().cond(c) != 0) self().set_eip(target);
  }
  void branch_value(uint32_t v, uint32_t target) {
    if (v != 0) self().set_eip(target);
  }

 private:
  static constexpr uint32_t kArithmetic = 0x8d5;  // CF PF AF ZF SF OF
  Derived& self() { return static_cast<Derived&>(*this); }
};

}  // namespace veil::x86
