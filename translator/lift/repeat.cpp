// rep movs and rep stos: a block that does as many elements as the store buffer holds for certain, commits without
// retiring an instruction, and jumps to itself. With fewer elements left, or DF set, it rolls back to its start and the
// interpreter finishes the instruction, which also retires it. So guest time and faults are exact: between two
// commits the guest is where the SDM lets an interrupt find it, at the instruction with ECX, ESI and EDI advanced.
//
// Loads and stores keep their order: source and destination may overlap in any way.
#include "lift/repeat.h"

#include "veil/isa/platform.h"

namespace veil::translator {

namespace {

constexpr unsigned kStoreEntries = 14;
constexpr uint32_t kDf = 0x400;  // EFLAGS

}  // namespace

bool repeats(const x86::Insn& insn) {
  return insn.rep == x86::Rep::rep && insn.address_size == x86::Width::d &&
         (insn.exec == x86::Exec::movs || insn.exec == x86::Exec::stos);
}

void lift_repeat(IrMachine& m, const x86::Insn& insn, uint32_t eip) {
  using x86::Fn;
  using x86::Gpr;
  using x86::Seg;
  using x86::Width;
  const Width width = insn.op[0].width();
  const uint32_t bytes = insn.op[0].bytes;
  const uint32_t elements = width == Width::b ? kStoreEntries : kStoreEntries / 2;
  const bool move = insn.exec == x86::Exec::movs;
  const IrValue count = m.gpr(Gpr::ecx, Width::d, false);
  const IrValue source = m.gpr(Gpr::esi, Width::d, false);
  const IrValue destination = m.gpr(Gpr::edi, Width::d, false);
  const auto plus = [&](IrValue value, uint32_t n) { return m.op(Fn::add, value, m.imm(n)); };
  m.require_zero_now(m.op(Fn::sltu, count, m.imm(elements)));  // a store behind the end might trap for nothing
  m.require_zero(m.op(Fn::and_, m.state(platform::guest_state::eflags), m.imm(kDf)));
  for (uint32_t i = 0; i < elements; ++i) {
    const IrValue value = move ? m.load(insn.segment, plus(source, i * bytes), width) : m.gpr(Gpr::eax, width, false);
    m.store(Seg::es, plus(destination, i * bytes), width, value);
  }
  if (move) m.set_gpr(Gpr::esi, Width::d, false, plus(source, elements * bytes));
  m.set_gpr(Gpr::edi, Width::d, false, plus(destination, elements * bytes));
  m.set_gpr(Gpr::ecx, Width::d, false, plus(count, 0u - elements));
  m.again(eip);
}

}  // namespace veil::translator
