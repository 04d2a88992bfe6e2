#include "sim/loader/snapshot.h"

#include <fmt/format.h>
#include <xxhash.h>
#include <zstd.h>

#include <array>
#include <cstring>

#include "sim/loader/error.h"
#include "sim/loader/file.h"
#include "veil/isa/platform.h"

namespace veil::loader {
namespace {

constexpr std::array<char, 8> kMagic = {'V', 'E', 'I', 'L', 'S', 'N', 'A', 'P'};
constexpr uint32_t kVersion = 1;
constexpr int kLevel = 3;  // zstd: most of memory is zero

struct Header {
  std::array<char, 8> magic = kMagic;
  uint32_t version = kVersion;
  uint32_t width = 0;
  uint32_t dram_bytes = 0;
  uint32_t reserved = 0;
  uint64_t guest_instructions = 0;
  uint64_t firmware = 0;
  uint64_t dram_hash = 0;
};
static_assert(sizeof(Header) == 48);

}  // namespace

uint64_t firmware_id(std::span<const uint8_t> file) { return XXH64(file.data(), file.size(), 0); }

bool write_snapshot(std::FILE* file, const Snapshot& snapshot) {
  const std::vector<uint8_t>& dram = snapshot.dram;
  Header header;
  header.width = snapshot.width;
  header.dram_bytes = static_cast<uint32_t>(dram.size());
  header.guest_instructions = snapshot.guest_instructions;
  header.firmware = snapshot.firmware;
  header.dram_hash = XXH64(dram.data(), dram.size(), 0);
  std::vector<uint8_t> packed(ZSTD_compressBound(dram.size()));
  const size_t bytes = ZSTD_compress(packed.data(), packed.size(), dram.data(), dram.size(), kLevel);
  if (ZSTD_isError(bytes) != 0) return false;
  return std::fwrite(&header, sizeof header, 1, file) == 1 && std::fwrite(packed.data(), 1, bytes, file) == bytes;
}

Snapshot read_snapshot(const std::string& path) {
  constexpr auto kStatus = platform::ExitStatus::image;
  const std::vector<uint8_t> file = read_file(path, ZSTD_COMPRESSBOUND(uint64_t{platform::dram_max}), kStatus);
  Header header;
  const auto refuse = [&](const std::string& why) { throw Error(kStatus, fmt::format("{}: {}", path, why)); };
  if (file.size() < sizeof header) refuse("no saved machine");
  std::memcpy(&header, file.data(), sizeof header);
  if (header.magic != kMagic) refuse("no saved machine");
  if (header.version != kVersion) {
    refuse(fmt::format("a saved machine of version {}, this veil has {}", header.version, kVersion));
  }
  if (header.dram_bytes < platform::dram_min || header.dram_bytes > platform::dram_max) refuse("damaged: memory size");
  Snapshot snapshot;
  snapshot.width = header.width;
  snapshot.guest_instructions = header.guest_instructions;
  snapshot.firmware = header.firmware;
  snapshot.dram.resize(header.dram_bytes);
  const size_t bytes = ZSTD_decompress(snapshot.dram.data(), snapshot.dram.size(), file.data() + sizeof header,
                                       file.size() - sizeof header);
  if (ZSTD_isError(bytes) != 0 || bytes != snapshot.dram.size() ||
      XXH64(snapshot.dram.data(), snapshot.dram.size(), 0) != header.dram_hash) {
    refuse("damaged");
  }
  return snapshot;
}

}  // namespace veil::loader
