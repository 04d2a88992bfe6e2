// The guest's segment registers in the hardware (CSRs xsegbase, xseglim, xsegattr), by SDM number.
#pragma once

#include <cstdint>

namespace veil::fw {

void set_segment_registers(unsigned segment, uint32_t base, uint32_t limit, uint32_t attributes);

// Which of them have base 0, limit 4 GiB, are readable, and writable but for CS.
struct FlatSegments {
  bool all;   // what the interpreter's plain accesses take for granted
  bool main;  // CS, DS, ES, SS: what translations with flat accesses take for granted
  bool code;  // CS
};
FlatSegments flat_segments();

}  // namespace veil::fw
