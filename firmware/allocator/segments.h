// The guest's segment registers in the hardware (CSRs xsegbase, xseglim, xsegattr), by SDM number.
#pragma once

#include <cstdint>

namespace veil::fw {

void set_segment_registers(unsigned segment, uint32_t base, uint32_t limit, uint32_t attributes);
uint32_t segment_base(unsigned segment);
// All six: base 0, limit 4 GiB, readable; and writable but for CS. What translations and plain accesses take for
// granted.
bool segments_are_flat();

}  // namespace veil::fw
