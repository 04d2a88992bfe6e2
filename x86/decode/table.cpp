// The generated tables and access to them.
#include "x86/decode/table.h"

namespace veil::x86 {

namespace table {
namespace {
#include "veil/x86/table.inc"
}  // namespace

const Row& row(uint16_t number) { return kRows[number]; }
const Node& node(uint16_t entry) { return kNodes[entry & ~kNodeBit]; }
uint16_t child(const Node& n, unsigned which) { return kChildren[n.first + which]; }
uint16_t root(unsigned map, uint8_t opcode) { return kMaps[map][opcode]; }

}  // namespace table

const RowInfo& row_info(uint16_t row) { return table::kRows[row].info; }
uint16_t row_count() { return sizeof(table::kRows) / sizeof(table::kRows[0]); }

const char* mnemonic(const Insn& insn) {
  const table::Row& row = table::kRows[insn.row];
  const Width w = (row.flags & table::kByAddress) != 0 ? insn.address_size : insn.operand_size;
  return w == Width::w ? row.info.mnemonic : row.info.mnemonic32;
}

}  // namespace veil::x86
