// The decoded instruction: what the decoder makes of bytes, and all that semantics, interpreter and
// translator know of an instruction. A plain value: no pointers, no heap; also compiled for the firmware.
//
// Invariants: every operand of the table's row is in `op`, implicit ones that the SDM writes (AL, DX, 1) too; widths
// are resolved (operand size applied); `mem` is valid when an operand has kind mem; one at most has.
#pragma once

#include <cstdint>

#include "veil/x86/machine.h"
#include "veil/x86/table.h"  // generated from isa/x86.toml: Exec, Family

namespace veil::x86 {

// What the decoder must know of the processor's state. It is part of the key of every cache of decoded code.
struct Mode {
  bool code32 = true;   // CS.D: default operand and address size
  bool stack32 = true;  // SS.B: the stack pointer is ESP, otherwise SP
  friend bool operator==(const Mode&, const Mode&) = default;
};

enum class OperandKind : uint8_t {
  none,
  reg,         // general register `reg`; `high`: AH CH DH BH (then reg is EAX..EBX)
  mem,         // Insn::mem
  imm,         // Insn::imm, already extended to 32 bits as the form demands
  imm2,        // Insn::imm2 (second immediate of ENTER)
  rel,         // Insn::imm = displacement from the next instruction (sign-extended)
  far,         // Insn::imm = offset, Insn::imm2 = selector
  sreg,        // segment register `reg` (SDM number; 6 and 7 do not get past the decoder)
  creg,        // control register
  dreg,        // debug register
  st,          // x87 stack register
  string_src,  // seg:[eSI]
  string_dst,  // ES:[eDI]
};

struct Operand {
  OperandKind kind = OperandKind::none;
  uint8_t reg = 0;
  bool high = false;
  uint8_t bytes = 0;  // size of the operand; 0 for memory that only has an address (LEA, LGDT, FSAVE, ...)

  // Operands of general instructions have one of the three widths of the machine.
  [[nodiscard]] constexpr Width width() const { return bytes == 1 ? Width::b : bytes == 2 ? Width::w : Width::d; }
  [[nodiscard]] constexpr Gpr gpr() const { return static_cast<Gpr>(reg); }
};

constexpr uint8_t kNoRegister = 8;

struct MemOperand {
  Seg seg = Seg::ds;            // override or default applied
  uint8_t base = kNoRegister;   // general register or kNoRegister
  uint8_t index = kNoRegister;  // general register or kNoRegister
  uint8_t scale = 0;            // the index is shifted left by this
  uint32_t disp = 0;            // sign-extended
};

enum class Rep : uint8_t { none, rep /* F3: rep, repe */, repne /* F2 */ };

struct Insn {
  // What nearly every handler of the interpreter and the translator of plain instructions read comes first, in one
  // piece (x86/interpreter/interpreter.h).
  Operand op[3];
  MemOperand mem;
  uint32_t imm = 0;
  Exec exec{};         // the function of x86/semantics that executes it
  uint8_t opcode = 0;  // last opcode byte: jcc, setcc, cmovcc have their condition in the low four bits
  // 32-bit code without a prefix; the registers and memory that it names have 32 bits, too (but for the source of movzx
  // and movsx); not the interpreter's alone.
  bool plain = false;
  uint8_t length = 0;
  uint16_t row = 0;        // number of the row of isa/x86.toml: row_info(row)
  bool interpret = false;  // the translator leaves it to the interpreter
  Rep rep = Rep::none;
  uint32_t imm2 = 0;
  Width operand_size = Width::d;  // w or d: the effective operand size (prefix applied)
  Width address_size = Width::d;  // w or d
  Width stack_size = Width::d;    // w or d: width of the stack pointer (Mode::stack32)
  uint8_t modrm_reg = 0;          // ModRM.reg, if there is a ModRM byte
  bool lock = false;
  Seg segment = Seg::ds;  // segment of DS:[eSI], XLAT and moffs forms: override or DS

  [[nodiscard]] constexpr Cond cond() const { return static_cast<Cond>(opcode & 15); }
  [[nodiscard]] constexpr bool has_mem() const {
    return op[0].kind == OperandKind::mem || op[1].kind == OperandKind::mem || op[2].kind == OperandKind::mem;
  }
};

// What the table says about a form, beyond what Insn carries.
struct RowInfo {
  const char* mnemonic;    // with a 16-bit operand size
  const char* mnemonic32;  // with a 32-bit operand size (mostly the same)
  Exec exec;
  Family family;
  bool interpret;            // the translator leaves it to the interpreter
  bool ends;                 // ends a block: control may go elsewhere, or the mode may change
  bool lockable;             // LOCK is legal with a memory destination
  uint16_t flags_read;       // in EFLAGS positions, DF among them
  uint16_t flags_written;    // defined results
  uint16_t flags_undefined;  // undefined in the SDM; ours is the value that the semantics compute
};

const RowInfo& row_info(uint16_t row);
inline const RowInfo& row_info(const Insn& insn) { return row_info(insn.row); }
uint16_t row_count();

// Name of the instruction as assemblers write it.
const char* mnemonic(const Insn& insn);

}  // namespace veil::x86
