#include "sim/trace/state_hash.h"

#include <fmt/format.h>
#include <xxhash.h>

namespace veil::sim {

std::string state_hash(const GuestState& guest, std::span<const uint8_t> memory) {
  XXH64_state_t* state = XXH64_createState();
  XXH64_reset(state, 0);
  XXH64_update(state, guest.gpr.data(), sizeof guest.gpr);
  XXH64_update(state, &guest.eip, sizeof guest.eip);
  XXH64_update(state, &guest.eflags, sizeof guest.eflags);
  XXH64_update(state, guest.system.data(), sizeof guest.system);
  XXH64_update(state, memory.data(), memory.size());
  const uint64_t hash = XXH64_digest(state);
  XXH64_freeState(state);
  return fmt::format("{:016x}", hash);
}

}  // namespace veil::sim
