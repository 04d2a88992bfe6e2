// CSRs: what is kept of a write, counters, injected values.
#include <catch2/catch.hpp>

#include "rig.h"

using namespace veil;
using namespace veil::iss::test;
using isa::Csr;

namespace {

uint32_t write_read(Rig& rig, Csr csr, uint32_t value) {
  rig.s().x[5] = value;
  rig.group({enc::csrrw(0, 5, num(csr)), enc::csrrs(8, 0, num(csr))});
  rig.step();
  return rig.m.state().x[8];
}

}  // namespace

TEST_CASE("what is kept of all ones") {
  const auto kept = GENERATE(table<Csr, uint32_t>({
      {Csr::mstatus, 0x1888},
      {Csr::misa, 0x40801102},
      {Csr::mie, 0x880},
      {Csr::mtvec, 0xfffffffc},
      {Csr::mscratch, 0xffffffff},
      {Csr::mepc, 0xfffffffc},
      {Csr::mcause, 0x8000003f},
      {Csr::mtval, 0xffffffff},
      {Csr::mip, 0},
      {Csr::xtier, 15},
      {Csr::xbound, 0xfffff000},
      {Csr::xlock, 1},
      {Csr::xgic, 0xffffffff},
      {Csr::xgich, 0xffffffff},
      {Csr::xdeadline, 0xffffffff},
      {Csr::xlog, 0},
      {Csr::xtlbpa, 0xfffff007},
      {Csr::xtlbg0, 0xffffffff},
      {Csr::xtlbva, 0},
      {Csr::xtlbflush, 0},
      {Csr::xtlbmark, 0},
      {Csr::xtlbflat, 1},
      {Csr::xjtkey, 0xffffffff},
      {Csr::xjtval, 0},
      {Csr::xjttag, 255},
      {Csr::xsync, 0},
      {Csr::xctrsel, 31},
      {Csr::xsegbase3, ~0u},
      {Csr::xseglim5, ~0u},
      {Csr::xsegattr0, 15},
  }));
  Rig rig;
  CAPTURE(isa::csr_name(num(std::get<0>(kept))));
  CHECK(write_read(rig, std::get<0>(kept), 0xffffffff) == std::get<1>(kept));
}

TEST_CASE("xconfig says what the machine has") {
  Rig rig;
  rig.group({enc::csrrs(8, 0, num(Csr::xconfig))});
  const uint32_t value = rig.m.state().x[8];
  CHECK((value & 7) == 4);
  CHECK((value >> isa::xconfig::tlb_log2_shift & 15) == 6);
  CHECK((value >> isa::xconfig::store_buffer_shift & 63) == 16);
  CHECK((value >> isa::xconfig::alias_entries_shift & 63) == 16);
}

TEST_CASE("set and clear with x0 do not write") {
  Rig rig;
  const auto record = rig.group({enc::csrrs(8, 0, num(Csr::xconfig))});
  CHECK_FALSE(record.trap.taken);
  CHECK_FALSE(record.csr.valid);
  rig.s().x[5] = 0x10;
  const auto written = rig.group({enc::csrrs(8, 5, num(Csr::mscratch))});
  CHECK(written.csr.valid);
  CHECK(written.csr.value == 0x10);
}

TEST_CASE("xlog reaches the host and the record") {
  Rig rig;
  rig.s().x[5] = 0x10000042;
  const auto record = rig.group({enc::csrrw(0, 5, num(Csr::xlog))});
  CHECK(record.csr.value == 0x10000042);
  REQUIRE(rig.host.logs.size() == 1);
  CHECK(rig.host.logs[0] == 0x10000042);
}

TEST_CASE("minstret counts operations and can be written") {
  Rig rig;
  rig.group({enc::addi(8, 0, 1, false), enc::addi(9, 0, 1), enc::csrrs(10, 0, num(Csr::minstret))});
  rig.step();
  CHECK(rig.m.state().x[10] == 2);
  CHECK(write_read(rig, Csr::minstret, 1000) == 1000);
}

TEST_CASE("counters by tier") {
  Rig rig;
  rig.s().xtier = static_cast<uint32_t>(isa::Tier::run_hot);
  rig.group({enc::addi(8, 0, 1)});
  CHECK(rig.m.counter(isa::Counter::operations, static_cast<unsigned>(isa::Tier::run_hot)) == 1);
  CHECK(rig.m.counter(isa::Counter::operations, static_cast<unsigned>(isa::Tier::boot)) == 0);
  CHECK(write_read(rig, Csr::xctrsel, static_cast<uint32_t>(isa::Counter::operations)) != 0);
  rig.m.inject(77);
  rig.group({enc::csrrs(8, 0, num(Csr::xctrlo))});
  CHECK(rig.m.state().x[8] == 77);
  rig.group({enc::csrrs(8, 0, num(Csr::xctrlo))});
  CHECK(rig.m.state().x[8] == 4);  // all tiers: the addi, a write, a read, the injected read
}

TEST_CASE("xtlbflush drops an entry, all with bit 0") {
  Rig rig;
  rig.guest_memory(0x5000, kData);
  rig.map(0x6000, kData, 0);
  rig.map(0x45000, kData, 0);
  rig.s().x[5] = 0x45000;
  rig.group({enc::csrrw(0, 5, num(Csr::xtlbflush))});
  CHECK(tlb_walk(rig.s(), 0x45, -1) < 0);
  CHECK(tlb_walk(rig.s(), 5, -1) >= 0);
  CHECK(tlb_walk(rig.s(), 6, -1) >= 0);
  rig.s().x[5] = 0x5000;  // in the first level by now
  rig.group({enc::csrrw(0, 5, num(Csr::xtlbflush))});
  CHECK(tlb_find(rig.m.state(), 5) < 0);
  CHECK(tlb_walk(rig.s(), 5, -1) < 0);
  CHECK(tlb_find(rig.m.state(), 6) >= 0);
  rig.group({enc::csrrwi(0, num(Csr::xtlbflush), 1)});
  CHECK(tlb_find(rig.m.state(), 6) < 0);
  CHECK(tlb_walk(rig.s(), 6, -1) < 0);
}
