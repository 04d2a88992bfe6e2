// xadd, cmpxchg, cmpxchg8b. One processor: LOCK needs nothing here.
#pragma once

#include "x86/semantics/operands.h"

namespace veil::x86::sem {

template <class M, class I>
void xadd(M& m, const I& i) {
  Place<0, M, I> place(m, i);
  const auto a = place.read_to_write();
  const auto sum = m.alu(FlagFn::add, i.width(0), a, read<1>(m, i));
  write<1>(m, i, a);
  place.write(sum);  // last: xadd eax, eax leaves the sum
}

template <class M, class I>
void cmpxchg(M& m, const I& i) {
  const Width w = i.width(0);
  Place<0, M, I> place(m, i);
  const auto old = place.read_to_write();
  const auto accumulator = m.gpr(Gpr::eax, w, false);
  const auto source = read<1>(m, i);
  (void)m.alu(FlagFn::sub, w, accumulator, old);
  m.set_gpr(Gpr::eax, w, false, m.select(Cond::z, accumulator, old));
  place.write(m.select(Cond::z, source, old));  // memory is written in any case (SDM)
}

template <class M, class I>
void cmpxchg8b(M& m, const I& i) {
  const auto gpr = [&](Gpr r) { return m.gpr(r, Width::d, false); };
  const Seg s = i.insn.mem.seg;
  const auto low_at = address(m, i);
  const auto high_at = wrap(m, i, m.op(Fn::add, low_at, m.imm(4)));
  const auto low = load_to_write(m, s, low_at, Width::d);
  const auto high = load_to_write(m, s, high_at, Width::d);
  const auto same = m.op(Fn::and_, m.op(Fn::seq, low, gpr(Gpr::eax)), m.op(Fn::seq, high, gpr(Gpr::edx)));
  m.store(s, low_at, Width::d, m.select_value(same, gpr(Gpr::ebx), low));
  m.store(s, high_at, Width::d, m.select_value(same, gpr(Gpr::ecx), high));
  m.set_gpr(Gpr::eax, Width::d, false, low);  // unchanged when they were the same
  m.set_gpr(Gpr::edx, Width::d, false, high);
  const auto kept = m.op(Fn::and_, m.flags(), m.imm(~kZf));
  m.set_flags(m.op(Fn::or_, kept, m.op(Fn::shl, same, m.imm(6))));
}

}  // namespace veil::x86::sem
