// Group rules, sequential meaning, atomic traps.
#include <catch2/catch.hpp>

#include "rig.h"

using namespace veil;
using namespace veil::iss::test;
using isa::Cause;

namespace {

// The group is illegal and the trap names the operation `word`.
void check_illegal(std::initializer_list<uint32_t> words, uint32_t word, const char* config = "w4",
                   uint32_t at = kCode) {
  Rig rig(*isa::find_config(config, 2));
  const auto record = rig.group(words, at);
  REQUIRE(record.trap.taken);
  CHECK(record.operations == 0);
  CHECK(record.trap.cause == num(Cause::illegal));
  CHECK(record.trap.tval == word);
  CHECK(record.trap.epc == at);
  CHECK(record.next_pc == kHandler);
}

}  // namespace

TEST_CASE("operations of a group execute in order and retire together") {
  Rig rig;
  rig.s().x[5] = 7;
  const auto record = rig.group({enc::addi(8, 5, 1, false), enc::addi(10, 5, 2, false), enc::addi(5, 0, 3, true)});
  CHECK_FALSE(record.trap.taken);
  CHECK(record.operations == 3);
  REQUIRE(record.reg_count == 3);
  CHECK(record.regs[0].reg == 8);
  CHECK(record.regs[0].value == 8);
  CHECK(record.regs[1].value == 9);
  CHECK(record.regs[2].reg == 5);
  CHECK(record.regs[2].value == 3);
  CHECK(record.next_pc == kCode + 12);
  CHECK(rig.m.state().x[5] == 3);
}

TEST_CASE("a load may overwrite a register that an earlier operation of its group reads") {
  Rig rig;
  rig.set_word(kData, 0x1234);
  rig.s().x[5] = 7;
  rig.s().x[6] = kData;
  const auto record = rig.group({enc::addi(8, 5, 1, false), enc::lw(5, 6, 0, true)});
  CHECK(record.operations == 2);
  CHECK(rig.m.state().x[8] == 8);
  CHECK(rig.m.state().x[5] == 0x1234);
}

TEST_CASE("rules of groups") {
  const uint32_t a = enc::addi(8, 0, 1, false);
  SECTION("reads an earlier result") { check_illegal({a, enc::addi(9, 8, 0)}, enc::addi(9, 8, 0)); }
  SECTION("writes an earlier result") { check_illegal({a, enc::addi(8, 5, 0)}, enc::addi(8, 5, 0)); }
  SECTION("same bank") { check_illegal({a, enc::addi(12, 0, 0)}, enc::addi(12, 0, 0)); }
  SECTION("same bank at width 2") { check_illegal({a, enc::addi(10, 0, 0)}, enc::addi(10, 0, 0), "w2"); }
  SECTION("other bank at width 2 is legal") {
    Rig rig(*isa::find_config("w2", 2));
    CHECK(rig.group({a, enc::addi(9, 0, 0)}).operations == 2);
  }
  SECTION("flags of an earlier result") {
    const uint32_t cmp = enc::x_sub({.rd = 0, .rs1 = 5, .rs2 = 6, .fd = 1}, false);
    const uint32_t get = enc::x_getf(9, 1);
    check_illegal({cmp, get}, get);
  }
  SECTION("x0 has no owner") {
    Rig rig;
    CHECK(rig.group({enc::addi(0, 0, 1, false), enc::addi(0, 0, 2, false), enc::addi(4, 0, 2)}).operations == 3);
  }
  SECTION("jump not last") { check_illegal({enc::jal(0, 16, false), enc::addi(8, 0, 1)}, enc::jal(0, 16, false)); }
  SECTION("system not alone") { check_illegal({a, enc::csrrs(9, 0, 0x300)}, enc::csrrs(9, 0, 0x300)); }
  SECTION("divide not alone") { check_illegal({a, enc::div(9, 5, 6)}, enc::div(9, 5, 6)); }
  SECTION("rollback not alone") { check_illegal({a, enc::x_rollback()}, enc::x_rollback()); }
  SECTION("two memory operations") { check_illegal({enc::lw(8, 5, 0, false), enc::lw(9, 5, 4)}, enc::lw(9, 5, 4)); }
  SECTION("memory and multiplication") {
    check_illegal({enc::lw(8, 5, 0, false), enc::mul(9, 5, 6)}, enc::mul(9, 5, 6));
  }
  SECTION("memory and jalr") { check_illegal({enc::lw(8, 5, 0, false), enc::jalr(1, 5, 0)}, enc::jalr(1, 5, 0)); }
  SECTION("memory and jal is legal") {
    Rig rig;
    rig.s().x[5] = kData;
    CHECK(rig.group({enc::lw(8, 5, 0, false), enc::jal(1, 16)}).operations == 2);
  }
  SECTION("two commits") { check_illegal({enc::x_commit(1, false), enc::x_j(4, 1)}, enc::x_j(4, 1)); }
  SECTION("crosses its fetch block") { check_illegal({a}, a, "w1"); }
  SECTION("crosses its fetch block at its end") {
    check_illegal({enc::addi(8, 0, 1, false), enc::addi(9, 0, 1)}, a, "w4", kCode + 12);
  }
  SECTION("wide immediate at width 1") {
    const uint32_t wide = enc::x_add({.rd = 8, .rs1 = 8, .src2 = isa::Src2::wide});
    check_illegal({wide, 5}, wide, "w1");
  }
  SECTION("wide immediate after the block") {
    const uint32_t wide = enc::x_add({.rd = 8, .rs1 = 8, .src2 = isa::Src2::wide});
    check_illegal({wide, 5}, wide, "w2", kCode + 4);
  }
  SECTION("undefined patterns") {
    check_illegal({0xffffffff}, 0xffffffff);
    const uint32_t no_flag = enc::x_getf(8, 0);
    check_illegal({no_flag}, no_flag);
    const uint32_t guarded = enc::gx_lw({.rd = 8, .rs1 = 5, .seg = isa::Seg::mon, .guard = true});
    check_illegal({guarded}, guarded);
    check_illegal({enc::csrrs(8, 0, 0x123)}, enc::csrrs(8, 0, 0x123));
    check_illegal({enc::csrrw(8, 5, num(isa::Csr::xconfig))}, enc::csrrw(8, 5, num(isa::Csr::xconfig)));
  }
}

