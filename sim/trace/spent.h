// What cycles were spent on. An engine that knows splits every cycle between two retirements by cause; the sum over the
// causes is the number of cycles, always.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace veil::sim {

enum class Cause : uint8_t {
  issue,     // a group retires, or traps
  jump,      // bubble after a direct jump, or a branch predicted taken
  redirect,  // bubbles after a wrong branch, an indirect jump, a trap
  icache,    // instruction cache refill
  load,      // a group waits for the result of a load
  hazard,    // a group waits for another result, or a unit
  dcache,    // the machine waits for a data access that was not a hit
  store,     // a store waits for room
  system,    // CSR, fence, division and other operations that stop the pipeline
};
inline constexpr size_t kCauses = 9;
inline constexpr std::array<const char*, kCauses> kCauseNames = {"issue",  "jump",   "redirect", "icache", "load",
                                                                 "hazard", "dcache", "store",    "system"};

struct Spent {
  uint64_t cycles = 0;
  std::array<uint64_t, kCauses> causes{};

  void add(Cause cause, uint64_t count = 1) {
    cycles += count;
    causes[static_cast<size_t>(cause)] += count;
  }
  Spent& operator+=(const Spent& other) {
    cycles += other.cycles;
    for (size_t i = 0; i < kCauses; ++i) causes[i] += other.causes[i];
    return *this;
  }
};

}  // namespace veil::sim
