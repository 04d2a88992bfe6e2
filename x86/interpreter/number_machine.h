// What every machine whose Values are numbers has in common: the part of the Machine concept that touches no state.
#pragma once

#include "veil/x86/arithmetic.h"
#include "veil/x86/machine.h"

namespace veil::fw {

// Derived has: cond(Cond), set_eip(uint32_t), next_eip().
template <class Derived>
class NumberMachine {
 public:
  using Value = uint32_t;

  static constexpr uint32_t imm(uint32_t v) { return v; }
  static constexpr uint32_t op(x86::Fn fn, uint32_t a, uint32_t b) { return x86::plain(fn, a, b); }
  static constexpr uint32_t zext(uint32_t v, x86::Width w) { return x86::zero_extend(v, w); }
  static constexpr uint32_t sext(uint32_t v, x86::Width w) { return x86::sign_extend(v, w); }
  static constexpr uint32_t select_value(uint32_t c, uint32_t a, uint32_t b) { return c != 0 ? a : b; }
  static constexpr void require_zero(uint32_t) {}  // executes the general case

  uint32_t select(x86::Cond c, uint32_t a, uint32_t b) { return self().cond(c) != 0 ? a : b; }
  void jump(uint32_t eip) { self().set_eip(eip); }
  void branch(x86::Cond c, uint32_t target) {
    if (self().cond(c) != 0) self().set_eip(target);
  }
  void branch_value(uint32_t v, uint32_t target) {
    if (v != 0) self().set_eip(target);
  }

 private:
  Derived& self() { return static_cast<Derived&>(*this); }
};

}  // namespace veil::fw
