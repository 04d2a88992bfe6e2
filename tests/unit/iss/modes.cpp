// Monitor, speculative and hold mode: commit, rollback, traps, interrupts, deadline.
#include <catch2/catch.hpp>

#include "rig.h"

using namespace veil;
using namespace veil::iss::test;
using isa::Cause;
using isa::Csr;

namespace {
const uint32_t kStoreMon = enc::gx_sw({.rs1 = 6, .rs2 = 7, .seg = isa::Seg::mon});
}

TEST_CASE("rollback brings back registers, flags and memory of the last commit") {
  Rig rig;
  rig.s().x[6] = kData;
  rig.s().x[7] = 0x55;
  rig.s().f[1] = isa::flag::zf;
  rig.speculate();
  rig.group({enc::addi(8, 0, 1), kStoreMon, enc::x_sub({.rd = 9, .rs1 = 0, .rs2 = 7, .fd = 1}), enc::x_rollback()});
  rig.step();
  rig.step();
  CHECK(rig.m.state().gated.size() == 1);
  CHECK(rig.m.state().f[1] != isa::flag::zf);
  CHECK(rig.word(kData) == 0);
  const auto record = rig.step();
  CHECK(record.rolled_back);
  CHECK(record.next_pc == kCode + 16);
  CHECK(rig.m.state().x[8] == 0);
  CHECK(rig.m.state().f[1] == isa::flag::zf);
  CHECK(rig.m.state().gated.empty());
  CHECK(rig.word(kData) == 0);
}

TEST_CASE("commit makes the whole group permanent and counts guest instructions") {
  Rig rig;
  rig.s().x[6] = kData;
  rig.s().x[7] = 0x55;
  rig.s().xgic = 0xffffffff;
  rig.s().xdeadline = 100;
  rig.speculate();
  const auto record = rig.group({enc::x_commit(3, false), kStoreMon & ~1u, enc::addi(9, 0, 4)});
  CHECK(record.committed);
  CHECK(record.commit_count == 3);
  CHECK(record.mem.gated);
  const auto& s = rig.m.state();
  CHECK(s.committed_x[9] == 4);
  CHECK(s.xgic == 0x100000002ull);
  CHECK(s.xcpc == kCode);
  CHECK(rig.word(kData) == 0x55);
  CHECK(rig.m.counter(isa::Counter::guest_instructions) == 3);
  CHECK(rig.m.counter(isa::Counter::commits) == 1);
}

TEST_CASE("a trap in speculative mode rolls back and enters the handler") {
  Rig rig;
  rig.s().mstatus = 0x1808;
  rig.s().x[8] = 5;
  rig.speculate();
  rig.group({enc::addi(8, 0, 1), enc::ecall()});
  const auto record = rig.step();
  REQUIRE(record.trap.taken);
  CHECK(record.trap.rolled_back);
  CHECK(record.speculative);
  const auto& s = rig.m.state();
  CHECK(s.x[8] == 5);
  CHECK(s.xstatus == xs::pspec);
  CHECK(s.mepc == kCode + 4);
  CHECK(s.mcause == num(Cause::ecall));
  CHECK(s.mstatus == 0x1880);
  CHECK(s.pc == kHandler);
  // Back into speculation from here.
  rig.group({enc::mret()});
  CHECK(rig.m.state().xstatus == (xs::spec | xs::pspec));
  CHECK(rig.m.state().pc == kCode + 4);
  CHECK(rig.m.state().mstatus == 0x1888);
}

