// Prints random words of every operation of the base ISA and our disassembly of each, for binutils.py:
// words SEED COUNT -> lines "hex<TAB>text", the n-th word standing at address 4 * n.
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

#include "veil/isa/disasm.h"

using namespace veil::isa;

int main(int argc, char** argv) {
  if (argc != 3) return 64;
  std::mt19937 random(static_cast<unsigned>(std::atoi(argv[1])));
  uint32_t pc = 0;
  for (unsigned n = 1; n < static_cast<unsigned>(Op::x_add); n++) {
    const OpInfo& op = info(static_cast<Op>(n));
    for (int i = 0; i < std::atoi(argv[2]); i++, pc += 4) {
      Decoded d = decode(op.match | 1 | (static_cast<uint32_t>(random()) & ~op.mask));
      if (d.op >= Op::csrrw && d.op <= Op::csrrci) d.csr = static_cast<uint16_t>(i % 2 != 0 ? Csr::mepc : Csr::mtvec);
      if (d.op == Op::fence) d.imm = 0x0ff, d.rd = d.rs1 = 0;  // binutils knows only these forms
      if (d.op == Op::fence_i) d.imm = 0, d.rd = d.rs1 = 0;
      const uint32_t word = encode(d);
      std::printf("%08x\t%s\n", word, disassemble(word, 0, pc).c_str());
    }
  }
}
