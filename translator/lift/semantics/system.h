// System instructions that a flat 32-bit protected-mode program and its start-up code need: descriptor tables, control
// registers, segment loads, far jumps, software interrupts, cpuid. What is not here says so (unimplemented), never
// guesses: paging, privilege changes, tasks, LDT, 16-bit and real-mode code, the x87.
#pragma once

#include "lift/semantics/operands.h"
#include "veil/x86/interpreter_machine.h"

namespace veil::x86::sem {

constexpr uint32_t kCr0Mp = 1u << 1, kCr0Em = 1u << 2, kCr0Ts = 1u << 3, kCr0Et = 1u << 4, kCr0Pg = 1u << 31,
                   kCr4Tsd = 1u << 2;

// ---------------------------------------------------------------- descriptors
constexpr uint32_t kAccessed = 1u << 8, kWritable = 1u << 9, kConforming = 1u << 10, kCode = 1u << 11,
                   kNotSystem = 1u << 12, kPresent = 1u << 15, kDefault32 = 1u << 22, kGranular = 1u << 23,
                   kLong = 1u << 21;
constexpr uint32_t privilege(uint32_t high) { return high >> 13 & 3; }

struct Descriptor {
  bool valid = false;  // found, in memory order low, high
  uint32_t address = 0;
  uint32_t low = 0;
  uint32_t high = 0;
};

constexpr Segment hidden_part(const Descriptor& d) {
  const uint32_t limit = (d.low & 0xffff) | (d.high & 0xf0000);
  return {.base = d.low >> 16 | (d.high & 0xff) << 16 | (d.high & 0xff000000),
          .limit = (d.high & kGranular) != 0 ? limit << 12 | 0xfff : limit,
          .attr = d.high & 0x00f0ff00};
}

// The descriptor of a selector that is not null. Invalid: the exception is raised.
template <InterpreterMachine M>
Descriptor fetch_descriptor(M& m, uint32_t selector) {
  if ((m.system(SystemRegister::cr0) & kCr0Pe) == 0 || (m.eflags() & kVm) != 0 || (selector & 4) != 0) {
    m.unimplemented();
    return {};
  }
  if ((selector | 7) > m.system(SystemRegister::gdt_limit)) {
    m.raise(Vector::gp, selector & 0xfffc);
    return {};
  }
  const uint32_t at = m.system(SystemRegister::gdt_base) + (selector & 0xfff8);
  const uint32_t low = m.load_linear(at, Width::d);
  const uint32_t high = m.load_linear(at + 4, Width::d);
  return {!m.failed(), at, low, high};
}

template <InterpreterMachine M>
void mark_accessed(M& m, Descriptor& d) {
  if ((d.high & kAccessed) != 0) return;
  d.high |= kAccessed;
  m.store_linear(d.address + 4, Width::d, d.high);
}

// Checks of SDM vol. 3, 5.5 to 5.7 for SS, DS, ES, FS, GS. True: the segment register may be loaded.
template <InterpreterMachine M>
bool load_data_segment(M& m, Seg s, uint32_t selector) {
  selector &= 0xffff;
  const uint32_t error = selector & 0xfffc;
  if (error == 0) {
    if (s == Seg::ss) {
      m.raise(Vector::gp, 0);
      return false;
    }
    m.set_segment(s, selector, {0, 0, 0});
    return true;
  }
  Descriptor d = fetch_descriptor(m, selector);
  if (!d.valid) return false;
  const uint32_t rpl = selector & 3;
  const bool code = (d.high & kCode) != 0;
  bool ok = (d.high & kNotSystem) != 0;
  if (s == Seg::ss) {
    ok = ok && !code && (d.high & kWritable) != 0 && rpl == m.cpl() && privilege(d.high) == m.cpl();
  } else {
    ok = ok && (!code || (d.high & kWritable) != 0);  // code must be readable: the same bit
    if (!(code && (d.high & kConforming) != 0)) ok = ok && privilege(d.high) >= rpl && privilege(d.high) >= m.cpl();
  }
  if (!ok) {
    m.raise(Vector::gp, error);
    return false;
  }
  if ((d.high & kPresent) == 0) {
    m.raise(s == Seg::ss ? Vector::ss : Vector::np, error);
    return false;
  }
  mark_accessed(m, d);
  if (m.failed()) return false;
  m.set_segment(s, selector, hidden_part(d));
  return true;
}

// A far jump or call to a code segment of the same privilege; gates and tasks come later.
template <InterpreterMachine M>
Descriptor code_segment(M& m, uint32_t selector) {
  const uint32_t error = selector & 0xfffc;
  if (error == 0) {
    m.raise(Vector::gp, 0);
    return {};
  }
  Descriptor d = fetch_descriptor(m, selector);
  if (!d.valid) return {};
  if ((d.high & kNotSystem) == 0 || (d.high & kLong) != 0) {
    m.unimplemented();
    return {};
  }
  const bool conforming = (d.high & kConforming) != 0;
  const bool ok = (d.high & kCode) != 0 && (conforming ? privilege(d.high) <= m.cpl()
                                                       : privilege(d.high) == m.cpl() && (selector & 3) <= m.cpl());
  if (!ok) {
    m.raise(Vector::gp, error);
    return {};
  }
  if ((d.high & kPresent) == 0) {
    m.raise(Vector::np, error);
    return {};
  }
  mark_accessed(m, d);
  d.valid = !m.failed();
  return d;
}

template <InterpreterMachine M>
void enter_code_segment(M& m, const Descriptor& d, uint32_t selector, uint32_t eip) {
  const Segment hidden = hidden_part(d);
  if (eip > hidden.limit) return m.raise(Vector::gp, 0);
  m.set_segment(Seg::cs, (selector & 0xfffc) | m.cpl(), hidden);
  m.jump(eip);
}

// ---------------------------------------------------------------- segment registers
template <InterpreterMachine M, class I>
void mov_from_sreg(M& m, const I& i) {
  write<0>(m, i, m.selector(static_cast<Seg>(i.insn.op[1].reg)));
}

template <InterpreterMachine M, class I>
void mov_to_sreg(M& m, const I& i) {
  const uint32_t selector = m.zext(read<1>(m, i), Width::w);
  if (!m.failed()) (void)load_data_segment(m, static_cast<Seg>(i.insn.op[0].reg), selector);
}

template <InterpreterMachine M, class I>
void push_sreg(M& m, const I& i) {
  push_value(m, i, i.operand_size(), m.selector(static_cast<Seg>(i.insn.op[0].reg)));
}

template <InterpreterMachine M, class I>
void pop_sreg(M& m, const I& i) {
  const uint32_t selector = m.zext(pop_value(m, i, i.operand_size()), Width::w);
  if (!m.failed()) (void)load_data_segment(m, static_cast<Seg>(i.insn.op[0].reg), selector);
}

// les, lds, lss, lfs, lgs: the opcode says which.
template <InterpreterMachine M, class I>
void load_far(M& m, const I& i) {
  const Width w = i.operand_size();
  const uint32_t at = address(m, i);
  const uint32_t offset = m.load(i.insn.mem.seg, at, w);
  const uint32_t selector = m.load(i.insn.mem.seg, wrap(m, i, at + bytes(w)), Width::w);
  if (m.failed()) return;
  Seg s = Seg::es;
  switch (i.insn.opcode) {
    case 0xc4:
      s = Seg::es;
      break;
    case 0xc5:
      s = Seg::ds;
      break;
    case 0xb2:
      s = Seg::ss;
      break;
    case 0xb4:
      s = Seg::fs;
      break;
    default:
      s = Seg::gs;
      break;
  }
  if (load_data_segment(m, s, selector)) write<0>(m, i, offset);
}

// ---------------------------------------------------------------- far control transfers
struct FarPointer {
  uint32_t selector;
  uint32_t offset;
};

template <InterpreterMachine M, class I>
FarPointer far_pointer(M& m, const I& i) {
  if (i.kind(0) == OperandKind::far) return {i.insn.imm2, i.insn.imm};
  const Width w = i.operand_size();
  const uint32_t at = address(m, i);
  const uint32_t offset = m.zext(m.load(i.insn.mem.seg, at, w), w);
  return {m.zext(m.load(i.insn.mem.seg, wrap(m, i, at + bytes(w)), Width::w), Width::w), offset};
}

template <InterpreterMachine M, class I>
void jmp_far(M& m, const I& i) {
  const FarPointer to = far_pointer(m, i);
  if (m.failed()) return;
  const Descriptor d = code_segment(m, to.selector);
  if (d.valid) enter_code_segment(m, d, to.selector, to.offset);
}

template <InterpreterMachine M, class I>
void call_far(M& m, const I& i) {
  const FarPointer to = far_pointer(m, i);
  if (m.failed()) return;
  const Descriptor d = code_segment(m, to.selector);
  if (!d.valid) return;
  push_value(m, i, i.operand_size(), m.selector(Seg::cs));
  push_value(m, i, i.operand_size(), m.next_eip());
  if (!m.failed()) enter_code_segment(m, d, to.selector, to.offset);
}

// Returns to the same privilege; to another: later.
template <InterpreterMachine M>
Descriptor return_segment(M& m, uint32_t selector) {
  if ((selector & 0xfffc) != 0 && (selector & 3) != m.cpl()) {
    m.unimplemented();
    return {};
  }
  return code_segment(m, selector);
}

template <InterpreterMachine M, class I>
void ret_far(M& m, const I& i) {
  const Width w = i.operand_size();
  const uint32_t eip = m.zext(pop_value(m, i, w), w);
  const uint32_t selector = m.zext(pop_value(m, i, w), Width::w);
  if (i.kind(0) == OperandKind::imm) set_stack_pointer(m, i, stack_offset(m, i, i.insn.imm));
  if (m.failed()) return;
  const Descriptor d = return_segment(m, selector);
  if (d.valid) enter_code_segment(m, d, selector, eip);
}

template <InterpreterMachine M, class I>
void iret(M& m, const I& i) {
  const Width w = i.operand_size();
  if ((m.eflags() & (kNt | kVm)) != 0) return m.unimplemented();
  const uint32_t eip = m.zext(pop_value(m, i, w), w);
  const uint32_t selector = m.zext(pop_value(m, i, w), Width::w);
  const uint32_t image = pop_value(m, i, w);
  if (m.failed()) return;
  if (w == Width::d && (image & kVm) != 0) return m.unimplemented();
  const Descriptor d = return_segment(m, selector);
  if (!d.valid) return;
  uint32_t changes = kArithmeticFlags | kTf | kDf | kNt | kRf | 0x240000;
  if (m.cpl() == 0) changes |= kIopl;
  if (m.cpl() <= (m.eflags() & kIopl) >> 12) changes |= kIf;
  if (w == Width::w) changes &= 0xffff;
  if ((image & changes & kTf) != 0) return m.unimplemented();  // single stepping
  m.set_eflags((m.eflags() & ~changes) | (image & changes));
  enter_code_segment(m, d, selector, eip);
}

// ---------------------------------------------------------------- exceptions on purpose
template <InterpreterMachine M, class I>
void int_(M& m, const I& i) {
  m.software_interrupt(static_cast<uint8_t>(i.insn.imm));
}
template <InterpreterMachine M, class I>
void int3(M& m, const I&) {
  m.software_interrupt(static_cast<uint8_t>(Vector::bp));
}
template <InterpreterMachine M, class I>
void int1(M& m, const I&) {
  m.software_interrupt(static_cast<uint8_t>(Vector::db));
}
template <InterpreterMachine M, class I>
void into(M& m, const I&) {
  if (m.cond(Cond::o) != 0) m.software_interrupt(static_cast<uint8_t>(Vector::of));
}
template <InterpreterMachine M, class I>
void bound(M& m, const I& i) {
  const Width w = i.operand_size();
  const uint32_t at = address(m, i);
  const auto low = static_cast<int32_t>(m.sext(m.load(i.insn.mem.seg, at, w), w));
  const auto high = static_cast<int32_t>(m.sext(m.load(i.insn.mem.seg, wrap(m, i, at + bytes(w)), w), w));
  const auto index = static_cast<int32_t>(m.sext(read<0>(m, i), w));
  if (!m.failed() && (index < low || index > high)) m.raise(Vector::br);
}
template <InterpreterMachine M, class I>
void ud(M& m, const I&) {
  m.raise(Vector::ud);
}

// ---------------------------------------------------------------- processor control
// Raises #GP(0) outside ring 0.
template <InterpreterMachine M>
bool privileged(M& m) {
  if (m.cpl() == 0) return true;
  m.raise(Vector::gp, 0);
  return false;
}

template <InterpreterMachine M, class I>
void hlt(M& m, const I&) {
  if (privileged(m)) m.halt();
}

// A processor of our own: vendor VeilVeilVeil, family 6, with TSC, CX8 and CMOV; no FPU yet.
template <InterpreterMachine M, class I>
void cpuid(M& m, const I&) {
  constexpr uint32_t kVendor = 0x6c696556;  // "Veil"
  constexpr uint32_t kTsc = 1u << 4, kCx8 = 1u << 8, kCmov = 1u << 15;
  uint32_t eax = 0;
  uint32_t ebx = 0;
  uint32_t ecx = 0;
  uint32_t edx = 0;
  switch (m.gpr(Gpr::eax, Width::d, false)) {
    case 0:
      eax = 1;
      ebx = ecx = edx = kVendor;
      break;
    case 0x80000000:
      eax = 0x80000000;
      break;
    case 1:
      eax = 0x611;
      edx = kTsc | kCx8 | kCmov;
      break;
    default:
      break;
  }
  m.set_gpr(Gpr::eax, Width::d, false, eax);
  m.set_gpr(Gpr::ebx, Width::d, false, ebx);
  m.set_gpr(Gpr::ecx, Width::d, false, ecx);
  m.set_gpr(Gpr::edx, Width::d, false, edx);
}

// The time-stamp counter counts the guest's instructions: the same on every engine.
template <InterpreterMachine M, class I>
void rdtsc(M& m, const I&) {
  if ((m.system(SystemRegister::cr4) & kCr4Tsd) != 0 && !privileged(m)) return;
  const uint64_t count = m.instructions();
  m.set_gpr(Gpr::eax, Width::d, false, static_cast<uint32_t>(count));
  m.set_gpr(Gpr::edx, Width::d, false, static_cast<uint32_t>(count >> 32));
}

template <InterpreterMachine M, class I>
void store_table(M& m, const I& i) {
  const bool idt = i.insn.modrm_reg % 2 == 1;  // /1, /3
  const uint32_t at = address(m, i);
  m.store(i.insn.mem.seg, at, Width::w, m.system(idt ? SystemRegister::idt_limit : SystemRegister::gdt_limit));
  m.store(i.insn.mem.seg, wrap(m, i, at + 2), Width::d,
          m.system(idt ? SystemRegister::idt_base : SystemRegister::gdt_base));
}

template <InterpreterMachine M, class I>
void load_table(M& m, const I& i) {
  if (!privileged(m)) return;
  const bool idt = i.insn.modrm_reg % 2 == 1;  // /1, /3
  const uint32_t at = address(m, i);
  const uint32_t limit = m.zext(m.load(i.insn.mem.seg, at, Width::w), Width::w);
  uint32_t base = m.load(i.insn.mem.seg, wrap(m, i, at + 2), Width::d);
  if (i.operand_size() == Width::w) base &= 0xffffff;
  if (m.failed()) return;
  m.set_system(idt ? SystemRegister::idt_limit : SystemRegister::gdt_limit, limit);
  m.set_system(idt ? SystemRegister::idt_base : SystemRegister::gdt_base, base);
}

template <InterpreterMachine M, class I>
void smsw(M& m, const I& i) {
  write<0>(m, i, m.system(SystemRegister::cr0));
}

// Changes of mode (PE cleared, PG set) come with the guest's system side.
template <InterpreterMachine M>
void set_cr0(M& m, uint32_t v) {
  v |= kCr0Et;
  if ((v & kCr0Pg) != 0 && (v & kCr0Pe) == 0) return m.raise(Vector::gp, 0);
  const uint32_t changed = v ^ m.system(SystemRegister::cr0);
  if ((changed & (kCr0Pe | kCr0Pg)) != 0) return m.unimplemented();
  m.set_system(SystemRegister::cr0, v);
}

template <InterpreterMachine M, class I>
void lmsw(M& m, const I& i) {
  if (!privileged(m)) return;
  const uint32_t old = m.system(SystemRegister::cr0);
  const uint32_t v = read<0>(m, i);
  if (!m.failed()) set_cr0(m, (old & ~0xeu) | (v & 0xf) | (old & kCr0Pe));  // cannot clear PE
}

template <InterpreterMachine M, class I>
void clts(M& m, const I&) {
  if (privileged(m)) m.set_system(SystemRegister::cr0, m.system(SystemRegister::cr0) & ~kCr0Ts);
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

template <InterpreterMachine M, class I>
void mov_from_cr(M& m, const I& i) {
  if (privileged(m)) write<0>(m, i, m.system(control_register(i.insn.op[1].reg)));
}

template <InterpreterMachine M, class I>
void mov_to_cr(M& m, const I& i) {
  if (!privileged(m)) return;
  const SystemRegister r = control_register(i.insn.op[0].reg);
  const uint32_t v = read<1>(m, i);
  if (r == SystemRegister::cr0) return set_cr0(m, v);
  if (r == SystemRegister::cr4 && (v & ~kCr4Tsd) != 0) return m.unimplemented();
  m.set_system(r, v);
}

template <InterpreterMachine M, class I>
void wbinvd(M& m, const I&) {
  (void)privileged(m);  // caches are coherent
}

// No x87 yet: #NM when the guest asked for it (CR0.EM, CR0.TS), otherwise the run stops.
template <InterpreterMachine M, class I>
void fpu(M& m, const I&) {
  if ((m.system(SystemRegister::cr0) & (kCr0Em | kCr0Ts)) != 0) return m.raise(Vector::nm);
  m.unimplemented();
}
template <InterpreterMachine M, class I>
void fwait(M& m, const I&) {
  const uint32_t both = kCr0Mp | kCr0Ts;
  if ((m.system(SystemRegister::cr0) & both) == both) m.raise(Vector::nm);
}

template <InterpreterMachine M, class I>
void later(M& m, const I&) {
  m.unimplemented();
}

}  // namespace veil::x86::sem
