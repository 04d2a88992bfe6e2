// A saved machine in a file: the contents of DRAM at an instruction boundary of the guest, in which the firmware keeps
// all that the machine is (firmware/dispatcher/snapshot.h). Any engine and any configuration goes on from it.
//
// The file: a header of 48 bytes, little-endian (magic "VEILSNAP", version, width that translations were made for,
// bytes of DRAM, zero, guest instructions, XXH64 of the firmware's file, XXH64 of DRAM), then DRAM as one Zstandard
// frame.
#pragma once

#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <vector>

namespace veil::loader {

struct Snapshot {
  uint32_t width = 0;
  uint64_t guest_instructions = 0;
  uint64_t firmware = 0;  // firmware_id() of the firmware that is in it
  std::vector<uint8_t> dram;
};

// Names a firmware's file by what is in it.
uint64_t firmware_id(std::span<const uint8_t> file);

// False: the stream's error.
bool write_snapshot(std::FILE* file, const Snapshot& snapshot);
// Throws Error (status 65): no snapshot, damaged, of another version.
Snapshot read_snapshot(const std::string& path);

}  // namespace veil::loader
