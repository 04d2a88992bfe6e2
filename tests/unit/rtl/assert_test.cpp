// The forms of assertions (rtl/include/veil_assert.svh), and how a failed one reaches whoever runs the model.
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "Vassert_probe.h"
#include "sim/rtl/failures.h"
#include "sim/rtl/printed.h"
#include "verilated.h"

namespace {

using namespace veil::sim::rtl;

struct Probe {
  VerilatedContext context;
  std::unique_ptr<Vassert_probe> model;
  std::vector<Failure> failures;
  uint64_t cycle = 0;

  Probe() {
    context.fatalOnError(false);
    model = std::make_unique<Vassert_probe>(&context);
    model->holds_i = 1;
    reset(2);
  }
  ~Probe() { model->final(); }

  void clock() {
    model->clk_i = 1;
    model->eval();
    model->clk_i = 0;
    model->eval();
    if (context.gotError()) {
      context.gotError(false);
      context.gotFinish(false);
      add_failures(take_printed(), cycle, failures);
    }
    cycle++;
  }
  void reset(unsigned cycles) {
    model->rst_ni = 0;
    for (unsigned i = 0; i < cycles; i++) clock();
    model->rst_ni = 1;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const Failure& failure : failures) found.push_back(failure.assertion);
    return found;
  }
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("an expression must hold at every edge, but not in reset") {
  Probe probe;
  probe.clock();
  probe.model->holds_i = 0;
  probe.reset(1);
  probe.model->holds_i = 1;
  probe.clock();
  CHECK(probe.failures.empty());
  probe.model->holds_i = 0;
  const uint64_t cycle = probe.cycle;
  probe.clock();
  REQUIRE(probe.failures.size() == 1);
  CHECK(is(probe.failures[0], "assert_probe.Now"));
  CHECK_FALSE(is(probe.failures[0], "assert_probe.Next"));
  CHECK(probe.failures[0].cycle == cycle);
  probe.clock();  // again: known
  CHECK(probe.failures.size() == 1);
}

TEST_CASE("an edge speaks for the next one") {
  Probe probe;
  probe.model->before_i = 1;
  probe.clock();
  probe.model->after_i = 1;
  probe.clock();
  CHECK(probe.failures.empty());
  probe.model->before_i = 0;
  probe.clock();
  probe.model->after_i = 0;
  probe.clock();
  CHECK(probe.failures.empty());
  probe.model->before_i = 1;
  probe.clock();
  CHECK(probe.failures.empty());
  probe.reset(1);  // reset forgets what was to follow
  probe.model->before_i = 0;
  probe.clock();
  CHECK(probe.failures.empty());
  probe.model->before_i = 1;
  probe.clock();
  probe.clock();
  CHECK(probe.names() == Names{"assert_probe.Next"});
}

TEST_CASE("what is held does not change") {
  Probe probe;
  probe.model->value_i = 5;
  probe.model->hold_i = 1;
  probe.clock();
  probe.clock();
  probe.model->hold_i = 0;
  probe.clock();
  probe.model->value_i = 6;
  probe.clock();
  CHECK(probe.failures.empty());
  probe.model->hold_i = 1;
  probe.clock();
  probe.model->value_i = 7;
  probe.clock();
  CHECK(probe.names() == Names{"assert_probe.Stable"});
}

TEST_CASE("all that fail in a cycle are told, each with its instance") {
  Probe probe;
  probe.model->holds_i = 0;
  probe.model->value_i = 201;
  probe.clock();
  CHECK_THAT(probe.names(), Catch::UnorderedEquals(Names{"assert_probe.Now", "assert_probe.g_each[1].Inner"}));
}

TEST_CASE("a failure is a line that a reader can follow") {
  std::vector<Failure> failures;
  const std::string line =
      "[0] %Error: /somewhere/rtl/core/fetch/fetch.sv:431: Assertion failed in "
      "TOP.veil_sim_top.u_soc.u_core.u_fetch.NoGroupDuringMiss: does not hold\n"
      "%Error: /somewhere/rtl/core/fetch/fetch.sv:431: Verilog $stop\n";
  add_failures(line, 12, failures);
  add_failures(line, 13, failures);
  REQUIRE(failures.size() == 1);
  CHECK(describe(failures[0]) ==
        "assertion u_soc.u_core.u_fetch.NoGroupDuringMiss (fetch.sv:431) does not hold in cycle 12");
  CHECK(is(failures[0], "fetch.NoGroupDuringMiss"));
}
