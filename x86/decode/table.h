// The decoder's view of the guest table: rows with operand forms, and the tree of nodes that leads to them.
#pragma once

#include <cstdint>

#include "veil/x86/insn.h"

namespace veil::x86::table {

enum class Form : uint8_t {
  none,
  rm,          // E: ModRM.rm, register or memory
  reg,         // G: ModRM.reg
  mem,         // M: ModRM.rm, memory only (the tree has sorted out the rest)
  rm_reg,      // R: ModRM.rm names a register whatever ModRM.mod says
  sreg,        // S
  creg,        // C
  dreg,        // D
  imm,         // I
  imm_signed,  // sI: sign-extended from a byte
  rel,         // J
  far,         // A
  moffs,       // O
  string_src,  // X
  string_dst,  // Y
  opcode_reg,  // Z: low three bits of the opcode
  st,          // F: x87 register, or memory of the size
  gpr,         // the register that the row names
  fixed_sreg,  // the segment register that the row names
  one,         // the constant 1
};

enum class Size : uint8_t { none, b, w, d, v /* 2 or 4 */, q, p /* 4 or 6 */, a /* two of v */, s /* 6 */, t /* 10 */ };

struct OperandForm {
  Form form = Form::none;
  Size size = Size::none;
  uint8_t reg = 0;
};

constexpr uint8_t kModrm = 1;      // a ModRM byte follows the opcode
constexpr uint8_t kByAddress = 2;  // the mnemonic depends on the address size

struct Row {
  RowInfo info;
  uint8_t flags;
  OperandForm op[3];
};

// Entries of maps and children: 0 = no instruction, n < 0x8000 = row n - 1, 0x8000 + n = node n.
constexpr uint16_t kNodeBit = 0x8000;

struct Node {
  enum Kind : uint8_t { prefix /* without, with F3 */, mod /* memory, register */, reg, rm } kind;
  uint16_t first;  // index of its first child
};

const Row& row(uint16_t number);
const Node& node(uint16_t entry);
uint16_t child(const Node& n, unsigned which);
uint16_t root(unsigned map, uint8_t opcode);

}  // namespace veil::x86::table
