// String instructions with their repeat prefixes, in both directions, 16- and 32-bit addresses.
//
// One iteration is complete in itself (registers and memory), and committed before the next: a fault in the middle
// leaves count and pointers where the instruction can be taken up again.
#pragma once

#include "lift/semantics/operands.h"
#include "veil/x86/interpreter_machine.h"

namespace veil::x86::sem {

template <InterpreterMachine M, class I>
struct StringMachine {
  M& m;
  const I& i;
  Width width;  // of an element
  uint32_t step = (m.eflags() & kDf) != 0 ? 0u - bytes(width) : bytes(width);

  uint32_t pointer(Gpr r) { return wrap(m, i, m.gpr(r, Width::d, false)); }
  uint32_t load_source() { return m.load(i.insn.segment, pointer(Gpr::esi), width); }
  uint32_t load_destination() { return m.load(Seg::es, pointer(Gpr::edi), width); }
  void store_destination(uint32_t v) { m.store(Seg::es, pointer(Gpr::edi), width, v); }
  void advance(Gpr r) { m.set_gpr(r, i.address_size(), false, m.gpr(r, Width::d, false) + step); }
};

// `once` does one element. `until_zf`: with a repeat prefix cmps and scas also end on ZF.
template <InterpreterMachine M, class I, class Once>
void repeat(M& m, const I& i, bool until_zf, Once once) {
  if (i.insn.rep == Rep::none) return once();
  const Width w = i.address_size();
  for (;;) {
    const uint32_t count = m.gpr(Gpr::ecx, Width::d, false) & mask(w);
    if (count == 0) return;
    once();
    if (m.failed()) return;
    m.set_gpr(Gpr::ecx, w, false, count - 1);
    if (count == 1) return;
    if (until_zf && m.cond(Cond::z) != (i.insn.rep == Rep::rep ? 1u : 0u)) return;
    if (!m.iterate()) return m.stay();
  }
}

// movs and stos upwards with 32-bit addresses, 16 bytes a commit, for as long as more than that are left: `four` does
// four doublewords. What is left over, and what faults, goes one by one. False: left in the middle.
constexpr uint32_t kBlockBytes = 16;

template <InterpreterMachine M, class I, class Four>
bool repeat_blocks(M& m, const I& i, bool moves, Four four) {
  const Width w = i.insn.op[0].width();
  if (i.insn.rep == Rep::none || i.address_size() != Width::d || (m.eflags() & kDf) != 0 || !m.blocks()) return true;
  uint32_t count = m.gpr(Gpr::ecx, Width::d, false);
  uint32_t to = m.gpr(Gpr::edi, Width::d, false);
  uint32_t from = m.gpr(Gpr::esi, Width::d, false);
  // A destination inside the doubleword just read would have to be seen by the next element.
  if (moves && to - from < 4 && w != Width::d) return true;
  while (count > kBlockBytes / bytes(w)) {
    four(from, to);
    if (m.failed()) return false;
    count -= kBlockBytes / bytes(w);
    to += kBlockBytes;
    m.set_gpr(Gpr::ecx, Width::d, false, count);
    m.set_gpr(Gpr::edi, Width::d, false, to);
    if (moves) {
      from += kBlockBytes;
      m.set_gpr(Gpr::esi, Width::d, false, from);
    }
    if (!m.iterate()) {
      m.stay();
      return false;
    }
  }
  return true;
}

template <InterpreterMachine M, class I>
void movs(M& m, const I& i) {
  const bool on = repeat_blocks(m, i, true, [&](uint32_t from, uint32_t to) {
    for (uint32_t n = 0; n < kBlockBytes; n += 4) {
      m.store(Seg::es, to + n, Width::d, m.load(i.insn.segment, from + n, Width::d));
    }
  });
  if (!on) return;
  StringMachine<M, I> s{m, i, i.insn.op[0].width()};
  repeat(m, i, false, [&] {
    s.store_destination(s.load_source());
    s.advance(Gpr::esi);
    s.advance(Gpr::edi);
  });
}

template <InterpreterMachine M, class I>
void cmps(M& m, const I& i) {
  StringMachine<M, I> s{m, i, i.insn.op[0].width()};
  repeat(m, i, true, [&] {
    const uint32_t a = s.load_source();
    (void)m.alu(FlagFn::sub, s.width, a, s.load_destination());
    s.advance(Gpr::esi);
    s.advance(Gpr::edi);
  });
}

template <InterpreterMachine M, class I>
void stos(M& m, const I& i) {
  const Width w = i.insn.op[0].width();
  const uint32_t element = m.zext(m.gpr(Gpr::eax, w, false), w);
  const uint32_t four_bytes = w == Width::b ? element * 0x01010101 : w == Width::w ? element * 0x00010001 : element;
  const bool on = repeat_blocks(m, i, false, [&](uint32_t, uint32_t to) {
    for (uint32_t n = 0; n < kBlockBytes; n += 4) m.store(Seg::es, to + n, Width::d, four_bytes);
  });
  if (!on) return;
  StringMachine<M, I> s{m, i, w};
  repeat(m, i, false, [&] {
    s.store_destination(element);
    s.advance(Gpr::edi);
  });
}

template <InterpreterMachine M, class I>
void lods(M& m, const I& i) {
  StringMachine<M, I> s{m, i, i.insn.op[0].width()};
  repeat(m, i, false, [&] {
    m.set_gpr(Gpr::eax, s.width, false, s.load_source());
    s.advance(Gpr::esi);
  });
}

template <InterpreterMachine M, class I>
void scas(M& m, const I& i) {
  StringMachine<M, I> s{m, i, i.insn.op[0].width()};
  repeat(m, i, true, [&] {
    (void)m.alu(FlagFn::sub, s.width, m.gpr(Gpr::eax, s.width, false), s.load_destination());
    s.advance(Gpr::edi);
  });
}

// Port access of `width` allowed? (The I/O permission bit map of the TSS is not there yet: the run stops.)
template <InterpreterMachine M>
bool port_allowed(M& m) {
  if (m.cpl() <= (m.eflags() & kIopl) >> 12) return true;
  m.unimplemented();
  return false;
}

template <InterpreterMachine M, class I>
void ins(M& m, const I& i) {
  if (!port_allowed(m)) return;
  StringMachine<M, I> s{m, i, i.insn.op[0].width()};
  repeat(m, i, false, [&] {
    s.store_destination(s.load_destination());  // faults before the port is read, never after
    if (m.failed()) return;
    s.store_destination(m.in(static_cast<uint16_t>(m.gpr(Gpr::edx, Width::d, false)), s.width));
    s.advance(Gpr::edi);
  });
}

template <InterpreterMachine M, class I>
void outs(M& m, const I& i) {
  if (!port_allowed(m)) return;
  StringMachine<M, I> s{m, i, i.insn.op[1].width()};
  repeat(m, i, false, [&] {
    const uint32_t v = s.load_source();
    if (m.failed()) return;
    s.advance(Gpr::esi);
    m.out(static_cast<uint16_t>(m.gpr(Gpr::edx, Width::d, false)), s.width, v);
  });
}

}  // namespace veil::x86::sem