TEST_CASE("wide immediates take the next slot") {
  Rig rig(*isa::find_config("w2", 2));
  rig.s().x[8] = 1;
  const auto record = rig.group({enc::x_add({.rd = 8, .rs1 = 8, .src2 = isa::Src2::wide}), 0xfffffff0});
  CHECK(record.operations == 1);
  CHECK(record.next_pc == kCode + 8);
  CHECK(rig.m.state().x[8] == 0xfffffff1);
}

TEST_CASE("a trap undoes the whole group in monitor mode") {
  Rig rig;
  rig.s().x[5] = kData + 1;
  const auto record = rig.group({enc::addi(8, 0, 1, false), enc::lw(9, 5, 0)});
  REQUIRE(record.trap.taken);
  CHECK(record.trap.cause == num(Cause::load_misaligned));
  CHECK(record.trap.tval == kData + 1);
  CHECK(rig.m.state().x[8] == 0);
  CHECK(rig.m.state().mepc == kCode);
}

TEST_CASE("a misaligned jump undoes the operations before it") {
  Rig rig;
  rig.s().x[5] = kCode + 6;
  SECTION("alone") {
    const auto record = rig.group({enc::jalr(1, 5, 1)});
    CHECK(record.trap.cause == num(Cause::fetch_misaligned));
    CHECK(record.trap.tval == kCode + 6);
    CHECK(rig.m.state().x[1] == 0);
  }
  SECTION("after another") {
    const auto record = rig.group({enc::addi(8, 0, 1, false), enc::jalr(1, 5, 0)});
    CHECK(record.trap.cause == num(Cause::fetch_misaligned));
    CHECK(rig.m.state().x[8] == 0);
  }
  SECTION("branch not taken") { CHECK_FALSE(rig.group({enc::addi(8, 0, 1, false), enc::bne(0, 0, 6)}).trap.taken); }
  SECTION("branch taken after a store") {
    rig.s().x[6] = kData;
    const auto record = rig.group({enc::sw(6, 6, 0, false), enc::beq(0, 0, 6)});
    CHECK(record.trap.cause == num(Cause::fetch_misaligned));
    CHECK(rig.word(kData) == 0);
  }
}

TEST_CASE("fetch outside memory") {
  Rig rig;
  rig.s().pc = 0x40000000;
  const auto record = rig.step();
  CHECK(record.trap.cause == num(Cause::load_access));
  CHECK(record.trap.tval == 0x40000000);
}

TEST_CASE("changed code is seen after xsync and after fence.i") {
  Rig rig;
  rig.code(kCode, {enc::addi(8, 0, 1), enc::jal(0, -4)});
  rig.m.run({.groups = 2});
  CHECK(rig.m.state().x[8] == 1);
  rig.set_word(kCode, enc::addi(8, 0, 2));
  rig.s().x[5] = kCode + 28;
  rig.code(kCode + 0x100, {enc::csrrw(0, 5, num(isa::Csr::xsync))});
  rig.set_word(kCode, enc::addi(8, 0, 3));
  rig.s().pc = kCode + 0x100;
  rig.step();
  rig.s().pc = kCode;
  rig.step();
  CHECK(rig.m.state().x[8] == 3);
  rig.set_word(kCode, enc::addi(8, 0, 4));
  rig.set_word(kCode + 0x200, enc::fence_i(0, 0, 0));
  rig.s().pc = kCode + 0x200;
  rig.step();
  rig.s().pc = kCode;
  rig.step();
  CHECK(rig.m.state().x[8] == 4);
}
