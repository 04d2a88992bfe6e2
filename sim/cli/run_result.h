// What a run was: the numbers that statistics and the closing table are made of.
#pragma once

#include <array>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>

#include "sim/lockstep/guest_checker.h"
#include "sim/trace/shadow.h"
#include "veil/isa/native.h"

namespace veil::cli {

struct TierCounts {
  uint64_t cycles = 0;
  uint64_t guest_instructions = 0;
};

// What is counted, from reset on or up to a mark.
struct Figures {
  uint64_t guest_instructions = 0;
  uint64_t cycles = 0, groups = 0, operations = 0;
  std::array<TierCounts, isa::kTierCount> tiers{};
  std::array<std::array<uint64_t, isa::kCounterCount>, isa::kTierCount> tier_events{};
  std::array<uint64_t, isa::kCounterCount> events{};
};

// What was counted between two places; the highest number of waiting stores is the later one's.
Figures difference(const Figures& later, const Figures& earlier);

struct RunResult : Figures {
  std::string reason;           // guest, halted, triple_fault, internal, limit, interrupted, lockstep, output
  int status = 0;               // exit status
  std::optional<Figures> mark;  // when --measure-from was reached
  uint64_t translations_made = 0, translations_dropped = 0, translated_instructions = 0;
  uint64_t translations_optimized = 0, optimized_instructions = 0;  // of these: gear 3's
  sim::GuestState guest;
  std::string state_hash;  // 16 hexadecimal digits
  bool checked_native = false, checked_guest = false;
  lockstep::GuestCheckerCounts guest_checks;
  double seconds = 0;
  std::exception_ptr problem;  // with an output of the run; said when the others have been written
};

}  // namespace veil::cli
