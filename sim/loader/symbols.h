// Names of a guest image, for people who ask for one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace veil::loader {

struct Symbol {
  uint32_t address = 0;
  uint32_t bytes = 0;  // 0: unknown, up to the next symbol
  std::string name;    // as a person would write it: C++ names are demangled
};

// The code of an ELF file, by address. Functions, and labels of code that no function covers.
class Symbols {
 public:
  Symbols() = default;
  // Without symbols (or no ELF at all): knows no address.
  explicit Symbols(const std::vector<uint8_t>& elf);

  // The symbol that an address belongs to, or nullptr.
  const Symbol* at(uint32_t address) const;
  // "name", "name+0x1f", or the address alone.
  std::string name(uint32_t address) const;
  size_t size() const { return symbols_.size(); }

 private:
  std::vector<Symbol> symbols_;  // in address order, an address once
};

// The address of a symbol of the ELF file `bytes`; nothing if there is none of that name (or no symbols, or no ELF).
std::optional<uint32_t> find_symbol(const std::vector<uint8_t>& bytes, const std::string& name);

// The addresses of all symbols in code, in no order.
std::vector<uint32_t> code_symbols(const std::vector<uint8_t>& bytes);

}  // namespace veil::loader
