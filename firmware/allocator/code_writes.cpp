#include "firmware/allocator/code_writes.h"

#include <algorithm>

#include "firmware/allocator/paging.h"
#include "firmware/dispatcher/state.h"

namespace veil::fw {
namespace {

constexpr uint32_t kLongestStore = 4;

// Checksum of what a translation was made from, as it is now (FNV-1a).
uint32_t sum_of(const Block& block) {
  uint32_t sum = 0x811c9dc5;
  for (const SourceRange& range : source_of(block).range) {
    if (range.bytes == 0) continue;
    for (const uint8_t byte : guest_code(range.physical).first(range.bytes)) sum = (sum ^ byte) * 0x01000193;
  }
  return sum;
}

}  // namespace

void code_written(uint32_t physical, uint32_t bytes) {
  const uint32_t last = (physical + bytes - 1) >> kGranuleShift;
  for (uint32_t granule = physical >> kGranuleShift; granule <= last; ++granule) {
    const uint32_t at = granule << kGranuleShift;
    const Block* const youngest = firmware.cache.youngest_in(at);
    if (youngest == nullptr) continue;
    firmware.writes.written(at, youngest->made_at, native::csr_read<isa::Csr::xgic>(),
                            {youngest->guest_physical, sum_of(*youngest)});
    firmware.cache.drop_granule(at);
  }
}

// The trap tells where the page's part of the store begins, not how long it is; and the TLB's mask may be older than
// the code map.
void code_write_trap(uint32_t linear) {
  const x86::PageWalk w = walk(linear, {.write = true}, x86::PageMarks::keep);
  if (w.status == x86::PageWalk::Status::ok) {
    code_written(w.physical, std::min(kLongestStore, kPageBytes - (linear & (kPageBytes - 1))));
  }
  forget_page_entry(linear);
}

}  // namespace veil::fw
