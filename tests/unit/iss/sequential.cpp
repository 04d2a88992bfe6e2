// Groups have sequential meaning: a group executed at once and the same operations executed one by one end alike.
#include <algorithm>
#include <catch2/catch.hpp>

#include "group_builder.h"
#include "random.h"
#include "rig.h"

using namespace veil;
using namespace veil::iss::test;

namespace {

// Sets the group bit of every operation: each becomes a group of its own.
std::vector<uint32_t> split(const std::vector<uint32_t>& words) {
  std::vector<uint32_t> out = words;
  for (size_t i = 0; i < out.size();) {
    const bool wide = isa::is_wide(isa::decode(out[i]));
    out[i] |= 1;
    i += wide ? 2 : 1;
  }
  return out;
}

}  // namespace

TEST_CASE("a group and its operations one by one give the same result") {
  unsigned wide_groups = 0;
  for (unsigned width : {2u, 4u}) {
    fuzz::Random random(width);
    const fuzz::GroupLimits limits{.guest_memory = true,
                                   .speculative = false,
                                   .wild = false,
                                   .low = 24,
                                   .scratch = 26,
                                   .mon = 27,
                                   .guest = 28,
                                   .first_reserved = 24,
                                   .last_reserved = 30};
    Rig whole(*isa::find_config(width == 2 ? "w2" : "w4", 2)), single(*isa::find_config(width == 2 ? "w2" : "w4", 2));
    for (int i = 0; i < 5000; i++) {
      fuzz::GroupBuilder builder(width);
      const auto branch = fuzz::random_group(builder, random, limits);
      const size_t length = builder.here();
      while (builder.here() < 2 * width) builder.single(enc::addi(0, 0, 0));
      if (branch) builder.patch_branch(*branch);
      const std::vector<uint32_t> words = builder.take();

      for (Rig* rig : {&whole, &single}) {
        auto& s = rig->s();
        s.xstatus = xs::spec;  // nothing commits by itself; TLB misses apart, nothing traps
        for (unsigned r = 1; r < 32; r++) s.x[r] = single.m.state().x[r];
        s.x[24] = s.x[26] = kData + 0x800;
        s.x[27] = kData + 0x1800;
        for (unsigned r = 28; r < 31; r++) s.x[r] = kData + 0x2800 + r * 2;
        s.committed_x = s.x;
        s.gated.clear();
        s.protected_.clear();
        s.xbound = kBound;
        for (auto& segment : s.segments) segment = {0, ~0u, isa::segattr::read | isa::segattr::write};
        for (uint32_t page = 0; page < s.tlb.size(); page++) rig->map(page << 12, page << 12, isa::tlb::write);
        const auto text = rig == &whole ? words : split(words);
        for (size_t w = 0; w < text.size(); w++) rig->set_word(kCode + static_cast<uint32_t>(w) * 4, text[w]);
        rig->m.flush_decoded();
        rig->s().pc = kCode;
      }
      const sim::GroupRecord record = whole.step();
      if (record.trap.taken) {  // a wide displacement out of reach: both do nothing
        whole.s() = single.m.state();
        continue;
      }
      if (record.operations > 1) wide_groups++;
      unsigned retired = 0;
      while (retired < record.operations) {
        const auto one = single.step();
        REQUIRE_FALSE(one.trap.taken);
        retired += one.operations;
      }
      CAPTURE(width, i, length);
      REQUIRE(whole.m.state().x == single.m.state().x);
      REQUIRE(whole.m.state().f == single.m.state().f);
      REQUIRE(whole.m.state().gated == single.m.state().gated);
      REQUIRE(whole.m.state().pc == single.m.state().pc);
      REQUIRE(std::equal(whole.dram.begin(), whole.dram.begin() + 2 * kData, single.dram.begin()));
    }
  }
  CHECK(wide_groups > 2000);
}
