// The door of every checker: it sees each group that the core under test retires, in order, and either has nothing to
// say or names the first difference. A checker never changes the core; what it needs it keeps itself.
//
// Order for one group: retired(record), then - if it returned a difference - report() for the whole story.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/trace/group_record.h"

namespace veil::lockstep {

// One value on which the two sides disagree.
struct Mismatch {
  std::string what;      // "x17", "f1.cf", "memory 0x0010f3a0", "eip"
  std::string core;      // on the core under test
  std::string expected;  // on the reference
};

// The first difference: one line for people, every value that differs, and the place.
struct Difference {
  std::string checker;  // name of the checker that found it
  std::string summary;  // one line
  std::vector<Mismatch> mismatches;
  uint64_t group = 0;               // number of the group since reset
  uint64_t guest_instructions = 0;  // retired before it
  uint32_t guest_eip = 0;           // where the guest stood at the last commit that agreed, if known
  bool guest_eip_known = false;
};

// A file of the report: name and text.
using ReportFile = std::pair<std::string, std::string>;

class Checker {
 public:
  Checker() = default;
  Checker(const Checker&) = delete;
  Checker& operator=(const Checker&) = delete;
  virtual ~Checker() = default;

  virtual std::string_view name() const = 0;
  // A group has retired. After the first difference it is not called again.
  virtual std::optional<Difference> retired(const sim::GroupRecord& record) = 0;
  // What the reference knows at this point, for the report directory.
  virtual std::vector<ReportFile> report() const = 0;
};

}  // namespace veil::lockstep
