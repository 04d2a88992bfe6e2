// Random legal programs for the native machine: food for lockstep (RTL against ISS) and for the ISS's own checks.
//
// A program is a chain of chunks. Each chunk sets registers, enters speculative mode (or stays in monitor mode), runs
// random groups that obey every rule of docs/internals/native-machine.md for its width, and ends with a commit. A trap
// handler fills the TLB from a table of random pages and, on any other trap, goes on with the next chunk: so every
// program ends, by writing the host port's exit register. Everything follows from the seed.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace veil::fuzz {

struct NativeProgramOptions {
  uint64_t seed = 1;
  unsigned width = 4;        // issue width of the configuration: 1, 2, 4
  unsigned chunks = 40;      // chunks in the program
  unsigned groups = 30;      // groups in a chunk, about
  bool guest_memory = true;  // guest and monitor-segment accesses
  bool speculative = true;   // speculative mode, commits, rollbacks
  bool wild = true;  // operations that trap: illegal, misaligned, no memory, ecall, tight segments, full store buffer
  bool code_writes = true;  // programs that change themselves, with fence.i or xsync
};

struct NativeProgram {
  uint32_t dram_bytes = 0;                          // DRAM that the program expects
  uint32_t entry = 0;                               // address of code[0] = the reset pc
  std::vector<uint32_t> code;                       // words from `entry` on (in the concealed window)
  std::vector<std::pair<uint32_t, uint32_t>> data;  // (native address, word) to put into DRAM before reset
};

NativeProgram native_program(const NativeProgramOptions& options);

// DRAM with the program in it, at reset.
std::vector<uint8_t> memory_of(const NativeProgram& program);

}  // namespace veil::fuzz
