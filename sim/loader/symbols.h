// Names of a guest image, for people who ask for one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace veil::loader {

// The address of a symbol of the ELF file `bytes`; nothing if there is none of that name (or no symbols, or no ELF).
std::optional<uint32_t> find_symbol(const std::vector<uint8_t>& bytes, const std::string& name);

}  // namespace veil::loader
