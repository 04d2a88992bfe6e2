#include "sim/loader/symbols.h"

#include <cxxabi.h>
#include <fmt/format.h>
#include <gelf.h>
#include <libelf.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <memory>

namespace veil::loader {

namespace {

struct Entry {
  const char* name;
  uint32_t address;
  uint32_t bytes;
  unsigned type, binding;
  bool in_code;
};

// Calls `visit` with each defined symbol until it returns true.
void each_symbol(const std::vector<uint8_t>& bytes, const std::function<bool(const Entry&)>& visit) {
  elf_version(EV_CURRENT);
  std::vector<uint8_t> copy = bytes;  // libelf wants to be able to write
  const std::unique_ptr<Elf, int (*)(Elf*)> elf(elf_memory(reinterpret_cast<char*>(copy.data()), copy.size()), elf_end);
  if (elf == nullptr || elf_kind(elf.get()) != ELF_K_ELF) return;
  Elf_Scn* section = nullptr;
  while ((section = elf_nextscn(elf.get(), section)) != nullptr) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr || header.sh_type != SHT_SYMTAB || header.sh_entsize == 0) continue;
    Elf_Data* data = elf_getdata(section, nullptr);
    if (data == nullptr) continue;
    const auto count = static_cast<int>(header.sh_size / header.sh_entsize);
    for (int i = 0; i < count; ++i) {
      GElf_Sym symbol;
      if (gelf_getsym(data, i, &symbol) == nullptr || symbol.st_shndx == SHN_UNDEF) continue;
      const char* text = elf_strptr(elf.get(), header.sh_link, symbol.st_name);
      if (text == nullptr) continue;
      GElf_Shdr home;
      const bool in_code = symbol.st_shndx < SHN_LORESERVE &&
                           gelf_getshdr(elf_getscn(elf.get(), symbol.st_shndx), &home) != nullptr &&
                           (home.sh_flags & SHF_EXECINSTR) != 0;
      if (visit({text, static_cast<uint32_t>(symbol.st_value), static_cast<uint32_t>(symbol.st_size),
                 static_cast<unsigned>(GELF_ST_TYPE(symbol.st_info)),
                 static_cast<unsigned>(GELF_ST_BIND(symbol.st_info)), in_code})) {
        return;
      }
    }
  }
}

std::string demangle(const char* name) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(abi::__cxa_demangle(name, nullptr, nullptr, &status), std::free);
  return status == 0 && text != nullptr ? std::string(text.get()) : std::string(name);
}

}  // namespace

std::optional<uint32_t> find_symbol(const std::vector<uint8_t>& bytes, const std::string& name) {
  std::optional<uint32_t> found;
  each_symbol(bytes, [&](const Entry& entry) {
    if (name != entry.name) return false;
    found = entry.address;
    return true;
  });
  return found;
}

std::vector<uint32_t> code_symbols(const std::vector<uint8_t>& bytes) {
  std::vector<uint32_t> addresses;
  each_symbol(bytes, [&](const Entry& entry) {
    if (entry.in_code) addresses.push_back(entry.address);
    return false;
  });
  return addresses;
}

Symbols::Symbols(const std::vector<uint8_t>& elf) {
  struct Candidate {
    Symbol symbol;
    unsigned rank;  // of several names for one address the lowest
  };
  std::vector<Candidate> all;
  each_symbol(elf, [&](const Entry& entry) {
    const bool function = entry.type == STT_FUNC;
    // Assemblers' local labels and the mapping symbols of RISC-V ("$x") name nothing.
    const bool label = entry.type == STT_NOTYPE && entry.in_code && entry.name[0] != '$' && entry.name[0] != '.';
    if ((function || label) && entry.name[0] != '\0') {
      all.push_back(
          {{entry.address, entry.bytes, entry.name}, (function ? 0u : 2u) + (entry.binding == STB_LOCAL ? 1u : 0u)});
    }
    return false;
  });
  std::stable_sort(all.begin(), all.end(), [](const Candidate& a, const Candidate& b) {
    return a.symbol.address != b.symbol.address ? a.symbol.address < b.symbol.address : a.rank < b.rank;
  });
  uint64_t covered = 0;  // end of the last function: labels inside one are its own business
  for (Candidate& each : all) {
    if (!symbols_.empty() && symbols_.back().address == each.symbol.address) continue;
    if (each.rank >= 2 && each.symbol.address < covered) continue;
    if (each.rank < 2) covered = std::max(covered, uint64_t{each.symbol.address} + each.symbol.bytes);
    each.symbol.name = demangle(each.symbol.name.c_str());
    symbols_.push_back(std::move(each.symbol));
  }
}

const Symbol* Symbols::at(uint32_t address) const {
  auto next = std::upper_bound(symbols_.begin(), symbols_.end(), address,
                               [](uint32_t value, const Symbol& symbol) { return value < symbol.address; });
  if (next == symbols_.begin()) return nullptr;
  const Symbol& found = *std::prev(next);
  if (found.bytes != 0 && address - found.address >= found.bytes) return nullptr;
  return &found;
}

std::string Symbols::name(uint32_t address) const {
  const Symbol* symbol = at(address);
  if (symbol == nullptr) return fmt::format("0x{:08x}", address);
  if (symbol->address == address) return symbol->name;
  return fmt::format("{}+{:#x}", symbol->name, address - symbol->address);
}

}  // namespace veil::loader
