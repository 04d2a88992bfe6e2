// veil translate: guest code and its native groups side by side, as the firmware's translator makes them. Nothing runs.
#include <fmt/format.h>

#include <algorithm>

#include "sim/cli/commands.h"
#include "sim/loader/error.h"
#include "sim/loader/file.h"
#include "sim/loader/multiboot.h"
#include "sim/loader/symbols.h"
#include "sim/lockstep/faithful.h"
#include "veil/isa/configs.h"
#include "veil/isa/platform.h"
#include "veil/translator.h"
#include "view/view.h"

namespace veil::cli {
namespace {

using loader::Error;
using platform::ExitStatus;

constexpr uint32_t kPage = 0x1000;

// The guest's bytes from `address` to the end of its page, or less where the image ends; empty if it has none there.
std::vector<uint8_t> code_at(const loader::Image& image, uint32_t address) {
  for (const loader::Segment& segment : image.segments) {
    if (address < segment.address || address - segment.address >= segment.data.size()) continue;
    const size_t offset = address - segment.address;
    const size_t size = std::min<size_t>(segment.data.size() - offset, kPage - address % kPage);
    const auto first = segment.data.begin() + static_cast<std::ptrdiff_t>(offset);
    return {first, first + static_cast<std::ptrdiff_t>(size)};
  }
  return {};
}

uint32_t find_start(const TranslateOptions& options, const std::vector<uint8_t>& file, const loader::Image& image) {
  if (options.at.empty()) return image.entry;
  if (const auto symbol = loader::find_symbol(file, options.at)) return *symbol;
  size_t used = 0;
  uint64_t address = 0;
  try {
    address = std::stoull(options.at, &used, 0);
  } catch (const std::exception&) {
    used = 0;
  }
  if (used != options.at.size() || options.at.front() == '-' || address > UINT32_MAX) {
    throw Error(ExitStatus::usage, fmt::format("--at: neither an address nor a symbol of the image: {}", options.at));
  }
  return static_cast<uint32_t>(address);
}

}  // namespace

int translate(const TranslateOptions& options) {
  const isa::Config* config = isa::find_config(options.config.data(), static_cast<unsigned>(options.config.size()));
  if (config == nullptr) {
    throw Error(ExitStatus::usage, fmt::format("--config: no configuration '{}'", options.config));
  }
  const auto file = loader::read_file(options.image, platform::dram_max, ExitStatus::image);
  const loader::Image image = loader::parse_guest(file, options.image).image;
  uint32_t eip = find_start(options, file, image);

  translator::Options how;
  how.width = config->width;
  how.block_limit = options.block_limit;
  how.quick = options.gear == 2;
  for (uint32_t i = 0; i < options.count; ++i) {
    const std::vector<uint8_t> bytes = code_at(image, eip);
    if (bytes.empty()) {
      if (i != 0) break;
      throw Error(ExitStatus::usage, fmt::format("--at: {:#010x} is not in the image", eip));
    }
    translator::Request request;
    request.eip = eip;
    request.bytes = bytes;
    request.native_base = platform::translation_cache_address;
    request.dispatcher_exit = platform::firmware_address;
    request.supervisor = request.counted_time = true;
    const translator::View shown = translator::view(request, how, options.ir && !how.quick);
    uint32_t length = shown.result.guest_bytes;
    if (shown.result.status == translator::Status::ok) {
      fmt::print("{}\n", shown.text);
    } else {
      const auto instruction = lockstep::decode_guest(std::span(bytes).first(std::min<size_t>(bytes.size(), 15)));
      fmt::print("{}{}\n", lockstep::disassemble_guest(bytes, eip, 1), shown.text);
      length = instruction.valid ? instruction.length : 1;
    }
    eip += std::max(1u, length);
  }
  return 0;
}

}  // namespace veil::cli
