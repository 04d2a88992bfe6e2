// What must not change in concealed memory while a machine runs: the firmware's code and read-only data, and the boot
// block. Compared at the end of every run, so that a guest that finds a way in does not go unseen.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/loader/load.h"

namespace veil::loader {

class Constants {
 public:
  // As loaded.
  explicit Constants(const Machine& machine);

  // Native address (in the concealed window) of the first byte that has changed. `concealed`: the top of DRAM.
  std::optional<uint32_t> changed(std::span<const uint8_t> concealed) const;

 private:
  struct Part {
    uint32_t offset = 0;  // in concealed memory
    std::vector<uint8_t> bytes;
  };
  std::vector<Part> parts_;
};

}  // namespace veil::loader
