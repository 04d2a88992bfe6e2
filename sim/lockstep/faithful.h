// What the guest checker does not leave to its reference, instruction by instruction: the one table of exceptions
// (docs/internals/lockstep.md shows it). Everything else the reference must get exactly as Veil does.
#pragma once

#include <Zydis/Zydis.h>

#include <cstdint>
#include <span>
#include <string>

namespace veil::lockstep {

// A decoded guest instruction, as far as the checker needs it.
struct GuestInstruction {
  bool valid = false;
  bool taken_over = false;  // not executed by the reference: Veil's result is adopted
  bool flushes = false;     // the guest wants its pages to be looked up anew: invlpg, control registers
  bool repeats = false;     // rep prefix on a string instruction
  bool jumps = false;       // a branch, call or return
  uint8_t length = 0;
  uint32_t reads_flags = 0;  // EFLAGS bits whose old value matters
  uint32_t writes_flags = 0;
  ZydisMnemonic mnemonic = ZYDIS_MNEMONIC_INVALID;
  uint16_t operand_bits = 0;
  bool count_in_cl = false;
  bool memory_shift = false;  // shifts memory by CL, or by two operands: see undefined_flags
  uint8_t count = 0;
};

GuestInstruction decode_guest(std::span<const uint8_t> bytes, bool code32 = true);

// EFLAGS bits that the instruction leaves undefined, or that the reference gets wrong. `ecx` is its value before.
uint32_t undefined_flags(const GuestInstruction& instruction, uint32_t ecx);
// EFLAGS bits that it gives a defined value (so an older undefined one is lost).
uint32_t defined_flags(const GuestInstruction& instruction, uint32_t ecx);
// Its destination has no defined value either (double shifts by more than their width).
bool undefined_result(const GuestInstruction& instruction, uint32_t ecx);

// One line per instruction, "address  bytes  text", in Intel syntax.
std::string disassemble_guest(std::span<const uint8_t> bytes, uint32_t eip, unsigned count);

}  // namespace veil::lockstep
