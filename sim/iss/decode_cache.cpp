// Storage of decoded groups. Groups are never freed one by one: dropping forgets pointers, and when the arena has
// grown too large everything starts afresh.
#include "decode_cache.h"

#include "veil/isa/platform.h"

namespace veil::iss {

namespace {
constexpr size_t kChunk = 256;
constexpr size_t kMostGroups = 1 << 18;
}  // namespace

DecodeCache::DecodeCache(uint32_t dram_bytes)
    : dram_bytes_(dram_bytes), pages_((static_cast<size_t>(dram_bytes) + platform::concealed_size) >> 12) {}

uint32_t DecodeCache::index(uint32_t address) const {
  if (address < dram_bytes_) return address >> 12;
  const uint32_t inside = address - platform::concealed_window;
  if (inside < platform::concealed_size) return (dram_bytes_ + inside) >> 12;
  return static_cast<uint32_t>(pages_.size());
}

void DecodeCache::select(uint32_t pc) {
  const uint32_t i = index(pc);
  page_ = i < pages_.size() ? pages_[i].get() : nullptr;
  tag_ = page_ != nullptr ? pc >> 12 : ~0u;
}

Group& DecodeCache::add(uint32_t pc) {
  if (forget_ || used_ >= kMostGroups) {
    for (auto& page : pages_) page.reset();
    used_ = 0;
    forget_ = false;
  }
  auto& page = pages_[index(pc)];
  if (!page) page = std::make_unique<Page>();
  tag_ = pc >> 12;
  page_ = page.get();
  if (used_ == arena_.size() * kChunk) arena_.push_back(std::make_unique<std::array<Group, kChunk>>());
  Group& group = (*arena_[used_ / kChunk])[used_ % kChunk];
  used_++;
  group = Group{};
  page->groups[pc >> 2 & 1023] = &group;
  return group;
}

void DecodeCache::drop_line_at(uint32_t address) {
  const uint32_t i = index(address);
  if (i >= pages_.size() || !pages_[i]) return;
  const uint32_t first = address >> 2 & 1023 & ~7u;
  for (uint32_t word = first; word < first + 8; word++) pages_[i]->groups[word] = nullptr;
}

void DecodeCache::drop_line(uint32_t address) {
  drop_line_at(address);
  const uint32_t low = dram_bytes_ - platform::concealed_size;
  const uint32_t inside = address - platform::concealed_window;
  if (inside < platform::concealed_size) {
    drop_line_at(low + inside);
  } else if (address >= low && address < dram_bytes_) {
    drop_line_at(platform::concealed_window + (address - low));
  }
}

void DecodeCache::drop_all() {
  for (auto& page : pages_) {
    if (page) page->groups.fill(nullptr);
  }
  forget_ = true;
}

}  // namespace veil::iss
