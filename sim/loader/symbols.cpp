#include "sim/loader/symbols.h"

#include <gelf.h>
#include <libelf.h>

#include <memory>

namespace veil::loader {

std::optional<uint32_t> find_symbol(const std::vector<uint8_t>& bytes, const std::string& name) {
  elf_version(EV_CURRENT);
  std::vector<uint8_t> copy = bytes;  // libelf wants to be able to write
  const std::unique_ptr<Elf, int (*)(Elf*)> elf(elf_memory(reinterpret_cast<char*>(copy.data()), copy.size()), elf_end);
  if (elf == nullptr || elf_kind(elf.get()) != ELF_K_ELF) return std::nullopt;
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
      if (text != nullptr && name == text) return static_cast<uint32_t>(symbol.st_value);
    }
  }
  return std::nullopt;
}

}  // namespace veil::loader
