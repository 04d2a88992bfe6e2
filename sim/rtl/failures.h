// Assertions of the RTL that did not hold (rtl/include/veil_assert.svh).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace veil::sim::rtl {

struct Failure {
  std::string assertion;  // path of instances and the assertion's name
  std::string where;      // file:line
  uint64_t cycle = 0;     // the first time
};

// Adds what a model has printed (printed.h); an assertion that is there already is not added again.
void add_failures(std::string_view printed, uint64_t cycle, std::vector<Failure>& failures);

// True: the assertion is this one, named as a table of faults does: file without its ending, dot, name ("fetch.Name").
bool is(const Failure& failure, std::string_view assertion);

// "assertion u_soc.u_core.u_fetch.Name (fetch.sv:12) does not hold in cycle 34"
std::string describe(const Failure& failure);

}  // namespace veil::sim::rtl
