// Processor control: control and debug registers, caches, identification, time; the absent x87.
// Changes between real and protected mode are not implemented.
#pragma once

#include "x86/semantics/privilege.h"

namespace veil::x86::sem {

constexpr uint32_t kCr0Mp = 1u << 1, kCr0Em = 1u << 2, kCr0Ts = 1u << 3, kCr0Et = 1u << 4, kCr0Ne = 1u << 5,
                   kCr0Wp = 1u << 16, kCr0Am = 1u << 18, kCr0Nw = 1u << 29, kCr0Cd = 1u << 30, kCr0Pg = 1u << 31,
                   kCr4Tsd = 1u << 2;
constexpr uint32_t kCr0Writable =
    kCr0Pe | kCr0Mp | kCr0Em | kCr0Ts | kCr0Ne | kCr0Wp | kCr0Am | kCr0Nw | kCr0Cd | kCr0Pg;
constexpr uint32_t kDr6Bd = 1u << 13, kDr6Bs = 1u << 14, kDr6Fixed = 0xffff0ff0, kDr6Writable = 0xe00f,
                   kDr7Fixed = 1u << 10, kDr7Writable = 0xffff23ff;

template <InterpreterMachine M, class I>
void hlt(M& m, const I&) {
  if (privileged(m)) m.halt();
}

// A processor of our own: vendor VeilVeilVeil, family 6, with TSC, CX8 and CMOV; no FPU, no MSRs.
template <class M, class I>
void cpuid(M& m, const I&) {
  constexpr uint32_t kVendor = 0x6c696556;  // "Veil"
  constexpr uint32_t kTsc = 1u << 4, kCx8 = 1u << 8, kCmov = 1u << 15;
  constexpr uint32_t kExtended = 0x80000000;
  const auto leaf = m.gpr(Gpr::eax, Width::d, false);
  const auto of_leaf = [&](uint32_t number, uint32_t value, typename M::Value otherwise) {
    return m.select_value(m.op(Fn::seq, leaf, m.imm(number)), m.imm(value), otherwise);
  };
  const auto eax = of_leaf(0, 1, of_leaf(1, 0x611, of_leaf(kExtended, kExtended, m.imm(0))));
  const auto vendor = of_leaf(0, kVendor, m.imm(0));
  const auto edx = of_leaf(1, kTsc | kCx8 | kCmov, vendor);
  m.set_gpr(Gpr::eax, Width::d, false, eax);
  m.set_gpr(Gpr::ebx, Width::d, false, vendor);
  m.set_gpr(Gpr::ecx, Width::d, false, vendor);
  m.set_gpr(Gpr::edx, Width::d, false, edx);
}

// The time-stamp counter counts the guest's instructions: the same on every engine.
template <class M, class I>
void rdtsc(M& m, const I&) {
  if constexpr (InterpreterMachine<M>) {
    if ((m.system(SystemRegister::cr4) & kCr4Tsd) != 0 && !privileged(m)) return;
  } else {
    m.require_zero(m.op(Fn::and_, m.system(SystemRegister::cr4), m.imm(kCr4Tsd)));
  }
  const auto count = m.time();
  m.set_gpr(Gpr::eax, Width::d, false, count.low);
  m.set_gpr(Gpr::edx, Width::d, false, count.high);
}

template <InterpreterMachine M, class I>
void smsw(M& m, const I& i) {
  write<0>(m, i, m.system(SystemRegister::cr0));
}

template <InterpreterMachine M>
void set_cr0(M& m, uint32_t v) {
  v = (v & kCr0Writable) | kCr0Et;
  if ((v & kCr0Pg) != 0 && (v & kCr0Pe) == 0) return m.raise(Vector::gp, 0);
  if ((v & kCr0Nw) != 0 && (v & kCr0Cd) == 0) return m.raise(Vector::gp, 0);
  const uint32_t changed = v ^ m.system(SystemRegister::cr0);
  if ((changed & kCr0Pe) != 0) return m.unimplemented();  // real mode
  m.decided();
  m.set_system(SystemRegister::cr0, v);
}

// What a translation does of it: the bits that change nothing but which instructions fault.
constexpr uint32_t kCr0Plain = kCr0Mp | kCr0Em | kCr0Ts | kCr0Ne;

template <InterpreterMachine M, class I>
void lmsw(M& m, const I& i) {
  if (!privileged(m)) return;
  const uint32_t old = m.system(SystemRegister::cr0);
  const uint32_t v = read<0>(m, i);
  if (!m.failed()) set_cr0(m, (old & ~0xeu) | (v & 0xf) | (old & kCr0Pe));  // cannot clear PE
}

template <class M, class I>
void clts(M& m, const I&) {
  if (!privileged(m)) return;
  if constexpr (InterpreterMachine<M>) m.decided();
  m.set_system(SystemRegister::cr0, m.op(Fn::and_, m.system(SystemRegister::cr0), m.imm(~kCr0Ts)));
}

constexpr SystemRegister control_register(uint8_t number) {
  switch (number) {
    case 0:
      return SystemRegister::cr0;
    case 2:
      return SystemRegister::cr2;
    case 3:
      return SystemRegister::cr3;
    default:
      return SystemRegister::cr4;
  }
}

template <class M, class I>
void mov_from_cr(M& m, const I& i) {
  if (privileged(m)) write<0>(m, i, m.system(control_register(i.insn.op[1].reg)));
}

template <class M, class I>
void mov_to_cr(M& m, const I& i) {
  if (!privileged(m)) return;
  const SystemRegister r = control_register(i.insn.op[0].reg);
  const auto v = read<1>(m, i);
  if constexpr (InterpreterMachine<M>) {
    if (r == SystemRegister::cr0) return set_cr0(m, v);
    if (r == SystemRegister::cr4 && (v & ~kCr4Tsd) != 0) return m.raise(Vector::gp, 0);  // what CPUID does not offer
    m.decided();
  } else if (r == SystemRegister::cr0) {
    m.require_zero(m.op(Fn::and_, m.op(Fn::xor_, v, m.system(r)), m.imm(~kCr0Plain)));
  }
  m.set_system(r, v);
}

// DR4, DR5 are DR6, DR7 (no debugging extensions). Breakpoints are kept but never hit, general detect (DR7.GD) is not
// there: the bit reads 0.
constexpr SystemRegister debug_register(uint8_t number) {
  if (number < 4) return static_cast<SystemRegister>(static_cast<uint8_t>(SystemRegister::dr0) + number);
  return number % 2 == 0 ? SystemRegister::dr6 : SystemRegister::dr7;
}

template <InterpreterMachine M, class I>
void mov_from_dr(M& m, const I& i) {
  if (privileged(m)) write<0>(m, i, m.system(debug_register(i.insn.op[1].reg)));
}

template <InterpreterMachine M, class I>
void mov_to_dr(M& m, const I& i) {
  if (!privileged(m)) return;
  const SystemRegister r = debug_register(i.insn.op[0].reg);
  uint32_t v = read<1>(m, i);
  if (r == SystemRegister::dr6) v = (v & kDr6Writable) | kDr6Fixed;
  if (r == SystemRegister::dr7) v = (v & kDr7Writable & ~kDr6Bd) | kDr7Fixed;
  m.decided();
  m.set_system(r, v);
}

template <InterpreterMachine M, class I>
void invlpg(M& m, const I& i) {
  if (!privileged(m)) return;
  const uint32_t linear = m.segment(i.insn.mem.seg).base + address(m, i);
  m.decided();
  m.invalidate_page(linear);
}

template <InterpreterMachine M, class I>
void wbinvd(M& m, const I&) {
  (void)privileged(m);  // caches are coherent
}

// There is no x87, as CPUID says. With CR0.EM or TS set its instructions raise #NM, so that a kernel may emulate it.
// With both clear there is no answer: the instructions with which programs look for one do what they do on a board with
// an empty socket (a status word of ones), all others stop the run.
template <InterpreterMachine M>
bool coprocessor(M& m) {
  if ((m.system(SystemRegister::cr0) & (kCr0Em | kCr0Ts)) == 0) return true;
  m.raise(Vector::nm);
  return false;
}
template <InterpreterMachine M, class I>
void fpu(M& m, const I&) {
  if (coprocessor(m)) m.unimplemented();
}
// fninit, fnclex
template <InterpreterMachine M, class I>
void fpu_reset(M& m, const I&) {
  (void)coprocessor(m);
}
// fnstsw, fnstcw
template <InterpreterMachine M, class I>
void fpu_probe(M& m, const I& i) {
  if (coprocessor(m)) write<0>(m, i, 0xffff);
}
template <InterpreterMachine M, class I>
void fwait(M& m, const I&) {
  const uint32_t both = kCr0Mp | kCr0Ts;
  if ((m.system(SystemRegister::cr0) & both) == both) m.raise(Vector::nm);
}

}  // namespace veil::x86::sem
