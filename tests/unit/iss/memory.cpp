// Guest, monitor-segment and ordinary accesses: checks in order, gated data, alias table.
#include <catch2/catch.hpp>

#include "rig.h"

using namespace veil;
using namespace veil::iss::test;
using isa::Cause;
using isa::Seg;

namespace {

void check_trap(const sim::GroupRecord& record, Cause cause, uint32_t tval) {
  REQUIRE(record.trap.taken);
  CHECK(std::string(isa::cause_name(record.trap.cause)) == isa::cause_name(num(cause)));
  CHECK(record.trap.tval == tval);
}

// Speculative, one page mapped at linear 0x5000 to kData, x6 = address, x7 = data.
struct GuestRig : Rig {
  explicit GuestRig(uint32_t address = 0x5000, uint32_t data = 0x11223344) {
    guest_memory(0x5000, kData);
    s().x[6] = address;
    s().x[7] = data;
    speculate();
  }
  void address(uint32_t a) { s().x[6] = a; }
  sim::GroupRecord store() { return group({enc::g_sw(6, 7, 0)}); }
  sim::GroupRecord load() { return group({enc::g_lw(9, 6, 0)}); }
};

}  // namespace

TEST_CASE("guest stores wait, are seen by every kind of load, and reach memory at the commit") {
  GuestRig rig;
  CHECK(rig.store().mem.gated);
  CHECK(rig.word(kData) == 0);
  rig.address(0x5002);
  CHECK(rig.group({enc::g_lhu(9, 6, 0)}).regs[0].value == 0x1122);
  rig.address(kData + 1);
  CHECK(rig.group({enc::lb(9, 6, 0)}).regs[0].value == 0x33);
  rig.address(kData);
  CHECK(rig.group({enc::gx_lw({.rd = 9, .rs1 = 6, .seg = Seg::mon})}).regs[0].value == 0x11223344);
  rig.group({enc::x_commit(1)});
  CHECK(rig.word(kData) == 0x11223344);
}

TEST_CASE("an ordinary store is older than uncommitted gated stores") {
  GuestRig rig;
  rig.address(0x5001);
  rig.group({enc::g_sb(6, 7, 0)});
  rig.address(kData);
  rig.s().x[8] = 0xaabbccdd;
  rig.group({enc::sw(6, 8, 0)});
  CHECK(rig.group({enc::lw(9, 6, 0)}).regs[0].value == 0xaabb44dd);
  CHECK(rig.word(kData) == 0xaabbccdd);
  rig.group({enc::x_commit(0)});
  CHECK(rig.word(kData) == 0xaabb44dd);
}

TEST_CASE("unaligned accesses: over a word and over a page") {
  GuestRig rig(0x5003);
  rig.store();
  CHECK(rig.m.state().gated.size() == 2);
  CHECK(rig.load().regs[0].value == 0x11223344);
  rig.address(0x5ffe);
  check_trap(rig.store(), Cause::tlb_store, 0x6000);
  rig.s().xstatus = xs::spec;
  rig.map(0x6000, kData + 0x5000, isa::tlb::write);
  const auto record = rig.store();
  CHECK(record.mem.address == kData + 0xffe);
  CHECK(record.mem.address2 == kData + 0x5000);
  CHECK(rig.load().regs[0].value == 0x11223344);
  rig.group({enc::x_commit(0)});
  CHECK(rig.word(kData + 0xffc) == 0x33440000);
  CHECK(rig.word(kData + 0x5000) == 0x1122);
  CHECK(rig.word(kData) == 0x44000000);
  CHECK(rig.word(kData + 4) == 0x112233);
}

TEST_CASE("narrow guest loads extend") {
  GuestRig rig(0x5000, 0x8081);
  rig.store();
  CHECK(rig.group({enc::g_lb(9, 6, 0)}).regs[0].value == 0xffffff81);
  CHECK(rig.group({enc::g_lbu(9, 6, 1)}).regs[0].value == 0x80);
  CHECK(rig.group({enc::g_lh(9, 6, 0)}).regs[0].value == 0xffff8081);
  CHECK(rig.group({enc::g_lhu(9, 6, 0)}).regs[0].value == 0x8081);
}

TEST_CASE("address of gx loads and stores") {
  GuestRig rig(0x4000);
  rig.set_word(kData + 0x24, 0x99);
  rig.s().x[8] = 0x3f9;
  CHECK(rig.group({enc::gx_lw({.rd = 9, .rs1 = 6, .rs2 = 8, .scale = 2, .wide = true}), 0x40}).regs[0].value == 0x99);
  rig.address(0x5010);
  CHECK(rig.group({enc::gx_sb({.rs1 = 6, .rs2 = 7, .disp7 = -16})}).mem.address == kData);
  CHECK(rig.group({enc::gx_sb({.rs1 = 6, .rs2 = 7, .disp7 = 63})}).mem.address == kData + 0x10 + 63);
  CHECK(rig.group({enc::gx_sb({.rs1 = 6, .rs2 = 7, .disp7 = 5, .wide = true}), 0x20}).mem.address == kData + 0x30);
}

