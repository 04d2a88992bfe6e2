// Small programs written by hand for the native machine: what random ones (native_program.h) hardly ever meet.
//
// Each represents a boundary of docs/internals/native-machine.md that a mutant of the core (tests/mutation/rtl.toml)
// once crossed unseen. A program ends by writing the host port's exit register, and says which traps it expects on its
// way.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "native_program.h"

namespace veil::fuzz {

// A host-port register that only tests have: writing it sets the interrupt lines, as bits of mip.
inline constexpr uint32_t kInterruptLines = 0x40;

struct DirectedProgram {
  std::string name;
  NativeProgram program;
  std::vector<uint32_t> traps;  // values of mcause, in order
  bool endless = false;         // runs on; it is over after these traps
  bool timed = false;           // worth a run with every speed of memory
  uint64_t cycles = 0;          // at most so many with the quickest memory; 0: as many as it likes
};

// All programs that fit the width.
std::vector<DirectedProgram> directed_programs(unsigned width);

}  // namespace veil::fuzz
