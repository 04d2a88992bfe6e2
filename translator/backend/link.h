// Offsets of x.j and x.b.
#pragma once

#include <cstdint>

namespace veil::translator {

// The x.j or x.b `word` with another offset (in words); whether an offset fits into it.
uint32_t with_offset(uint32_t word, int32_t words);
bool reaches(uint32_t word, int32_t words);

}  // namespace veil::translator
