#include "sim/trace/guest_code.h"

#include "veil/isa/platform.h"
#include "x86/interpreter/page_walk.h"

namespace veil::sim {
namespace {

constexpr uint32_t kPaging = 1u << 31;  // CR0.PG

// Memory of the page walk: nothing is marked by looking.
struct Looking {
  const Shadow& shadow;
  uint32_t limit() const { return shadow.guest_bytes(); }
  uint32_t load(uint32_t physical) const { return shadow.word(physical & ~3u).value_or(~0u); }
  void store(uint32_t, uint32_t) const {}
};

}  // namespace

size_t read_guest_code(const Shadow& shadow, uint32_t eip, std::span<uint8_t> bytes) {
  namespace state = platform::guest_state;
  const auto field = [&](uint32_t offset) { return shadow.word(platform::guest_state_address + offset).value_or(0); };
  const bool paging = (field(state::cr0) & kPaging) != 0;
  const uint32_t cr3 = field(state::cr3);
  const uint32_t linear = field(state::cs_base) + eip;
  uint32_t physical = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    const uint32_t at = linear + static_cast<uint32_t>(i);
    if (i == 0 || at % 0x1000 == 0) {
      physical = at;
      if (paging) {
        const x86::PageWalk walk = x86::walk_pages(Looking{shadow}, cr3, true, at, {}, x86::PageMarks::set);
        if (walk.status != x86::PageWalk::Status::ok) return i;
        physical = walk.physical;
      }
    }
    if (physical >= shadow.guest_bytes()) return i;
    bytes[i] = shadow.dram()[physical++];
  }
  return bytes.size();
}

}  // namespace veil::sim