TEST_CASE("segment checks") {
  GuestRig rig;
  auto& ds = rig.s().segments[3];
  ds = {0x5000 - 0x100, 0x10f, isa::segattr::read | isa::segattr::write};
  const auto at = [&](uint32_t offset, bool store) {
    rig.s().xstatus = xs::spec;
    rig.address(offset);
    return rig.group(
        {store ? enc::gx_sw({.rs1 = 6, .rs2 = 7, .seg = Seg::ds}) : enc::gx_lw({.rd = 9, .rs1 = 6, .seg = Seg::ds})});
  };
  CHECK(at(0x10c, true).mem.address == kData + 0xc);
  check_trap(at(0x10d, true), Cause::segment, 0x500d);
  check_trap(at(0xfffffffe, false), Cause::segment, 0x4efe);
  rig.s().segments[3].attributes = isa::segattr::read;
  check_trap(at(0x100, true), Cause::segment, 0x5000);
  CHECK_FALSE(at(0x100, false).trap.taken);
  rig.s().segments[3].attributes = isa::segattr::write;
  check_trap(at(0x100, false), Cause::segment, 0x5000);
  // Expand-down: above the limit, up to 0xffff or 0xffffffff.
  rig.s().segments[3] = {0x5000u - 0xff00u, 0xfeff, isa::segattr::read | isa::segattr::down};
  CHECK_FALSE(at(0xff00, false).trap.taken);
  check_trap(at(0xfefe, false), Cause::segment, 0x4ffe);
  check_trap(at(0xfffe, false), Cause::segment, 0x50fe);
  rig.s().segments[3].attributes |= isa::segattr::big;
  CHECK_FALSE(at(0xfffe, false).trap.taken);
}

TEST_CASE("page checks come in order, the low part first") {
  GuestRig rig(0x5000);
  const auto entry = [&](uint32_t bits, uint64_t granules, uint32_t physical = kData) {
    rig.s().xstatus = xs::spec | (rig.m.state().xstatus & xs::user);
    rig.map(0x5000, physical, bits, granules);
  };
  entry(isa::tlb::io, 1);
  check_trap(rig.store(), Cause::protection, 0x5000);
  entry(isa::tlb::io | isa::tlb::write, 1, kBound);
  check_trap(rig.store(), Cause::io, 0x5000);
  entry(isa::tlb::io, 0);
  check_trap(rig.load(), Cause::io, 0x5000);
  entry(isa::tlb::write, 1, kBound);
  check_trap(rig.store(), Cause::bound, 0x5000);
  entry(isa::tlb::write, 1ull << 63, kData);
  rig.address(0x5fbd);
  check_trap(rig.store(), Cause::code_write, 0x5fbd);
  entry(isa::tlb::write, 1ull << 63, kData);
  rig.address(0x5fbc);
  CHECK_FALSE(rig.store().trap.taken);
  CHECK_FALSE(rig.load().trap.taken);
  rig.s().xstatus |= xs::user;
  check_trap(rig.load(), Cause::protection, 0x5fbc);
  // Both pages bad: the low one is named.
  entry(isa::tlb::write | isa::tlb::user, 1ull << 63);
  rig.address(0x5ffe);
  check_trap(rig.store(), Cause::code_write, 0x5ffe);
}

TEST_CASE("nothing of concealed memory can be reached with a bound below it") {
  GuestRig rig;
  for (uint32_t physical : {kBound, kDram - 4096, platform::concealed_window, platform::mmio}) {
    rig.s().xstatus = xs::spec;
    rig.map(0x5000, physical, isa::tlb::write | isa::tlb::user);
    check_trap(rig.load(), Cause::bound, 0x5000);
    rig.s().xstatus = xs::spec;
    check_trap(rig.store(), Cause::bound, 0x5000);
  }
}

TEST_CASE("xbound locks until reset") {
  Rig rig;
  rig.s().x[5] = 0x123fff;
  rig.s().x[6] = 0x7000;
  rig.group({enc::csrrw(0, 5, num(isa::Csr::xbound)), enc::csrrwi(0, num(isa::Csr::xlock), 1),
             enc::csrrw(0, 6, num(isa::Csr::xbound)), enc::csrrwi(0, num(isa::Csr::xlock), 0),
             enc::csrrw(0, 6, num(isa::Csr::xbound))});
  for (int i = 0; i < 4; i++) rig.step();
  CHECK(rig.m.state().xbound == 0x123000);
  CHECK(rig.m.state().xlock == 1);
  rig.m.reset();
  CHECK(rig.m.state().xbound == 0);
  CHECK(rig.m.state().xlock == 0);
}

