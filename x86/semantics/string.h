// String instructions with their repeat prefixes, in both directions, 16- and 32-bit addresses.
//
// One iteration is complete in itself (registers and memory), and committed before the next: a fault in the middle
// leaves count and pointers where the instruction can be taken up again.
#pragma once

#include "x86/semantics/privilege.h"

namespace veil::x86::sem {

// One element. Translations are only run with DF clear (veil/translator.h), so for them the step is a constant.
template <class M, class I>
struct Element {
  using Value = typename M::Value;
  M& m;
  const I& i;
  Width width;
  Value step{};

  Element(M& machine, const I& form, Width w) : m(machine), i(form), width(w), step(m.imm(bytes(w))) {
    if constexpr (InterpreterMachine<M>) {
      if ((m.eflags() & kDf) != 0) step = 0u - bytes(w);
    }
  }
  Value pointer(Gpr r) { return wrap(m, i, m.gpr(r, Width::d, false)); }
  Value load_source() { return m.load(i.insn.segment, pointer(Gpr::esi), width); }
  Value load_destination() { return m.load(Seg::es, pointer(Gpr::edi), width); }
  void store_destination(Value v) { m.store(Seg::es, pointer(Gpr::edi), width, v); }
  void advance(Gpr r) { m.set_gpr(r, i.address_size(), false, m.op(Fn::add, m.gpr(r, Width::d, false), step)); }
};

// `once` does one element. `until_zf`: with a repeat prefix cmps and scas also end on ZF. The translator has no repeat
// prefixes (execute.h).
template <class M, class I, class Once>
void repeat(M& m, const I& i, bool until_zf, Once once) {
  if constexpr (InterpreterMachine<M>) {
    const Width w = i.address_size();
    while (i.insn.rep != Rep::none) {
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
  once();
}

// Several elements in one commit, where the machine allows it (M::blocks) and addresses have 32 bits: pointers and
// count live in variables meanwhile. What faults is met again by the loop above, element by element.
constexpr uint32_t kStoreBlock = 16;  // bytes: four doublewords, that may take two entries of the store buffer each
constexpr uint32_t kLoadBlock = 16;   // elements

struct Progress {
  uint32_t done;  // elements
  bool ended;     // by the ZF condition of cmps and scas
};

// `block(from, to, n)` does up to n elements. False: not for blocks, go on one by one.
template <InterpreterMachine M, class I, class Block>
bool repeat_blocks(M& m, const I& i, uint32_t step, bool sources, uint32_t most, Block block) {
  if (i.insn.rep == Rep::none || i.address_size() != Width::d || !m.blocks()) return false;
  uint32_t count = m.gpr(Gpr::ecx, Width::d, false);
  uint32_t from = m.gpr(Gpr::esi, Width::d, false);
  uint32_t to = m.gpr(Gpr::edi, Width::d, false);
  while (count != 0) {
    const Progress p = block(from, to, count < most ? count : most);
    if (m.failed()) return true;
    count -= p.done;
    to += p.done * step;
    from += p.done * step;
    m.set_gpr(Gpr::ecx, Width::d, false, count);
    m.set_gpr(Gpr::edi, Width::d, false, to);
    if (sources) m.set_gpr(Gpr::esi, Width::d, false, from);
    if (p.ended || count == 0) break;
    if (!m.iterate()) {
      m.stay();
      break;
    }
  }
  return true;
}

template <InterpreterMachine M, class I>
bool move_blocks(M& m, const I& i, const Element<M, I>& s) {
  const uint32_t size = bytes(s.width);
  const bool up = s.step == size;
  return repeat_blocks(m, i, s.step, true, up ? kStoreBlock / size : 4, [&](uint32_t from, uint32_t to, uint32_t n) {
    uint32_t k = 0;
    // Upwards in doublewords, unless a destination in the doubleword just read would have to be seen by the next
    // element.
    if (up && (to - from >= 4 || size == 4)) {
      for (; k + 4 / size <= n; k += 4 / size) {
        m.store(Seg::es, to + k * size, Width::d, m.load(i.insn.segment, from + k * size, Width::d));
      }
    } else {
      n = n < 4 ? n : 4;
    }
    for (; k < n; ++k) m.store(Seg::es, to + k * s.step, s.width, m.load(i.insn.segment, from + k * s.step, s.width));
    return Progress{n, false};
  });
}

template <InterpreterMachine M, class I>
bool fill_blocks(M& m, const I& i, const Element<M, I>& s, uint32_t element) {
  const uint32_t size = bytes(s.width);
  const bool up = s.step == size;
  const uint32_t four_bytes = element * (size == 1 ? 0x01010101u : size == 2 ? 0x00010001u : 1u);
  return repeat_blocks(m, i, s.step, false, up ? kStoreBlock / size : 4, [&](uint32_t, uint32_t to, uint32_t n) {
    uint32_t k = 0;
    if (up) {
      for (; k + 4 / size <= n; k += 4 / size) m.store(Seg::es, to + k * size, Width::d, four_bytes);
    }
    for (; k < n; ++k) m.store(Seg::es, to + k * s.step, s.width, element);
    return Progress{n, false};
  });
}

template <class M, class I>
void movs(M& m, const I& i) {
  Element<M, I> s(m, i, i.insn.op[0].width());
  if constexpr (InterpreterMachine<M>) {
    if (move_blocks(m, i, s)) return;
  }
  repeat(m, i, false, [&] {
    s.store_destination(s.load_source());
    s.advance(Gpr::esi);
    s.advance(Gpr::edi);
  });
}

template <class M, class I>
void stos(M& m, const I& i) {
  Element<M, I> s(m, i, i.insn.op[0].width());
  const auto element = m.gpr(Gpr::eax, s.width, false);
  if constexpr (InterpreterMachine<M>) {
    if (fill_blocks(m, i, s, m.zext(element, s.width))) return;
  }
  repeat(m, i, false, [&] {
    s.store_destination(element);
    s.advance(Gpr::edi);
  });
}

// Elements are compared until one ends the instruction; the flags are those of the last.
template <InterpreterMachine M, class I, class First>
bool compare_blocks(M& m, const I& i, const Element<M, I>& s, bool sources, First first) {
  const bool while_same = i.insn.rep == Rep::rep;
  return repeat_blocks(m, i, s.step, sources, kLoadBlock, [&](uint32_t from, uint32_t to, uint32_t n) {
    for (uint32_t k = 0;;) {
      const uint32_t a = m.zext(first(from + k * s.step), s.width);
      const uint32_t b = m.zext(m.load(Seg::es, to + k * s.step, s.width), s.width);
      const bool ended = (a == b) != while_same;
      if (++k == n || ended) {
        (void)m.alu(FlagFn::sub, s.width, a, b);
        return Progress{k, ended};
      }
    }
  });
}

template <class M, class I>
void cmps(M& m, const I& i) {
  Element<M, I> s(m, i, i.insn.op[0].width());
  if constexpr (InterpreterMachine<M>) {
    if (compare_blocks(m, i, s, true, [&](uint32_t from) { return m.load(i.insn.segment, from, s.width); })) return;
  }
  repeat(m, i, true, [&] {
    const auto a = s.load_source();
    (void)m.alu(FlagFn::sub, s.width, a, s.load_destination());
    s.advance(Gpr::esi);
    s.advance(Gpr::edi);
  });
}

template <class M, class I>
void scas(M& m, const I& i) {
  Element<M, I> s(m, i, i.insn.op[0].width());
  const auto a = m.gpr(Gpr::eax, s.width, false);
  if constexpr (InterpreterMachine<M>) {
    if (compare_blocks(m, i, s, false, [&](uint32_t) { return a; })) return;
  }
  repeat(m, i, true, [&] {
    (void)m.alu(FlagFn::sub, s.width, a, s.load_destination());
    s.advance(Gpr::edi);
  });
}

template <class M, class I>
void lods(M& m, const I& i) {
  Element<M, I> s(m, i, i.insn.op[0].width());
  repeat(m, i, false, [&] {
    m.set_gpr(Gpr::eax, s.width, false, s.load_source());
    s.advance(Gpr::esi);
  });
}

// May `size` bytes of ports from `port` on be accessed? Otherwise #GP(0). Above IOPL the bit map in the TSS decides
// (SDM vol. 1, 19.5.2): two bytes of it are read, both inside the limit.
template <InterpreterMachine M>
bool port_allowed(M& m, uint32_t port, Width w) {
  using R = SystemRegister;
  if (m.cpl() <= iopl(m.eflags())) return true;
  bool allowed = (m.system(R::tr_attr) & kCode) != 0 && m.system(R::tr_limit) >= 103;  // a 32-bit TSS
  if (allowed) {
    const uint32_t at = m.load_linear(m.system(R::tr_base) + 0x66, Width::w) + port / 8;
    allowed = at + 1 <= m.system(R::tr_limit);
    if (allowed) {
      const uint32_t bits = m.load_linear(m.system(R::tr_base) + at, Width::w) >> port % 8;
      allowed = (bits & ((1u << bytes(w)) - 1)) == 0;
    }
  }
  if (!allowed && !m.failed()) m.raise(Vector::gp, 0);
  return allowed && !m.failed();
}

template <InterpreterMachine M, class I>
void ins(M& m, const I& i) {
  const auto port = static_cast<uint16_t>(m.gpr(Gpr::edx, Width::d, false));
  Element<M, I> s(m, i, i.insn.op[0].width());
  if (!port_allowed(m, port, s.width)) return;
  repeat(m, i, false, [&] {
    s.store_destination(0);  // faults, as a write, before the port is read, never after
    if (m.failed()) return;
    s.store_destination(m.in(port, s.width));
    s.advance(Gpr::edi);
  });
}

template <InterpreterMachine M, class I>
void outs(M& m, const I& i) {
  const auto port = static_cast<uint16_t>(m.gpr(Gpr::edx, Width::d, false));
  Element<M, I> s(m, i, i.insn.op[1].width());
  if (!port_allowed(m, port, s.width)) return;
  repeat(m, i, false, [&] {
    const uint32_t v = s.load_source();
    if (m.failed()) return;
    s.advance(Gpr::esi);
    m.out(port, s.width, v);
  });
}

}  // namespace veil::x86::sem
