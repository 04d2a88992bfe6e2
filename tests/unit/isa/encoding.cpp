// Encoders, decoder, properties and disassembler agree with each other and with the RISC-V manual's own examples.
#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "veil/isa/configs.h"
#include "veil/isa/disasm.h"
#include "veil/isa/platform.h"

using namespace veil::isa;

namespace {

// A random word of the operation that is not one of its undefined patterns.
uint32_t random_word(Op op, std::mt19937& random) {
  for (;;) {
    const uint32_t word = info(op).match | (static_cast<uint32_t>(random()) & ~info(op).mask);
    if (decode(word).op == op) return word;
  }
}

}  // namespace

TEST_CASE("every operation survives decode and encode, the group bit included") {
  std::mt19937 random(1);
  for (unsigned n = 1; n < kOpCount; n++) {
    const Op op = static_cast<Op>(n);
    CAPTURE(info(op).name);
    for (int i = 0; i < 500; i++) {
      const uint32_t word = random_word(op, random);
      const Decoded d = decode(word);
      REQUIRE(d.op == op);
      REQUIRE(d.end == ((word & 1) != 0));
      REQUIRE(encode(d) == word);
    }
  }
}

TEST_CASE("random words decode to nothing or to themselves") {
  std::mt19937 random(2);
  unsigned found = 0;
  for (int i = 0; i < 300000; i++) {
    const uint32_t word = static_cast<uint32_t>(random());
    const Decoded d = decode(word);
    if (d.op == Op::illegal) continue;
    found++;
    REQUIRE((word & 2) != 0);
    REQUIRE(encode(d) == word);
  }
  CHECK(found > 1000);
}

TEST_CASE("disassembly begins with the operation's name") {
  std::mt19937 random(3);
  for (unsigned n = 1; n < kOpCount; n++) {
    const Op op = static_cast<Op>(n);
    for (int i = 0; i < 50; i++) {
      const std::string text = disassemble(random_word(op, random), 0x1234, 0x1000);
      CAPTURE(text);
      REQUIRE(text.rfind(info(op).name, 0) == 0);
    }
  }
  CHECK(disassemble(0, 0, 0) == ".word 0x0");
}

TEST_CASE("words from the manuals") {
  CHECK(enc::addi(0, 0, 0) == 0x00000013);
  CHECK(enc::jal(1, 2048) == 0x001000ef);
  CHECK(enc::beq(10, 11, -4) == 0xfeb50ee3);
  CHECK(enc::sw(2, 8, -20) == 0xfe812623);
  CHECK(enc::ecall() == 0x00000073);
  CHECK(enc::mret() == 0x30200073);
  CHECK(enc::add(1, 2, 3, false) == (enc::add(1, 2, 3) & ~1u));
}

TEST_CASE("fields of Xveil operations come back") {
  const Decoded load =
      decode(enc::gx_lw({.rd = 3, .rs1 = 4, .rs2 = 5, .seg = Seg::fs, .scale = 2, .wide = true, .guard = true}, false));
  CHECK(load.op == Op::gx_lw);
  CHECK(load.seg == Seg::fs);
  CHECK(load.scale == 2);
  CHECK(load.guard);
  CHECK(is_wide(load));
  CHECK_FALSE(load.end);
  const Decoded branch = decode(enc::x_b({.cond = Cond::ng, .fbit = 1, .br13 = -4096, .count = 31, .likely = true}));
  CHECK(branch.cond == Cond::ng);
  CHECK(branch.imm == -4096);
  CHECK(branch.count == 31);
  CHECK(commits(branch));
  const Decoded store = decode(enc::gx_sb({.rs1 = 1, .rs2 = 2, .seg = Seg::mon, .disp7 = -64}));
  CHECK(store.imm == -64);
  CHECK(decode(enc::x_alu(AluFn::rsb, {.rd = 1, .rs1 = 2, .rs2 = 3, .fd = 2, .width = Width::h})).op == Op::x_rsb);
}

