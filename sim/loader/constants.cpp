#include "sim/loader/constants.h"

#include <algorithm>

namespace veil::loader {

Constants::Constants(const Machine& machine) {
  const auto concealed = std::span(machine.dram).subspan(machine.guest_bytes);
  const auto keep = [&](uint32_t offset, uint32_t bytes) {
    const auto part = concealed.subspan(offset, bytes);
    parts_.push_back({offset, {part.begin(), part.end()}});
  };
  keep(platform::window::firmware, machine.firmware_constant_bytes);
  keep(platform::window::boot_block, sizeof(platform::BootBlock));
}

std::optional<uint32_t> Constants::changed(std::span<const uint8_t> concealed) const {
  for (const Part& part : parts_) {
    const auto now = concealed.subspan(part.offset, part.bytes.size());
    const auto [at, was] = std::mismatch(now.begin(), now.end(), part.bytes.begin());
    if (at != now.end()) {
      return platform::concealed_window + part.offset + static_cast<uint32_t>(at - now.begin());
    }
  }
  return std::nullopt;
}

}  // namespace veil::loader
