// Stores into code that has been translated.
#pragma once

#include <cstdint>

namespace veil::fw {

// `bytes` (in one page) are about to be written, or may be: translations with a byte in their granules go.
void code_written(uint32_t physical, uint32_t bytes);

// A store has trapped at a linear address (cause code_write): what it may touch of that page.
void code_write_trap(uint32_t linear);

}  // namespace veil::fw
