// How the tiers share the cycles while the guest runs: a line of a terminal, drawn a few times a second.
//
//   [iiiiiiiiiiddddddddddddttrrrrrrrrrrrrrrrr] interpret 25  dispatch 30  translate 5  run_cold 40 %   0.43 per cycle
//
// Shares and guest instructions per cycle are those since the line before, so one sees the machine warm up.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>

#include "sim/cli/run_result.h"

namespace veil::cli {

using TierArray = std::array<TierCounts, isa::kTierCount>;

// The line for what was counted between two places; empty if no cycle has passed. `columns`: of the terminal.
std::string live_line(const TierArray& before, const TierArray& now, unsigned columns);

class Live {
 public:
  // Nothing is drawn unless `wanted` and standard output and error are terminals.
  explicit Live(bool wanted);

  bool due() const;
  // The line to show now. `tiers`: counted since the start of the run.
  std::string line(const TierArray& tiers);

 private:
  bool on_ = false;
  TierArray last_{};
  std::chrono::steady_clock::time_point next_;
};

}  // namespace veil::cli