TEST_CASE("a TLB miss holds the speculation; the handler returns into it") {
  Rig rig;
  rig.guest_memory(0x5000, kData);
  rig.set_word(kData, 0x77);
  tlb_drop(rig.s(), 5);
  rig.s().x[6] = 0x5000;
  rig.speculate();
  rig.group({enc::addi(8, 0, 1), enc::g_lw(9, 6, 0)});
  auto record = rig.step();
  REQUIRE(record.trap.taken);
  CHECK_FALSE(record.trap.rolled_back);
  CHECK(record.trap.cause == num(Cause::tlb_load));
  CHECK(record.trap.tval == 0x5000);
  CHECK(rig.m.state().xstatus == (xs::pspec | xs::hold));
  CHECK(rig.m.state().x[8] == 1);
  CHECK(rig.m.state().committed_x[8] == 0);
  // The handler's groups do not commit.
  rig.s().x[10] = kData | isa::tlb::write;
  rig.s().x[11] = 0x5000;
  rig.group(
      {enc::csrrw(0, 10, num(Csr::xtlbpa)), enc::csrrw(0, 11, num(Csr::xtlbva)), enc::addi(12, 0, 9), enc::mret()},
      kHandler);
  rig.step();
  rig.step();
  CHECK(rig.m.state().committed_x[12] == 0);
  record = rig.step();
  CHECK(record.next_pc == kCode + 4);
  CHECK(rig.m.state().xstatus == (xs::spec | xs::pspec));
  record = rig.step();
  CHECK_FALSE(record.trap.taken);
  CHECK(rig.m.state().x[9] == 0x77);
  CHECK(rig.m.state().committed_x[8] == 0);
}

TEST_CASE("hold mode: rollback abandons, clearing hold keeps") {
  Rig rig;
  rig.s().xbound = kBound;
  rig.s().x[6] = 0x5000;
  rig.speculate();
  rig.group({enc::addi(8, 0, 1), enc::g_lw(9, 6, 0)});
  rig.step();
  REQUIRE((rig.m.state().xstatus & xs::hold) != 0);
  SECTION("rollback") {
    const auto record = rig.group({enc::x_rollback()}, kHandler);
    CHECK(record.rolled_back);
    CHECK(rig.m.state().x[8] == 0);
    CHECK(rig.m.state().xstatus == xs::pspec);
  }
  SECTION("CSR write") {
    rig.group({enc::csrrci(0, num(Csr::xstatus), xs::hold)}, kHandler);
    CHECK(rig.m.state().xstatus == xs::pspec);
    CHECK(rig.m.state().x[8] == 1);
    CHECK(rig.m.state().committed_x[8] == 1);
  }
}

TEST_CASE("setting spec starts from the state after the write; clearing it commits") {
  Rig rig;
  rig.s().x[6] = kData;
  rig.s().x[7] = 0x55;
  rig.group({enc::csrrsi(8, num(Csr::xstatus), xs::spec), kStoreMon, enc::csrrci(9, num(Csr::xstatus), xs::spec)});
  CHECK(rig.m.state().xstatus == xs::spec);
  rig.step();
  CHECK(rig.word(kData) == 0);
  const uint64_t gic = rig.m.state().xgic;
  rig.step();
  CHECK(rig.word(kData) == 0x55);
  CHECK(rig.m.state().committed_x[9] == xs::spec);
  CHECK(rig.m.state().xgic == gic);
}

TEST_CASE("deadline traps a commit that would pass it, and nothing of the group has happened") {
  Rig rig;
  rig.s().x[6] = kData;
  rig.s().x[7] = 0x55;
  rig.s().xgic = 10;
  rig.s().xdeadline = 12;
  SECTION("at the deadline it is still a commit") {
    rig.speculate();
    CHECK(rig.group({enc::x_commit(2)}).committed);
  }
  SECTION("x.commit with an ordinary store") {
    rig.speculate();
    const auto record = rig.group({enc::sw(6, 7, 0, false), enc::x_commit(3)});
    CHECK(record.trap.cause == num(Cause::deadline));
    CHECK(record.trap.rolled_back);
    CHECK(record.mem.kind == sim::MemKind::none);
    CHECK(rig.word(kData) == 0);
    CHECK(rig.m.state().xgic == 10);
  }
  SECTION("a fault of the memory operation comes first") {
    rig.s().x[6] = 0x40000000;
    rig.speculate();
    CHECK(rig.group({enc::sw(6, 7, 0, false), enc::x_commit(3)}).trap.cause == num(Cause::store_access));
  }
  SECTION("x.j and x.b") {
    rig.speculate();
    CHECK(rig.group({enc::x_j(5, 3)}).trap.cause == num(Cause::deadline));
    rig.speculate();
    CHECK(rig.group({enc::x_b({.cond = isa::Cond::o, .br13 = 8, .count = 3})}).trap.cause == num(Cause::deadline));
  }
  SECTION("not in monitor mode") { CHECK(rig.group({enc::x_commit(3)}).committed); }
  SECTION("signed 32-bit difference") {
    rig.s().xgic = 0xfffffff0;
    rig.s().xdeadline = 5;
    rig.speculate();
    CHECK(rig.group({enc::x_commit(31)}).trap.cause == num(Cause::deadline));
    rig.speculate();
    CHECK(rig.group({enc::x_commit(21)}).committed);
  }
}

