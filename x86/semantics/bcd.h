// Decimal adjustment, as the SDM's pseudo code has it. Flags it leaves open: OF (daa, das) 0; aaa, aas: S Z P of AL,
// OF 0; aam, aad: C A O 0.
#pragma once

#include "veil/x86/interpreter_machine.h"
#include "x86/semantics/operands.h"

namespace veil::x86::sem {

// S Z P of an 8-bit result; the others as given.
template <InterpreterMachine M>
void set_result_flags(M& m, uint32_t result, uint32_t others) {
  (void)m.alu(FlagFn::and_, Width::b, result, result);
  m.set_flags((m.flags() & (kSf | kZf | kPf)) | others);
}

template <InterpreterMachine M>
void decimal_adjust(M& m, bool subtract) {
  const uint32_t old = m.gpr(Gpr::eax, Width::b, false) & 0xff;
  const uint32_t flags = m.flags();
  uint32_t al = old;
  uint32_t carry = 0;
  uint32_t others = 0;
  if ((old & 15) > 9 || (flags & kAf) != 0) {
    carry = (flags & kCf) | (subtract ? (old < 6 ? 1u : 0u) : (old > 0xf9 ? 1u : 0u));
    al = subtract ? al - 6 : al + 6;
    others = kAf;
  }
  if (old > 0x99 || (flags & kCf) != 0) {
    al = subtract ? al - 0x60 : al + 0x60;
    carry = kCf;
  }
  m.set_gpr(Gpr::eax, Width::b, false, al);
  set_result_flags(m, al & 0xff, others | carry);
}

template <InterpreterMachine M, class I>
void daa(M& m, const I&) {
  decimal_adjust(m, false);
}
template <InterpreterMachine M, class I>
void das(M& m, const I&) {
  decimal_adjust(m, true);
}

template <InterpreterMachine M>
void ascii_adjust(M& m, bool subtract) {
  uint32_t ax = m.gpr(Gpr::eax, Width::w, false) & 0xffff;
  uint32_t others = 0;
  if ((ax & 15) > 9 || (m.flags() & kAf) != 0) {
    ax = subtract ? ax - 0x106 : ax + 0x106;
    others = kAf | kCf;
  }
  ax &= 0xff0f;
  m.set_gpr(Gpr::eax, Width::w, false, ax);
  set_result_flags(m, ax & 0xff, others);
}

template <InterpreterMachine M, class I>
void aaa(M& m, const I&) {
  ascii_adjust(m, false);
}
template <InterpreterMachine M, class I>
void aas(M& m, const I&) {
  ascii_adjust(m, true);
}

template <InterpreterMachine M, class I>
void aam(M& m, const I& i) {
  const uint32_t base = i.insn.imm & 0xff;
  if (base == 0) return m.raise(Vector::de);
  const uint32_t al = m.gpr(Gpr::eax, Width::b, false) & 0xff;
  m.set_gpr(Gpr::eax, Width::w, false, (al / base) << 8 | al % base);
  set_result_flags(m, al % base, 0);
}

template <InterpreterMachine M, class I>
void aad(M& m, const I& i) {
  const uint32_t ax = m.gpr(Gpr::eax, Width::w, false) & 0xffff;
  const uint32_t al = ((ax >> 8) * (i.insn.imm & 0xff) + ax) & 0xff;
  m.set_gpr(Gpr::eax, Width::w, false, al);
  set_result_flags(m, al, 0);
}

}  // namespace veil::x86::sem
