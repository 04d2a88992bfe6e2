// The guest's registers, wherever the machine keeps them: in native registers while translations run, in the guest
// state block otherwise ([convention] of native.toml, [guest_state] of platform.toml).
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "veil/isa/platform.h"

namespace veil::sim {

// Everything that the guest's processor held at a commit.
struct GuestState {
  // Words of the guest state block that follow EFLAGS: segments with their hidden parts, control and debug registers,
  // descriptor tables, CPL, halted. Translations keep none of them in native registers.
  static constexpr uint32_t kSystemOffset = platform::guest_state::eflags + 4;
  static constexpr uint32_t kSystemWords = (platform::guest_state::size_bytes - kSystemOffset) / 4;

  std::array<uint32_t, 8> gpr{};
  uint32_t eflags = 0;
  uint32_t eip = 0;
  bool eip_known = false;  // translations keep no EIP: it is known at their entries only
  std::array<uint32_t, kSystemWords> system{};

  // The system word at this offset of the block (platform::guest_state).
  uint32_t at(uint32_t offset) const { return system[(offset - kSystemOffset) / 4]; }
  uint32_t& at(uint32_t offset) { return system[(offset - kSystemOffset) / 4]; }
  // Its name, by its place in `system`.
  static const char* name(size_t word) { return platform::guest_state::kNames[kSystemOffset / 4 + word]; }
};

// Translations run: general registers and flags are in native registers.
bool is_run_tier(uint32_t tier);

// The guest as of the last commit. `x`, `f`: committed native registers; `block`: the guest state block's bytes.
GuestState read_guest(uint32_t tier, std::span<const uint32_t, 32> x, std::span<const uint8_t, 4> f,
                      std::span<const uint8_t> block);

}  // namespace veil::sim
