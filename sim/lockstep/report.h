// The report of a difference: a directory that holds what a person needs to see it and the command that shows it again.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "sim/lockstep/checker.h"
#include "sim/trace/group_record.h"
#include "sim/trace/shadow.h"
#include "sim/trace/translations.h"

namespace veil::lockstep {

// The last groups that retired, with the cycle each retired in.
class History {
 public:
  void push(uint64_t cycle, const sim::GroupRecord& record);
  std::string text(const sim::Shadow& shadow) const;
  uint64_t first_cycle() const { return groups_.empty() ? 0 : groups_.front().cycle; }

 private:
  struct Entry {
    uint64_t cycle;
    sim::GroupRecord record;
  };
  static constexpr size_t kMost = 256;
  std::deque<Entry> groups_;
};

struct ReportInput {
  const Difference& difference;
  const Checker& checker;
  const History& history;
  const sim::Shadow& shadow;
  const sim::Translations& translations;
  const sim::GroupRecord& last;
  uint64_t cycle;
  std::vector<std::string> command;  // as the user typed it
};

// Writes the directory `wanted` (or `wanted`-2, -3, ... if it is there already) and returns its name; empty if it
// cannot be written.
std::string write_report(const ReportInput& input, const std::string& wanted);
// The difference on a few lines.
std::string describe(const Difference& difference);

}  // namespace veil::lockstep
