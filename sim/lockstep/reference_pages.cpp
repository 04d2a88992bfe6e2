#include "sim/lockstep/reference_pages.h"

#include <cstring>
#include <utility>

namespace veil::lockstep {
namespace {

constexpr uint32_t kPresent = 0x01, kWritable = 0x02, kUser = 0x04, kAccessed = 0x20, kDirty = 0x40;
constexpr uint32_t kWriteProtect = 0x10000;  // CR0.WP
constexpr uint32_t kFrame = 0xfffff000;

}  // namespace

void ReferencePages::set(uint32_t cr0, uint32_t cr3) {
  cr0_ = cr0;
  cr3_ = cr3;
}

std::optional<uint32_t> ReferencePages::word(uint32_t physical) const {
  if (uint64_t{physical} + 4 > memory_.size()) return std::nullopt;
  uint32_t value = 0;
  std::memcpy(&value, memory_.data() + physical, sizeof value);
  return value;
}

void ReferencePages::set_bits(uint32_t physical, uint32_t bits) {
  const uint32_t old = word(physical).value_or(0);
  const uint32_t value = old | bits;
  if (value == old) return;
  std::memcpy(memory_.data() + physical, &value, sizeof value);
  changed_.push_back({physical, 4});
}

// Section 4.6: user code needs user pages; supervisor code may write read-only pages unless WP is set.
bool ReferencePages::allowed(const Entry& entry, bool write, bool user) const {
  if (user && !entry.user) return false;
  return !write || entry.writable || (!user && (cr0_ & kWriteProtect) == 0);
}

std::optional<ReferencePages::Entry> ReferencePages::access(uint32_t linear, bool write, bool user, bool mark) {
  const uint32_t page = linear & kFrame;
  if (!paging()) return Entry{page, true, true, true};
  const auto known = found_.find(page);
  if (known != found_.end() && allowed(known->second, write, user) && (!write || known->second.dirty)) {
    return known->second;
  }
  const uint32_t directory = (cr3_ & kFrame) + (linear >> 22) * 4;
  const uint32_t upper = word(directory).value_or(0);
  if ((upper & kPresent) == 0) return std::nullopt;
  const uint32_t table = (upper & kFrame) + (linear >> 12 & 0x3ff) * 4;
  const uint32_t lower = word(table).value_or(0);
  if ((lower & kPresent) == 0) return std::nullopt;
  const uint32_t both = upper & lower;
  const Entry entry{lower & kFrame, (both & kUser) != 0, (both & kWritable) != 0, write || (lower & kDirty) != 0};
  if (!allowed(entry, write, user)) return std::nullopt;
  if (!mark) return entry;
  set_bits(directory, kAccessed);
  set_bits(table, write ? kAccessed | kDirty : kAccessed);
  found_[page] = entry;
  return entry;
}

std::optional<uint32_t> ReferencePages::look(uint32_t linear) const {
  if (!paging()) return linear;
  if (const auto known = found_.find(linear & kFrame); known != found_.end()) {
    return known->second.frame | (linear & ~kFrame);
  }
  const uint32_t upper = word((cr3_ & kFrame) + (linear >> 22) * 4).value_or(0);
  if ((upper & kPresent) == 0) return std::nullopt;
  const uint32_t lower = word((upper & kFrame) + (linear >> 12 & 0x3ff) * 4).value_or(0);
  if ((lower & kPresent) == 0) return std::nullopt;
  return (lower & kFrame) | (linear & ~kFrame);
}

std::vector<sim::FinalStore> ReferencePages::take_changed() { return std::exchange(changed_, {}); }

}  // namespace veil::lockstep
