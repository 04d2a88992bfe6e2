#include "sim/rtl/failures.h"

#include <algorithm>

namespace veil::sim::rtl {

namespace {

constexpr std::string_view kError = "%Error: ";
constexpr std::string_view kAssertion = ": Assertion failed in ";
constexpr std::string_view kTop = "veil_sim_top.";

// "[0] %Error: path/fetch.sv:12: Assertion failed in TOP.veil_sim_top.u_soc.u_core.u_fetch.Name: does not hold"
Failure parse(std::string_view line, size_t assertion) {
  const size_t error = line.find(kError);
  std::string_view where = line.substr(0, assertion);
  if (error < assertion) where.remove_prefix(error + kError.size());
  where.remove_prefix(std::min(where.size(), where.rfind('/') + 1));  // npos + 1 is 0
  std::string_view name = line.substr(assertion + kAssertion.size());
  name = name.substr(0, name.find(": "));
  const size_t top = name.find(kTop);
  if (top != std::string_view::npos) name.remove_prefix(top + kTop.size());
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

std::string describe(const Failure& failure) {
  return "assertion " + failure.assertion + " (" + failure.where + ") does not hold in cycle " +
         std::to_string(failure.cycle);
}

}  // namespace veil::sim::rtl
