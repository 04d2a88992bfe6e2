#include "sim/loader/multiboot.h"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "sim/loader/error.h"
#include "veil/isa/platform.h"

namespace veil::loader {
namespace {

constexpr auto kStatus = platform::ExitStatus::image;

// Specification, "The layout of Multiboot header" and "The magic fields of Multiboot header".
constexpr uint32_t kHeaderMagic = 0x1badb002;
constexpr size_t kHeaderSearch = 8192;
constexpr uint32_t kFlagPageAlign = 1u << 0;
constexpr uint32_t kFlagMandatory = 0xffff;
constexpr uint32_t kFlagKnown = 0x7;  // alignment, memory, video (a wish: the guest looks at what it gets)
constexpr uint32_t kFlagAddresses = 1u << 16;

struct Header {
  size_t offset = 0;
  uint32_t flags = 0;
};

uint32_t word(std::span<const uint8_t> bytes, size_t offset) {
  uint32_t value = 0;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

std::optional<Header> find_header(const std::vector<uint8_t>& bytes) {
  const size_t end = std::min(bytes.size(), kHeaderSearch);
  for (size_t offset = 0; offset + 12 <= end; offset += 4) {
    if (word(bytes, offset) != kHeaderMagic) continue;
    const uint32_t flags = word(bytes, offset + 4);
    if (kHeaderMagic + flags + word(bytes, offset + 8) == 0) return Header{offset, flags};
  }
  return std::nullopt;
}

// "The address fields of Multiboot header": an image that is no ELF file says itself where it goes.
Image parse_addresses(const std::vector<uint8_t>& bytes, const Header& header, const std::string& path) {
  if (header.offset + 32 > bytes.size())
    throw Error(kStatus, fmt::format("{}: truncated in the multiboot header", path));
  const uint32_t header_addr = word(bytes, header.offset + 12);
  const uint32_t load_addr = word(bytes, header.offset + 16);
  const uint32_t load_end = word(bytes, header.offset + 20);
  const uint32_t bss_end = word(bytes, header.offset + 24);
  const uint64_t before = uint64_t{header_addr} - load_addr;
  if (load_addr > header_addr || before > header.offset) {
    throw Error(kStatus, fmt::format("{}: damaged multiboot header (load address)", path));
  }
  const size_t start = header.offset - static_cast<size_t>(before);
  const uint64_t size = load_end == 0 ? bytes.size() - start : uint64_t{load_end} - load_addr;
  if (load_end != 0 && load_end < load_addr) {
    throw Error(kStatus, fmt::format("{}: damaged multiboot header (end of data)", path));
  }
  if (start + size > bytes.size()) throw Error(kStatus, fmt::format("{}: truncated (the data ends early)", path));
  uint64_t memory = size;
  if (bss_end != 0) {
    if (bss_end < load_addr + size)
      throw Error(kStatus, fmt::format("{}: damaged multiboot header (end of bss)", path));
    memory = uint64_t{bss_end} - load_addr;
  }
  const auto first = bytes.begin() + static_cast<std::ptrdiff_t>(start);
  Image image;
  image.entry = word(bytes, header.offset + 28);
  image.segments.push_back(
      {load_addr, static_cast<uint32_t>(memory), {first, first + static_cast<std::ptrdiff_t>(size)}});
  check_segments(image, path, kStatus);
  return image;
}

// Where the boot information goes: conventional memory above the BIOS data area, below the image.
constexpr uint32_t kInfoAddress = 0x9000;
constexpr uint32_t kInfoEnd = 0x9f000;
constexpr uint32_t kPage = 0x1000;

// "Boot information format": offsets and flags.
enum InfoFlag : uint32_t {
  kMem = 1u << 0,
  kCmdline = 1u << 2,
  kMods = 1u << 3,
  kMmap = 1u << 6,
  kLoaderName = 1u << 9
};
constexpr uint32_t kInfoBytes = 88;

// A cursor over the information area of guest memory.
class InfoWriter {
 public:
  InfoWriter(std::span<uint8_t> memory, const std::string& path) : memory_(memory), path_(path) {}

  uint32_t reserve(uint64_t bytes) {
    const uint32_t address = next_;
    if (next_ + bytes > kInfoEnd)
      throw Error(kStatus, fmt::format("{}: command line and modules' texts are too long", path_));
    next_ = (next_ + static_cast<uint32_t>(bytes) + 3) & ~3u;
    return address;
  }
  void put(uint32_t address, uint32_t value) { std::memcpy(memory_.data() + address, &value, sizeof value); }
  uint32_t text(const std::string& value) {
    const uint32_t address = reserve(value.size() + 1);
    std::memcpy(memory_.data() + address, value.c_str(), value.size() + 1);
    return address;
  }
  uint32_t end() const { return next_; }

 private:
  std::span<uint8_t> memory_;
  const std::string& path_;
  uint32_t next_ = kInfoAddress;
};

struct Region {
  uint64_t base, length;
  uint32_t type;  // 1: usable, 2: reserved
};

}  // namespace

GuestImage parse_guest(const std::vector<uint8_t>& bytes, const std::string& path) {
  GuestImage guest;
  const auto header = find_header(bytes);
  const bool elf = bytes.size() >= SELFMAG && std::equal(bytes.begin(), bytes.begin() + SELFMAG, ELFMAG);
  // An image that is neither is most likely not what the user meant: say what was looked for.
  if (!header && !elf) throw Error(kStatus, fmt::format("{}: not a multiboot image (neither ELF nor header)", path));
  // The specification lets the address fields win over the ELF headers.
  const bool addresses = header && (header->flags & kFlagAddresses) != 0;
  if (elf && !addresses) guest.image = parse_elf(bytes, path, EM_386, "the 80386", kStatus);
  if (!header) {
    throw Error(kStatus, fmt::format("{}: no multiboot header in the first {} bytes", path, kHeaderSearch));
  }
  if ((header->flags & kFlagMandatory & ~kFlagKnown) != 0) {
    throw Error(kStatus,
                fmt::format("{}: multiboot header asks for unknown features (flags {:#x})", path, header->flags));
  }
  if (addresses) guest.image = parse_addresses(bytes, *header, path);
  if (guest.image.segments.empty()) throw Error(kStatus, fmt::format("{}: neither ELF nor address fields", path));
  guest.page_align_modules = (header->flags & kFlagPageAlign) != 0;
  return guest;
}

uint32_t place_guest(const GuestImage& guest, const std::string& path, const std::string& command_line,
                     const std::vector<Module>& modules, std::span<uint8_t> memory) {
  const auto top = static_cast<uint32_t>(memory.size());
  uint64_t next = 0x100000;  // modules: above everything else
  for (const Segment& segment : guest.image.segments) {
    if (segment.end() > top) {
      throw Error(kStatus,
                  fmt::format("{}: does not fit: it needs memory up to {:#x}, the guest has {:#x}; see --memory", path,
                              segment.end(), top));
    }
    if (segment.address < kInfoEnd && segment.end() > kInfoAddress) {
      throw Error(kStatus, fmt::format("{}: loads at {:#x}, where the boot information goes", path, segment.address));
    }
    std::memset(memory.data() + segment.address, 0, segment.memory_bytes);
    std::copy(segment.data.begin(), segment.data.end(), memory.begin() + segment.address);
    next = std::max(next, segment.end());
  }

  InfoWriter info(memory, path);
  const uint32_t base = info.reserve(kInfoBytes);
  std::memset(memory.data() + base, 0, kInfoBytes);
  info.put(base + 0, kMem | kCmdline | kMods | kMmap | kLoaderName);
  info.put(base + 4, 640);                      // mem_lower, KiB
  info.put(base + 8, (top - 0x100000) / 1024);  // mem_upper, KiB
  info.put(base + 16, info.text(command_line));

  const uint32_t list = info.reserve(uint64_t{16} * modules.size());
  info.put(base + 20, static_cast<uint32_t>(modules.size()));
  info.put(base + 24, list);
  for (size_t i = 0; i < modules.size(); ++i) {
    next = (next + kPage - 1) & ~uint64_t{kPage - 1};  // page-aligned whether asked or not: QEMU does the same
    const uint64_t end = next + modules[i].bytes.size();
    if (end > top) throw Error(kStatus, fmt::format("{}: module does not fit into memory", modules[i].text));
    std::copy(modules[i].bytes.begin(), modules[i].bytes.end(), memory.begin() + static_cast<std::ptrdiff_t>(next));
    const auto entry = static_cast<uint32_t>(list + 16 * i);
    info.put(entry, static_cast<uint32_t>(next));
    info.put(entry + 4, static_cast<uint32_t>(end));
    info.put(entry + 8, info.text(modules[i].text));
    info.put(entry + 12, 0);
    next = end;
  }

  const Region regions[] = {
      {0, 0x9fc00, 1}, {0x9fc00, 0x400, 2}, {0xf0000, 0x10000, 2}, {0x100000, uint64_t{top} - 0x100000, 1}};
  const uint32_t map = info.reserve(24 * std::size(regions));
  uint32_t at = map;
  for (const Region& region : regions) {
    info.put(at, 20);  // size of the rest of the entry
    info.put(at + 4, static_cast<uint32_t>(region.base));
    info.put(at + 8, static_cast<uint32_t>(region.base >> 32));
    info.put(at + 12, static_cast<uint32_t>(region.length));
    info.put(at + 16, static_cast<uint32_t>(region.length >> 32));
    info.put(at + 20, region.type);
    at += 24;
  }
  info.put(base + 44, at - map);
  info.put(base + 48, map);
  info.put(base + 64, info.text("veil"));
  return base;
}

}  // namespace veil::loader
