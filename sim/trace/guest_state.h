// The guest's registers, wherever the machine keeps them: in native registers while translations run, in the guest
// state block otherwise ([convention] of native.toml, [guest_state] of platform.toml).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>

namespace veil::sim {

// What the guest's registers held at a commit.
struct GuestState {
  std::array<uint32_t, 8> gpr{};
  uint32_t eflags = 0;
  uint32_t eip = 0;
  bool eip_known = false;  // translations keep no EIP: it is known at their entries only
};

// Translations run: general registers and flags are in native registers.
bool is_run_tier(uint32_t tier);

// The guest as of the last commit. `x`, `f`: committed native registers; `word` reads concealed memory.
GuestState read_guest(uint32_t tier, std::span<const uint32_t, 32> x, std::span<const uint8_t, 4> f,
                      const std::function<uint32_t(uint32_t)>& word);

}  // namespace veil::sim