TEST_CASE("undefined patterns are illegal") {
  CHECK(decode(enc::x_getf(5, 0)).op == Op::illegal);
  CHECK(decode(enc::x_cmov({.rd = 1, .rs1 = 2, .rs2 = 3, .cond = Cond::z, .fd = 0})).op == Op::illegal);
  CHECK(decode(enc::gx_lw({.rd = 1, .rs1 = 2, .seg = Seg::mon, .guard = true})).op == Op::illegal);
  CHECK(decode(enc::gx_lw({.rd = 1, .rs1 = 2, .seg = Seg::mon})).op == Op::gx_lw);
  const uint32_t mov = enc::x_mov({.rd = 1, .rs1 = 2, .rs2 = 3});
  CHECK(decode(mov).op == Op::x_mov);
  CHECK(decode(mov | 1u << 26).op == Op::illegal);
}

TEST_CASE("registers and flags that an operation touches") {
  const auto of = [](uint32_t word) { return uses(decode(word)); };
  CHECK(of(enc::add(1, 2, 3)).reads == 0xc);
  CHECK(of(enc::add(1, 2, 3)).writes == 2);
  CHECK(of(enc::add(0, 0, 3)).writes == 0);
  CHECK(of(enc::sw(5, 6, 0)).reads == (1u << 5 | 1u << 6));
  CHECK(of(enc::x_add({.rd = 1, .rs1 = 1, .rs2 = 7, .src2 = Src2::imm5})).reads == 2);
  CHECK(of(enc::x_add({.rd = 1, .rs1 = 1, .rs2 = 7, .src2 = Src2::high})).reads == (2u | 1u << 7));
  CHECK(of(enc::x_add({.rd = 1, .rs1 = 1, .fd = 2})).flag_writes == 4);
  CHECK(of(enc::x_add({.rd = 1, .rs1 = 1, .fd = 2})).flag_reads == 0);
  CHECK(of(enc::x_adc({.rd = 1, .rs1 = 1})).flag_reads == 2);
  CHECK(of(enc::x_adc({.rd = 1, .rs1 = 1, .fd = 3})).flag_reads == 8);
  CHECK(of(enc::x_shl({.rd = 1, .rs1 = 1, .fd = 1})).flag_reads == 2);
  CHECK(of(enc::x_shl({.rd = 1, .rs1 = 1})).flag_reads == 0);
  CHECK(of(enc::x_b({.fbit = 1})).flag_reads == 4);
  CHECK(of(enc::x_setc(5, 2)).flag_reads == 4);
  CHECK(of(enc::x_setc(5, 2)).flag_writes == 4);
}

TEST_CASE("ranges of immediates") {
  CHECK(fits_imm12(2047));
  CHECK_FALSE(fits_imm12(2048));
  CHECK(fits_br13(-4096));
  CHECK_FALSE(fits_br13(4096));
  CHECK(fits_joff(1048574));
  CHECK_FALSE(fits_joff(1048575));
  CHECK(fits_count(31));
  CHECK_FALSE(fits_count(32));
  CHECK(fits_disp7(-64));
  CHECK_FALSE(fits_disp7(64));
}

TEST_CASE("groups are printed one a line, wide immediates with their operation") {
  const uint32_t words[] = {enc::x_add({.rd = 8, .rs1 = 8, .src2 = Src2::wide}, false), 0xdead, enc::addi(9, 0, 1),
                            enc::x_commit(3)};
  CHECK(disassemble_groups(words, 0x1000) ==
        "00001000  x.add.d s0, s0, 0xdead  |  addi s1, zero, 1\n"
        "0000100c  x.commit 3\n");
}

TEST_CASE("configurations are found by name") {
  REQUIRE(find_config("w2", 2) != nullptr);
  CHECK(find_config("w2", 2)->width == 2);
  CHECK(find_config("w", 1) == nullptr);
  CHECK(find_config("w22", 3) == nullptr);
}
