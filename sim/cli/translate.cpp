// veil translate: guest code and its native groups side by side, from an image and without running it.
#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "sim/cli/commands.h"
#include "sim/loader/error.h"
#include "sim/loader/file.h"
#include "sim/loader/multiboot.h"
#include "veil/isa/configs.h"
#include "veil/isa/platform.h"
#include "view/view.h"

namespace veil::cli {

namespace {

using loader::Error;
using platform::ExitStatus;

constexpr uint64_t kImageLimit = uint64_t{1} << 30;
constexpr uint32_t kPage = 4096;

template <class T>
std::optional<T> at(const std::vector<uint8_t>& bytes, uint64_t offset) {
  T value;
  if (offset > bytes.size() || bytes.size() - offset < sizeof value) return std::nullopt;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

// Value of a symbol of the image; the loader has checked the file's header.
std::optional<uint32_t> find_symbol(const std::vector<uint8_t>& bytes, const std::string& name) {
  const auto header = at<Elf32_Ehdr>(bytes, 0);
  if (!header) return std::nullopt;
  for (unsigned i = 0; i < header->e_shnum; ++i) {
    const auto table = at<Elf32_Shdr>(bytes, header->e_shoff + uint64_t{i} * sizeof(Elf32_Shdr));
    if (!table || table->sh_type != SHT_SYMTAB) continue;
    const auto strings = at<Elf32_Shdr>(bytes, header->e_shoff + uint64_t{table->sh_link} * sizeof(Elf32_Shdr));
    if (!strings) continue;
    for (uint64_t offset = 0; offset + sizeof(Elf32_Sym) <= table->sh_size; offset += sizeof(Elf32_Sym)) {
      const auto symbol = at<Elf32_Sym>(bytes, table->sh_offset + offset);
      if (!symbol) break;
      const uint64_t start = uint64_t{strings->sh_offset} + symbol->st_name;
      if (start + name.size() >= bytes.size() || bytes[start + name.size()] != 0) continue;
      if (std::memcmp(bytes.data() + start, name.data(), name.size()) == 0 && !name.empty()) return symbol->st_value;
    }
  }
  return std::nullopt;
}

uint32_t start_address(const TranslateOptions& options, const std::vector<uint8_t>& file, uint32_t entry) {
  if (options.at.empty()) return entry;
  if (const auto symbol = find_symbol(file, options.at)) return *symbol;
  char* end = nullptr;
  const unsigned long value = std::strtoul(options.at.c_str(), &end, 0);
  if (end == options.at.c_str() || *end != 0 || value > 0xffffffffUL) {
    throw Error(ExitStatus::usage,
                fmt::format("--at: '{}' is neither a number nor a symbol of {}", options.at, options.image));
  }
  return static_cast<uint32_t>(value);
}

// The bytes of the image from `eip` to the end of its page or of its segment.
std::span<const uint8_t> code_at(const loader::Image& image, uint32_t eip) {
  for (const loader::Segment& segment : image.segments) {
    if (eip < segment.address || eip - segment.address >= segment.data.size()) continue;
    const auto rest = std::span(segment.data).subspan(eip - segment.address);
    return rest.first(std::min<std::size_t>(rest.size(), kPage - eip % kPage));
  }
  return {};
}

}  // namespace

int translate(const TranslateOptions& options) {
  const isa::Config* config = isa::find_config(options.config.data(), static_cast<unsigned>(options.config.size()));
  if (config == nullptr) {
    throw Error(ExitStatus::usage, fmt::format("--config: no configuration '{}'", options.config));
  }
  const std::vector<uint8_t> file = loader::read_file(options.image, kImageLimit, ExitStatus::image);
  const loader::Image image = loader::parse_guest(file, options.image).image;
  translator::Options translation;
  translation.width = config->width;
  translation.block_limit = options.block_limit;
  translator::Request request;
  request.eip = start_address(options, file, image.entry);
  request.dispatcher_exit = platform::translation_cache_address;
  request.native_base = request.dispatcher_exit + 0x100;
  for (uint32_t i = 0; i < options.count; ++i) {
    request.bytes = code_at(image, request.eip);
    if (request.bytes.empty()) {
      if (i != 0) break;
      throw Error(ExitStatus::usage, fmt::format("--at: {:#x} is not in {}", request.eip, options.image));
    }
    const translator::View view = translator::view(request, translation);
    std::fputs(((i == 0 ? "" : "\n") + view.text).c_str(), stdout);
    if (view.result.status != translator::Status::ok) break;
    request.eip += view.result.guest_bytes;
  }
  return 0;
}

}  // namespace veil::cli
