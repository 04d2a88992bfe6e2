// Groups for code that a compiler has made for a plain RISC-V: neighbouring operations that may execute together get
// the group bits that say so. Nothing moves, so every address stays what it is, and entering a group in its middle is
// executing its rest (docs/internals/native-machine.md, "Groups").
#pragma once

#include <cstdint>
#include <span>

namespace veil::loader {

// `words`: code without data, from the start of a fetch block of 4 * width bytes on, every group one operation (what is
// grouped already stays as it is, ungrouped with its neighbours). Returns how many groups are left.
uint32_t bundle(std::span<uint32_t> words, unsigned width);

}  // namespace veil::loader
