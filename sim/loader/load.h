// Fills the DRAM of a machine before reset: guest image and modules low, firmware and boot block in the concealed top.
// A machine comes out whole or not at all.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/loader/snapshot.h"
#include "veil/isa/platform.h"

namespace veil::loader {

struct ModuleFile {
  std::string path;
  std::string arguments;
};

struct Request {
  std::string image;
  std::string append;  // guest command line after the image's name
  std::vector<ModuleFile> modules;
  std::string firmware;
  uint32_t memory_bytes = 0;  // all of DRAM, concealed memory included

  // Boot block fields that the user decides.
  platform::Knobs knobs;
  uint32_t interrupt_at = 0;  // tests: see [boot_block] of platform.toml
  uint32_t interrupt_vector = 0;
  uint32_t width = 4;
  uint32_t flags = 0;
  uint32_t rtc_start = platform::time::rtc_start;
  uint64_t save_at = 0;  // guest instructions; 0: never
};

struct Machine {
  std::vector<uint8_t> dram;  // memory_bytes; the top is concealed
  uint32_t guest_bytes = 0;   // guest memory: [0, guest_bytes)
  uint32_t entry_eip = 0;
  uint32_t firmware_constant_bytes = 0;  // from the start of the window: code and read-only data
};

// Throws Error: status 65 for the image and its modules, 70 for the firmware.
Machine load(const Request& request);

// A saved machine that goes on: what the request says of the firmware and of the boot block's knobs, the rest is the
// snapshot's. Throws Error (65) if the snapshot was made with another firmware.
Machine load(const Request& request, Snapshot snapshot);

// A file that the build puts beside the executable, by its path from there.
std::string beside_command(const std::string& file);

// The firmware's path: `asked` (--firmware) if given, else $VEIL_FIRMWARE, else beside the executable.
std::string find_firmware(const std::string& asked);

}  // namespace veil::loader