TEST_CASE("a full store buffer traps; committed stores make room") {
  GuestRig rig(0x5000);
  for (uint32_t i = 0; i < 15; i++) {
    rig.address(0x5000 + i * 4);
    REQUIRE_FALSE(rig.store().trap.taken);
  }
  rig.address(0x5101);
  check_trap(rig.store(), Cause::store_overflow, 0x5101);
  rig.s().xstatus = xs::spec;
  rig.address(0x5000);
  for (uint32_t i = 0; i < 16; i++) REQUIRE_FALSE(rig.store().trap.taken);
  check_trap(rig.store(), Cause::store_overflow, 0x5000);
  CHECK(rig.m.counter(isa::Counter::overflow_traps) == 2);
  CHECK(rig.m.counter(isa::Counter::store_buffer_high) == 16);
  // In monitor mode each group's stores commit with it.
  for (int i = 0; i < 20; i++) REQUIRE_FALSE(rig.store().trap.taken);
}

TEST_CASE("alias table: protected loads and checked stores") {
  GuestRig rig(0x5002);
  const auto protect = [&](uint32_t address) {
    rig.address(address);
    return rig.group({enc::gx_lw({.rd = 9, .rs1 = 6, .seg = Seg::flat, .guard = true})});
  };
  const auto check = [&](uint32_t address) {
    rig.s().xstatus = xs::spec;
    rig.address(address);
    return rig.group({enc::gx_sb({.rs1 = 6, .rs2 = 7, .seg = Seg::flat, .guard = true})});
  };
  CHECK_FALSE(protect(0x5002).trap.taken);
  CHECK_FALSE(check(0x5001).trap.taken);
  CHECK_FALSE(check(0x5006).trap.taken);
  SECTION("first byte") { check_trap(check(0x5002), Cause::alias, 0x5002); }
  SECTION("last byte") { check_trap(check(0x5005), Cause::alias, 0x5005); }
  SECTION("unchecked store") {
    rig.address(0x5002);
    CHECK_FALSE(rig.store().trap.taken);
  }
  SECTION("commit empties") {
    rig.group({enc::x_commit(0)});
    CHECK_FALSE(check(0x5002).trap.taken);
  }
  SECTION("full table") {
    for (int i = 0; i < 7; i++) REQUIRE_FALSE(protect(0x5002).trap.taken);
    check_trap(protect(0x5010), Cause::alias, 0x5010);
  }
  SECTION("another linear address of the same byte") {
    rig.map(0x8000, kData, isa::tlb::write);
    check_trap(check(0x8003), Cause::alias, 0x8003);
  }
}

TEST_CASE("monitor-segment accesses: aligned, no TLB, gated, not the host port") {
  Rig rig;
  rig.s().x[6] = platform::guest_state_address;
  rig.s().x[7] = 5;
  rig.speculate();
  const uint32_t store = enc::gx_sw({.rs1 = 6, .rs2 = 7, .seg = Seg::mon});
  CHECK(rig.group({store}).mem.gated);
  CHECK(rig.word(platform::guest_state_address) == 0);
  rig.s().x[6] = platform::guest_state_address + 2;
  check_trap(rig.group({store}), Cause::store_misaligned, platform::guest_state_address + 2);
  rig.s().x[6] = platform::mmio;
  check_trap(rig.group({store}), Cause::store_access, platform::mmio);
}

TEST_CASE("ordinary accesses: alignment, holes, window alias, host port") {
  Rig rig;
  rig.s().x[6] = platform::concealed_window + 0x200000;
  rig.s().x[7] = 0xabcd;
  rig.group({enc::sw(6, 7, 0)});
  CHECK(rig.word(kDram - platform::concealed_size + 0x200000) == 0xabcd);
  rig.s().x[6] = kDram;
  check_trap(rig.group({enc::lw(9, 6, 0)}), Cause::load_access, kDram);
  check_trap(rig.group({enc::sb(6, 7, 0)}), Cause::store_access, kDram);
  rig.s().x[6] = platform::mmio;
  check_trap(rig.group({enc::lbu(9, 6, 0)}), Cause::load_access, platform::mmio);
  rig.host.answer = 0x1234;
  CHECK(rig.group({enc::lw(9, 6, 4)}).regs[0].value == 0x1234);
  rig.m.inject(0x4321);
  CHECK(rig.group({enc::lw(9, 6, 4)}).regs[0].value == 0x4321);
  rig.group({enc::sw(6, 7, 0)});
  REQUIRE(rig.host.writes.size() == 1);
  CHECK(rig.host.writes[0].value == 0xabcd);
}

TEST_CASE("the host's exit register ends a run") {
  Rig rig;
  rig.s().x[6] = platform::mmio;
  rig.code(kCode, {enc::sw(6, 0, platform::host::exit), enc::jal(0, 0)});
  CHECK(rig.m.run({.groups = 1000}) == 1);
}
