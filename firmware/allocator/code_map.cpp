// The code map: pages with translated code, and their granules.
#include "firmware/allocator/code_map.h"

#include <cstring>

namespace veil::fw {

void CodeMap::reset(std::span<uint16_t> slots, std::span<CodePage> pages) {
  slots_ = slots;
  pages_ = pages;
  std::memset(slots_.data(), 0, slots_.size_bytes());
  free_ = 0;
  fresh_ = 1;
}

CodePage* CodeMap::find(uint32_t page) {
  if (page >= slots_.size() || slots_[page] == 0) return nullptr;
  return &pages_[slots_[page]];
}

CodePage* CodeMap::make(uint32_t page) {
  if (CodePage* entry = find(page)) return entry;
  if (page >= slots_.size()) return nullptr;
  uint16_t slot = free_;
  if (slot != 0) {
    free_ = pages_[slot].next_free;
  } else if (fresh_ < pages_.size()) {
    slot = fresh_++;
  } else {
    return nullptr;
  }
  CodePage& entry = pages_[slot];
  entry = CodePage{};
  entry.page = page;
  slots_[page] = slot;
  return &entry;
}

void CodeMap::release(CodePage& entry) {
  const uint16_t slot = slots_[entry.page];
  slots_[entry.page] = 0;
  entry = CodePage{};
  entry.next_free = free_;
  free_ = slot;
}

GranuleMask granules_of(uint32_t first, uint32_t bytes) {
  GranuleMask mask;
  const uint32_t offset = first & ((1u << kPageShift) - 1);
  const uint32_t last = (offset + (bytes == 0 ? 0 : bytes - 1)) >> kGranuleShift;
  for (uint32_t g = offset >> kGranuleShift; g <= last && g < 64; ++g) {
    (g < 32 ? mask.low : mask.high) |= 1u << (g & 31);
  }
  return mask;
}

}  // namespace veil::fw
