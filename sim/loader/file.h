// Reads a whole regular file; every way in which that can fail is one clear line.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "veil/isa/platform.h"

namespace veil::loader {

// Throws Error with `status`. `limit` is the largest size accepted, in bytes.
std::vector<uint8_t> read_file(const std::string& path, uint64_t limit, platform::ExitStatus status);

}  // namespace veil::loader
