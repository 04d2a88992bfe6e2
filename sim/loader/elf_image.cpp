#include "sim/loader/elf_image.h"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "sim/loader/error.h"

namespace veil::loader {
namespace {

// A structure of the file, which may lie anywhere in it: copied, since nothing says that it is aligned.
template <class T>
T copy_of(const std::vector<uint8_t>& bytes, uint64_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

// The class byte decides first, so that a 64-bit image is named as what it is.
void check_ident(const std::vector<uint8_t>& bytes, const std::string& path, platform::ExitStatus status) {
  if (bytes.size() < sizeof(Elf32_Ehdr)) {
    throw Error(status, fmt::format("{}: too short for an ELF image ({} bytes)", path, bytes.size()));
  }
  if (!std::equal(bytes.begin(), bytes.begin() + SELFMAG, ELFMAG)) {
    throw Error(status, fmt::format("{}: not an ELF image", path));
  }
  if (bytes[EI_CLASS] == ELFCLASS64) throw Error(status, fmt::format("{}: a 64-bit image; 32 bits needed", path));
  if (bytes[EI_CLASS] != ELFCLASS32) throw Error(status, fmt::format("{}: damaged ELF header (class)", path));
  if (bytes[EI_DATA] != ELFDATA2LSB) throw Error(status, fmt::format("{}: not a little-endian image", path));
}

}  // namespace

void check_segments(Image& image, const std::string& path, platform::ExitStatus status) {
  auto& segments = image.segments;
  std::sort(segments.begin(), segments.end(), [](const Segment& a, const Segment& b) { return a.address < b.address; });
  if (segments.empty()) throw Error(status, fmt::format("{}: nothing to load in it", path));
  uint64_t end = 0;
  bool entry_inside = false;
  for (const Segment& segment : segments) {
    if (segment.end() > uint64_t{1} << 32) {
      throw Error(status, fmt::format("{}: damaged image (segment at {:#010x} wraps around)", path, segment.address));
    }
    if (segment.address < end) {
      throw Error(status, fmt::format("{}: damaged image (segments overlap at {:#010x})", path, segment.address));
    }
    end = segment.end();
    entry_inside |= image.entry >= segment.address && image.entry < end;
  }
  if (!entry_inside) {
    throw Error(status, fmt::format("{}: damaged image (entry point {:#010x} is in no segment)", path, image.entry));
  }
}

Image parse_elf(const std::vector<uint8_t>& bytes, const std::string& path, unsigned machine, const char* machine_name,
                platform::ExitStatus status) {
  check_ident(bytes, path, status);
  const auto header = copy_of<Elf32_Ehdr>(bytes, 0);
  if (header.e_machine != machine) {
    throw Error(status, fmt::format("{}: not for {} (ELF machine {})", path, machine_name, header.e_machine));
  }
  if (header.e_type != ET_EXEC) {
    throw Error(status, fmt::format("{}: not an executable with fixed addresses (ELF type {})", path, header.e_type));
  }
  const uint64_t table_end = uint64_t{header.e_phoff} + uint64_t{header.e_phnum} * sizeof(Elf32_Phdr);
  const bool table = header.e_phnum != 0 && header.e_phentsize == sizeof(Elf32_Phdr);
  if (!table || table_end > bytes.size()) {
    throw Error(status, fmt::format("{}: truncated or damaged (no program headers)", path));
  }

  Image image;
  bool entry_mapped = false;
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    const auto ph = copy_of<Elf32_Phdr>(bytes, header.e_phoff + uint64_t{i} * sizeof(Elf32_Phdr));
    if (ph.p_type != PT_LOAD || ph.p_memsz == 0) continue;
    if (ph.p_filesz > ph.p_memsz) {
      throw Error(status, fmt::format("{}: damaged image (segment {} is larger in the file than in memory)", path, i));
    }
    if (uint64_t{ph.p_offset} + ph.p_filesz > bytes.size()) {
      throw Error(status, fmt::format("{}: truncated (segment {} ends at {}, the file at {})", path, i,
                                      uint64_t{ph.p_offset} + ph.p_filesz, bytes.size()));
    }
    // The entry point is a virtual address; the segment that holds it says where that is in physical memory.
    if (!entry_mapped && header.e_entry >= ph.p_vaddr && header.e_entry - ph.p_vaddr < ph.p_memsz) {
      image.entry = header.e_entry - ph.p_vaddr + ph.p_paddr;
      entry_mapped = true;
    }
    const auto first = bytes.begin() + static_cast<std::ptrdiff_t>(ph.p_offset);
    image.segments.push_back({ph.p_paddr, ph.p_memsz, {first, first + static_cast<std::ptrdiff_t>(ph.p_filesz)}});
  }
  if (!entry_mapped) image.entry = header.e_entry;
  check_segments(image, path, status);
  return image;
}

}  // namespace veil::loader
