// A whole guest on the host: instructions, exceptions and interrupts through the IDT, single stepping. What the
// dispatcher is to NativeMachine, in its simplest form; for tests.
#pragma once

#include "x86/host/host_machine.h"

namespace veil::x86 {

// Runs one instruction, or takes the interrupt `irq` if there is one and it may be taken (then `irq` is emptied). With
// IF clear or after `sti` it waits. Stopped: halted with nothing to wake it, shutdown, unimplemented.
template <unsigned kLog2Entries>
Step system_step(HostMachine& m, DecodeCache<HostMachine, kLog2Entries>& cache, std::optional<uint8_t>& irq) {
  const bool open = (m.eflags() & sem::kIf) != 0 && !m.interrupts_inhibited();
  if (irq && open) {
    const uint8_t vector = *irq;
    irq.reset();
    return m.take(external_event(vector, m.repeating)) ? Step::block_end : Step::stopped;
  }
  if (m.state.words.halted != 0) {
    m.stop = Stop{Stop::Kind::halted, 0, {}};
    return Step::stopped;
  }
  const uint32_t eip = m.eip();
  const uint32_t eflags = m.eflags();
  m.interrupt_repeats = irq.has_value() && open;
  const Step result = step(m, cache);
  m.repeating = result != Step::stopped && m.stays() && cache.slot(eip).insn.rep != Rep::none;
  if (result == Step::stopped) {
    if (m.stop->kind == Stop::Kind::halted) return Step::block_end;
    if (m.stop->kind != Stop::Kind::exception) return Step::stopped;
    const Stop why = *m.stop;
    const auto event = fault_event(static_cast<Vector>(why.vector), why.error.value_or(0));
    return m.take(event, why.address) ? Step::block_end : Step::stopped;
  }
  if (!m.traps_inhibited() && sem::single_step_trap(cache.slot(eip).insn, eflags, m.eflags())) {
    m.state.words.dr6 |= sem::kDr6Bs;
    return m.take(trap_event(Vector::db, m.repeating)) ? Step::block_end : Step::stopped;
  }
  return result;
}

}  // namespace veil::x86
