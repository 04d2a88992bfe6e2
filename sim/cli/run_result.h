// What a run was: the numbers that statistics and the closing table are made of.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "sim/lockstep/guest_checker.h"
#include "sim/trace/shadow.h"
#include "veil/isa/native.h"

namespace veil::cli {

struct TierCounts {
  uint64_t cycles = 0;
  uint64_t guest_instructions = 0;
};

struct RunResult {
  std::string reason;  // guest, triple_fault, internal, limit, interrupted, lockstep
  int status = 0;      // exit status
  uint64_t guest_instructions = 0;
  uint64_t cycles = 0, groups = 0, operations = 0;
  std::array<TierCounts, isa::kTierCount> tiers{};
  std::array<uint64_t, isa::kCounterCount> events{};
  uint64_t translations_made = 0, translations_dropped = 0, translated_instructions = 0;
  sim::GuestState guest;
  std::string state_hash;  // 16 hexadecimal digits
  bool checked_native = false, checked_guest = false;
  lockstep::GuestCheckerCounts guest_checks;
  double seconds = 0;
};

}  // namespace veil::cli
