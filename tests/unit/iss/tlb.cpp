// The TLB's two levels: what stays, what comes back without the firmware, what does not.
#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "rig.h"

namespace veil::iss::test {
namespace {

constexpr uint32_t kPages = 1u << 20;

TlbEntry entry_of(uint32_t page) { return {true, page << 12, page << 12 | isa::tlb::write, page}; }

// An access: found, walked for, or (entered first) the firmware's.
struct Counted {
  State& s;
  unsigned walks = 0, misses = 0;
  void access(uint32_t page) {
    int at = tlb_find(s, page);
    if (at < 0) {
      walks++;
      at = tlb_walk(s, page, -1);
    }
    if (at < 0) {
      misses++;
      tlb_enter(s, entry_of(page));
      at = tlb_walk(s, page, -1);
    }
    REQUIRE(at >= 0);
    const TlbEntry& entry = s.tlb[static_cast<size_t>(at)];
    REQUIRE(entry == entry_of(page));
  }
};

}  // namespace

TEST_CASE("two, three and four pages at any distance stay side by side") {
  Rig rig;
  std::minstd_rand engine(1);
  const auto random = [&engine] { return static_cast<uint32_t>(engine()); };
  const uint32_t count = GENERATE(2u, 3u, 4u);
  const uint32_t log2 = GENERATE(range(0u, 18u));
  for (unsigned trial = 0; trial < 8; trial++) {
    for (unsigned i = 0; i < 300; i++) Counted{rig.s()}.access(random() % kPages);  // it is full of others
    const uint32_t first = random() % kPages;
    Counted counted{rig.s()};
    for (unsigned i = 0; i < 1000; i++) counted.access((first + (i % count << log2)) % kPages);
    CHECK(counted.walks < 24);
    CHECK(counted.misses <= count);
  }
}

TEST_CASE("48 pages at random places miss on less than two percent") {
  Rig rig;
  std::minstd_rand engine(2);
  const auto random = [&engine] { return static_cast<uint32_t>(engine()); };
  const bool in_turn = GENERATE(false, true);
  for (unsigned trial = 0; trial < 50; trial++) {
    std::vector<uint32_t> pages(48);
    const uint32_t span = trial % 2 == 0 ? kPages : 8192;
    for (uint32_t& page : pages) page = random() % span;
    Counted counted{rig.s()};
    for (unsigned i = 0; i < 20'000; i++) counted.access(pages[in_turn ? i % 48 : random() % 48]);
    CHECK(counted.walks < 400);
    CHECK(counted.misses < 64);
  }
}

TEST_CASE("what the firmware has entered comes back by itself") {
  Rig rig;
  for (uint32_t page = 0; page < 512; page++) tlb_enter(rig.s(), entry_of(page * 7));
  Counted counted{rig.s()};
  for (uint32_t page = 0; page < 512; page++) counted.access(page * 7);
  CHECK(counted.walks == 512);
  CHECK(counted.misses == 0);
}

TEST_CASE("flat pages need no entry: below the bound, not marked, and only if the machine is flat") {
  Rig rig;
  State& s = rig.s();
  s.xbound = 0x100000;
  CHECK(tlb_walk(s, 5, -1) < 0);
  s.xtlbflat = 1;
  const int at = tlb_walk(s, 5, -1);
  REQUIRE(at >= 0);
  CHECK(s.tlb[static_cast<size_t>(at)] == TlbEntry{true, 0x5000, 0x5000 | isa::tlb::write | isa::tlb::user, 0});
  CHECK(tlb_walk(s, 0xff, -1) >= 0);
  CHECK(tlb_walk(s, 0x100, -1) < 0);
  tlb_mark(s, 5, true);
  CHECK(tlb_find(s, 5) < 0);
  CHECK(tlb_walk(s, 5, -1) < 0);
  CHECK(tlb_walk(s, 6, -1) >= 0);
  tlb_enter(s, entry_of(5));
  CHECK(tlb_walk(s, 5, -1) >= 0);
  tlb_mark(s, 5, false);
  CHECK(tlb_find(s, 5) < 0);
  CHECK(tlb_walk(s, 5, -1) >= 0);
  s.xbound = 0x20000000;
  tlb_mark(s, 0x4006, true);  // 64 MiB further on: the same mark
  CHECK(tlb_find(s, 6) >= 0);
  tlb_drop(s, 6);
  CHECK(tlb_walk(s, 6, -1) < 0);
}

TEST_CASE("an access across two pages keeps the first page's entry while the second's comes in") {
  Rig rig;
  State& s = rig.s();
  std::minstd_rand engine(3);
  const auto random = [&engine] { return static_cast<uint32_t>(engine()); };
  for (unsigned i = 0; i < 2000; i++) {
    const uint32_t page = random() % (kPages - 1);
    for (const uint32_t p : {page, page + 1}) tlb_enter(s, entry_of(p));
    const int first = tlb_walk(s, page, -1);
    REQUIRE(first >= 0);
    REQUIRE(tlb_walk(s, page + 1, first) >= 0);
    REQUIRE(tlb_find(s, page) == first);
  }
}

}  // namespace veil::iss::test