TEST_CASE("interrupts are taken in speculative mode only, and roll back") {
  Rig rig;
  rig.s().mie = 1u << 7 | 1u << 11;
  rig.m.set_interrupts(1u << 7);
  CHECK_FALSE(rig.group({enc::addi(8, 0, 1)}).trap.taken);
  rig.speculate();
  rig.s().x[9] = 99;
  rig.m.set_interrupts(1u << 7 | 1u << 11);
  const auto record = rig.step();
  CHECK(record.trap.cause == (isa::kInterrupt | 11));
  CHECK(record.trap.epc == kCode + 4);
  CHECK(rig.m.state().x[9] == 0);
  CHECK(rig.m.counter(isa::Counter::rollbacks) == 1);
}

TEST_CASE("x.j, x.b, x.jt commit as they should") {
  Rig rig;
  rig.s().x[5] = 0x1234567;
  rig.s().xjtkey = 0x1234567;
  rig.speculate();
  auto record = rig.group({enc::x_j(16, 2)});
  CHECK(record.committed);
  CHECK(record.next_pc == kCode + 64);
  record = rig.group({enc::x_j(-1, 0)});
  CHECK_FALSE(record.committed);
  CHECK(record.next_pc == kCode - 4);
  record = rig.group({enc::x_b({.cond = isa::Cond::c, .br13 = 8, .count = 1})});
  CHECK(record.committed);
  CHECK(record.next_pc == kCode + 4);
  rig.s().f[2] = isa::flag::cf;
  record = rig.group({enc::x_b({.cond = isa::Cond::c, .fbit = 1, .br13 = -8})});
  CHECK_FALSE(record.committed);
  CHECK(record.next_pc == kCode - 32);
  record = rig.group({enc::x_jt(5, 4)});
  CHECK_FALSE(record.committed);
  CHECK(record.next_pc == kCode + 4);
  rig.s().x[7] = kCode + 0x400;
  rig.group({enc::csrrw(0, 7, num(Csr::xjtval))});
  record = rig.group({enc::x_jt(5, 4)});
  CHECK(record.committed);
  CHECK(record.commit_count == 4);
  CHECK(record.next_pc == kCode + 0x400);
  CHECK(rig.m.counter(isa::Counter::jump_table_lookups) == 2);
  CHECK(rig.m.counter(isa::Counter::jump_table_hits) == 1);
  // Under another tag the entry is not seen; under its own it is there again.
  rig.group({enc::csrrwi(0, num(Csr::xjttag), 5)});
  CHECK(rig.group({enc::x_jt(5, 4)}).next_pc == kCode + 4);
  rig.group({enc::csrrwi(0, num(Csr::xjttag), 0)});
  CHECK(rig.group({enc::x_jt(5, 4)}).next_pc == kCode + 0x400);
  rig.group({enc::csrrwi(0, num(Csr::xjttag), 5)});
  // The entry at the index goes, whatever EIP and tag it holds.
  rig.s().x[7] = iss::jump_index(0x1234567, static_cast<uint32_t>(rig.s().jump_table.size()));
  rig.group({enc::csrrwi(0, num(Csr::xjttag), 0)});
  rig.group({enc::csrrw(0, 7, num(Csr::xjtflush))});
  CHECK(rig.group({enc::x_jt(5, 4)}).next_pc == kCode + 4);
}

TEST_CASE("a handler that traps in its first group is stuck") {
  Rig rig;
  rig.code(kHandler, {0});
  rig.group({enc::ecall()});
  CHECK_FALSE(rig.m.stuck());
  rig.step();
  CHECK(rig.m.stuck());
}
