// Which instructions on system state a translator does, and on what conditions.
//
// A translation reads and writes the guest state block as it does memory, so everything waits for its commit. What a
// condition excludes the interpreter does: at translation time (needs_interpreter), or at run time (require_zero).
#pragma once

#include "veil/x86/insn.h"
#include "veil/x86/machine.h"

namespace veil::x86::sem {

// What is known of the guest when a translation is made.
struct SystemMode {
  bool ring0_to_2 = false;  // not ring 3
  bool counted = false;     // time is the number of instructions, and what is in `time_passed` of the state block
};

inline bool needs_interpreter(const Insn& insn, SystemMode mode) {
  switch (insn.exec) {
    case Exec::cli:
    case Exec::sti:
    case Exec::popf:
    case Exec::clts:
    case Exec::mov_from_cr:
      return !mode.ring0_to_2;
    case Exec::mov_to_cr:  // CR0 (see set_cr0) and CR2: the other ones change what addresses mean
      return !mode.ring0_to_2 || insn.op[0].reg > 2;
    case Exec::mov_to_sreg:
    case Exec::pop_sreg:  // SS holds interrupts back
      return !mode.ring0_to_2 || insn.op[0].reg == static_cast<uint8_t>(Seg::ss);
    case Exec::rdtsc:
      return !mode.counted;
    default:
      return false;
  }
}

// A block of its own: what cannot be compared step by step (identity, time, control and segment registers), and what
// counts from the start of the block (rdtsc).
inline bool stands_alone(const Insn& insn) {
  switch (insn.exec) {
    case Exec::cpuid:
    case Exec::rdtsc:
    case Exec::clts:
    case Exec::mov_from_cr:
    case Exec::mov_to_cr:
    case Exec::mov_to_sreg:
    case Exec::pop_sreg:
      return true;
    default:
      return false;
  }
}

// Interrupts are held back until the instruction that follows is done: it is in the same block.
inline bool holds_interrupts(const Insn& insn) { return insn.exec == Exec::sti; }

}  // namespace veil::x86::sem
