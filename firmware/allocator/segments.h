// The guest's segment registers in the hardware (CSRs xsegbase, xseglim, xsegattr), by SDM number.
#pragma once

#include <cstdint>

namespace veil::fw {

void set_segment_registers(unsigned segment, uint32_t base, uint32_t limit, uint32_t attributes);

}  // namespace veil::fw
