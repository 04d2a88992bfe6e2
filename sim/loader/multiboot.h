// The Multiboot Specification, version 0.6.96: finds and checks the header of a guest image ("OS image format") and
// builds the information structure that the guest finds in EBX ("Boot information format").
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/loader/elf_image.h"

namespace veil::loader {

inline constexpr uint32_t kMultibootEax = 0x2badb002;

struct GuestImage {
  Image image;
  bool page_align_modules = false;
};

// Throws Error (status 65) if `bytes` is no image that can be started.
GuestImage parse_guest(const std::vector<uint8_t>& bytes, const std::string& path);

struct Module {
  std::string text;  // name and arguments, as the guest will read them
  std::vector<uint8_t> bytes;
};

// Writes image, modules and boot information into guest memory (all of it: `memory`); returns the address of the boot
// information. Throws Error (status 65) if it does not fit; `memory` is then of no use.
uint32_t place_guest(const GuestImage& guest, const std::string& path, const std::string& command_line,
                     const std::vector<Module>& modules, std::span<uint8_t> memory);

}  // namespace veil::loader
