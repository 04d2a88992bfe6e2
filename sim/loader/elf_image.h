// A 32-bit little-endian executable, taken apart and checked: what both guest images and the firmware are.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "veil/isa/platform.h"

namespace veil::loader {

struct Segment {
  uint32_t address = 0;       // physical
  uint32_t memory_bytes = 0;  // >= data.size(); the rest is zero
  std::vector<uint8_t> data;
  uint64_t end() const { return uint64_t{address} + memory_bytes; }
};

struct Image {
  std::vector<Segment> segments;  // in address order, none overlapping, none empty
  uint32_t entry = 0;             // physical, inside a segment
};

// Throws Error with `status`, naming `path`. `machine` is an EM_ constant of <elf.h>, `machine_name` its name for
// people.
Image parse_elf(const std::vector<uint8_t>& bytes, const std::string& path, unsigned machine, const char* machine_name,
                platform::ExitStatus status);

// Sorts the segments and refuses overlaps, wrap-around and an entry point outside.
void check_segments(Image& image, const std::string& path, platform::ExitStatus status);

}  // namespace veil::loader
