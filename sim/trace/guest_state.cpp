#include "sim/trace/guest_state.h"

#include <cstring>

#include "veil/isa/native.h"
#include "veil/isa/platform.h"

namespace veil::sim {
namespace {

// The flag file's bits in EFLAGS positions ([enums.flag], [enums.eflags]).
uint32_t to_eflags(uint8_t flags) {
  namespace from = isa::flag;
  namespace to = isa::eflags;
  const auto move = [&](uint8_t bit, uint32_t place) { return (flags & bit) != 0 ? place : 0; };
  return move(from::cf, to::cf) | move(from::pf, to::pf) | move(from::af, to::af) | move(from::zf, to::zf) |
         move(from::sf, to::sf) | move(from::of, to::of);
}

}  // namespace

bool is_run_tier(uint32_t tier) {
  return tier == static_cast<uint32_t>(isa::Tier::run_cold) || tier == static_cast<uint32_t>(isa::Tier::run_hot);
}

GuestState read_guest(uint32_t tier, std::span<const uint32_t, 32> x, std::span<const uint8_t, 4> f,
                      std::span<const uint8_t> block) {
  namespace state = platform::guest_state;
  static_assert(state::eax == 0 && state::eip == state::edi + 4 && state::eflags == state::eip + 4);
  GuestState result;
  const auto copy = [&](void* to, uint32_t offset, size_t bytes) { std::memcpy(to, &block[offset], bytes); };
  copy(&result.eflags, state::eflags, sizeof result.eflags);
  copy(result.system.data(), GuestState::kSystemOffset, sizeof result.system);
  if (is_run_tier(tier)) {
    for (unsigned i = 0; i < result.gpr.size(); ++i) result.gpr[i] = x[isa::convention::guest_gpr_first + i];
    result.eflags &= ~isa::eflags::all;
    result.eflags |= to_eflags(f[isa::convention::guest_flags]);
    return result;
  }
  copy(result.gpr.data(), state::eax, sizeof result.gpr);
  copy(&result.eip, state::eip, sizeof result.eip);
  result.eip_known = true;
  return result;
}

}  // namespace veil::sim
