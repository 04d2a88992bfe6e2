// Groups go from stage to stage as the bits of the core say, and every cycle has a cause.
#include "sim/trace/pipeline.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace veil::sim;

namespace {

struct Gone : PipelineListener {
  std::vector<PipeGroup> groups;
  void left(const PipeGroup& group, uint64_t oldest) override {
    CHECK(oldest <= group.enters[stage_f]);
    groups.push_back(group);
  }
};

struct Rig {
  Pipeline pipeline;
  Gone gone;
  Rig() { pipeline.listen(&gone); }
  void cycle(unsigned bits, uint32_t pc = 0) { pipeline.cycle({static_cast<uint16_t>(bits), pc}); }
  uint64_t spent(Cause cause) const { return pipeline.spent().causes[static_cast<size_t>(cause)]; }
};

using B = PipeCycle;

}  // namespace

TEST_CASE("a group alone takes a cycle in each stage") {
  Rig rig;
  rig.cycle(B::block);
  rig.cycle(B::in_d, 0x1000);
  rig.cycle(B::in_r);
  rig.cycle(B::in_x);
  rig.cycle(B::in_m);
  CHECK(rig.gone.groups.empty());
  rig.cycle(B::in_w);
  REQUIRE(rig.gone.groups.size() == 1);
  const PipeGroup& group = rig.gone.groups[0];
  CHECK(group.pc == 0x1000);
  CHECK(group.enters == std::array<uint64_t, kStages>{0, 1, 2, 3, 4, 5});
  CHECK(group.ends == 6);
  CHECK(group.retired);
  CHECK(group.stalls.empty());
  CHECK(rig.spent(Cause::issue) == 1);
  CHECK(rig.pipeline.spent().cycles == 6);
  CHECK(rig.pipeline.surprises() == 0);
}

TEST_CASE("a hazard holds R and D, and its bubbles are charged when they reach W") {
  Rig rig;
  rig.cycle(B::block);
  rig.cycle(B::in_d, 0x1000);
  rig.cycle(B::in_d | B::in_r, 0x1004);
  rig.cycle(B::in_r | B::in_x | B::in_d | B::hazard | B::hazard_load, 0x1008);
  rig.cycle(B::in_r | B::in_m | B::in_d, 0x1008);
  rig.cycle(B::in_r | B::in_x | B::in_w);
  rig.cycle(B::in_x | B::in_m);
  CHECK(rig.spent(Cause::load) == 1);
  rig.cycle(B::in_m | B::in_w);
  rig.cycle(B::in_w);
  REQUIRE(rig.gone.groups.size() == 3);
  REQUIRE(rig.gone.groups[1].stalls.size() == 1);
  CHECK(rig.gone.groups[1].stalls[0].cause == Cause::load);
  CHECK(rig.gone.groups[1].stalls[0].from == 3);
  CHECK(rig.gone.groups[1].stalls[0].to == 4);
  CHECK(rig.spent(Cause::issue) == 3);
  CHECK(rig.pipeline.surprises() == 0);
}

TEST_CASE("frozen: W is charged, nothing moves") {
  Rig rig;
  rig.cycle(B::block);
  rig.cycle(B::in_d, 0x1000);
  rig.cycle(B::in_r);
  rig.cycle(B::in_x);
  rig.cycle(B::in_m);
  rig.cycle(B::in_w | B::frozen | B::memory);
  rig.cycle(B::in_w | B::frozen | B::memory | B::store_full);
  rig.cycle(B::in_w | B::frozen);
  rig.cycle(B::in_w | B::trap | B::redirect_w);
  CHECK(rig.spent(Cause::dcache) == 1);
  CHECK(rig.spent(Cause::store) == 1);
  CHECK(rig.spent(Cause::system) == 1);
  REQUIRE(rig.gone.groups.size() == 1);
  CHECK(rig.gone.groups[0].trapped);
  CHECK(!rig.gone.groups[0].retired);
  CHECK(rig.gone.groups[0].stalls.size() == 3);
}

TEST_CASE("redirects kill, and what comes late is charged to them") {
  Rig rig;
  rig.cycle(B::block);
  rig.cycle(B::in_d | B::block, 0x1000);
  rig.cycle(B::in_d | B::in_r, 0x1004);
  rig.cycle(B::in_d | B::in_r | B::in_x, 0x1008);
  rig.cycle(B::in_d | B::in_r | B::in_x | B::in_m | B::redirect_m, 0x100c);
  CHECK(rig.gone.groups.size() == 3);  // X, R, D
  rig.cycle(B::in_w | B::block);
  rig.cycle(B::in_d, 0x2000);
  rig.cycle(B::in_r);
  rig.cycle(B::in_x);
  rig.cycle(B::in_m);
  rig.cycle(B::in_w);
  CHECK(rig.gone.groups.size() == 5);
  CHECK(rig.gone.groups.back().pc == 0x2000);
  CHECK(rig.spent(Cause::redirect) == 5 + 4);  // before the first group, and after the branch
  CHECK(rig.pipeline.surprises() == 0);
}

TEST_CASE("empty fetch: a jump's bubble, then a refill") {
  Rig rig;
  rig.cycle(B::block);
  rig.cycle(B::in_d | B::jump, 0x1000);
  rig.cycle(B::in_r);
  rig.cycle(B::in_x | B::refilling);
  rig.cycle(B::in_m | B::refilling | B::block);
  rig.cycle(B::in_w | B::in_d, 0x2000);
  rig.cycle(B::in_r);
  rig.cycle(B::in_x);
  rig.cycle(B::in_m);
  rig.cycle(B::in_w);
  CHECK(rig.spent(Cause::jump) == 1);
  CHECK(rig.spent(Cause::icache) == 2);
  CHECK(rig.spent(Cause::issue) == 2);
}

TEST_CASE("a core that does something else is noticed") {
  Rig rig;
  rig.cycle(B::block);
  rig.cycle(B::in_d, 0x1000);
  rig.cycle(0);
  CHECK(rig.pipeline.surprises() == 1);
  rig.cycle(B::in_w);
  CHECK(rig.pipeline.surprises() == 2);
  CHECK(rig.pipeline.spent().cycles == 4);
}
