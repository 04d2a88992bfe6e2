#include "firmware/allocator/code_writes.h"

#include <algorithm>

#include "firmware/allocator/paging.h"
#include "firmware/dispatcher/state.h"

namespace veil::fw {
namespace {

constexpr uint32_t kLongestStore = 4;

}  // namespace

void code_written(uint32_t physical, uint32_t bytes) {
  const uint32_t last = (physical + bytes - 1) >> kGranuleShift;
  for (uint32_t granule = physical >> kGranuleShift; granule <= last; ++granule) {
    const uint32_t at = granule << kGranuleShift;
    const TranslationCache::Dropped dropped = firmware.cache.drop_granule(at);
    if (dropped.count != 0) firmware.writes.written(at, dropped.youngest, native::csr_read<isa::Csr::xgic>());
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
