#include "sim/rtl/failures.h"

#include <algorithm>

namespace veil::sim::rtl {

namespace {

constexpr std::string_view kError = "%Error: ";
constexpr std::string_view kAssertion = ": Assertion failed in ";
constexpr std::string_view kTops[] = {"TOP.", "veil_sim_top."};  // Verilator's, the simulation's

// "[0] %Error: path/fetch.sv:12: Assertion failed in TOP.veil_sim_top.u_soc.u_core.u_fetch.Name: does not hold"
Failure parse(std::string_view line, size_t assertion) {
  const size_t error = line.find(kError);
  std::string_view where = line.substr(0, assertion);
  if (error < assertion) where.remove_prefix(error + kError.size());
  where.remove_prefix(std::min(where.size(), where.rfind('/') + 1));  // npos + 1 is 0
  std::string_view name = line.substr(assertion + kAssertion.size());
  name = name.substr(0, name.find(": "));
  for (const std::string_view top : kTops) {
    if (name.starts_with(top)) name.remove_prefix(top.size());
  }
  return {.assertion = std::string(name), .where = std::string(where)};
}

}  // namespace

void add_failures(std::string_view printed, uint64_t cycle, std::vector<Failure>& failures) {
  while (!printed.empty()) {
    const std::string_view line = printed.substr(0, printed.find('\n'));
    printed.remove_prefix(std::min(printed.size(), line.size() + 1));
    const size_t assertion = line.find(kAssertion);
    if (assertion == std::string_view::npos) continue;
    Failure failure = parse(line, assertion);
    const auto known = [&](const Failure& other) { return other.assertion == failure.assertion; };
    if (std::any_of(failures.begin(), failures.end(), known)) continue;
    failure.cycle = cycle;
    failures.push_back(std::move(failure));
  }
}

bool is(const Failure& failure, std::string_view assertion) {
  const std::string_view path = failure.assertion;
  const std::string file = failure.where.substr(0, failure.where.find('.'));
  return file + std::string(path.substr(path.rfind('.'))) == assertion;  // a path has a dot
}

std::string describe(const Failure& failure) {
  return "assertion " + failure.assertion + " (" + failure.where + ") does not hold in cycle " +
         std::to_string(failure.cycle);
}

}  // namespace veil::sim::rtl
