// The SystemVerilog decoder of the generated package against the C++ one, on words of every operation and random ones.
#include <cstdio>
#include <random>

#include "Vsv_probe.h"
#include "veil/isa/native.h"

using namespace veil::isa;

namespace {

bool same(Vsv_probe& probe, uint32_t word) {
  const Decoded d = decode(word);
  const OpInfo& i = info(d.op);
  probe.word_i = word;
  probe.eval();
  const auto imm = static_cast<uint32_t>(d.imm);
  bool ok = probe.op_o == static_cast<unsigned>(d.op) && probe.unit_o == static_cast<unsigned>(i.unit) &&
            probe.has_rd_o == i.has_rd && probe.has_rs1_o == i.has_rs1 && probe.has_rs2_o == i.has_rs2;
  switch (d.op) {
    case Op::addi:
    case Op::g_lw:
      ok = ok && probe.imm12_o == imm;
      break;
    case Op::sw:
    case Op::g_sb:
      ok = ok && probe.simm12_o == imm;
      break;
    case Op::beq:
      ok = ok && probe.boff_o == imm;
      break;
    case Op::jal:
      ok = ok && probe.joff_o == imm;
      break;
    case Op::x_j:
      ok = ok && probe.jump17_o == imm;
      break;
    case Op::x_b:
      ok = ok && probe.br13_o == imm;
      break;
    case Op::gx_sw:
      ok = ok && probe.disp7_o == imm;
      break;
    default:
      break;
  }
  if (!ok) {
    std::printf("%08x: C++ %s, SystemVerilog operation %u\n", word, i.name, static_cast<unsigned>(probe.op_o));
  }
  return ok;
}

}  // namespace

int main() {
  Vsv_probe probe;
  std::mt19937 random(4);
  unsigned bad = 0, words = 0;
  for (unsigned n = 1; n < kOpCount; n++) {
    const OpInfo& op = info(static_cast<Op>(n));
    for (int i = 0; i < 1000; i++) {
      // One fixed bit wrong, now and then: bit 1 is 1 in every operation and not checked.
      uint32_t word = op.match | (static_cast<uint32_t>(random()) & ~op.mask);
      if (i % 4 == 0) word ^= 1u << random() % 32;
      if ((word & 2) == 0) continue;
      words++;
      if (!same(probe, word)) bad++;
    }
  }
  for (int i = 0; i < 200000; i++, words++) {
    if (!same(probe, static_cast<uint32_t>(random()) | 2)) bad++;
  }
  std::printf("%u words, %u differences\n", words, bad);
  return bad == 0 ? 0 : 1;
}
