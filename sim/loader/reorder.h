// Order for code that a compiler has made for a plain RISC-V: inside each basic block operations move so that
// neighbours may execute together (sim/loader/bundle.h then says so in their group bits) and results are not waited
// for. What is jumped to stays where it is, so no address changes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace veil::loader {

// Which of `words` (code from `address` on) may be jumped to: targets of branches and jumps, what follows one,
// and each of `pointers`, the native addresses that symbols and constants hold (those outside the code are passed
// over).
std::vector<bool> entry_points(std::span<const uint32_t> words, uint32_t address, std::span<const uint32_t> pointers);

// `words`: code without data, from the start of a fetch block of 4 * width bytes on, every group one operation;
// `entries` as entry_points gives them. Accesses to memory keep their order (one may be a device's register); nothing
// passes what must be alone in its group, commits among it.
void reorder(std::span<uint32_t> words, unsigned width, const std::vector<bool>& entries);

}  // namespace veil::loader
