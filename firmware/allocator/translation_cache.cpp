// Placement, search, chaining and dropping of translations. See translation_cache.h for the invariants.
#include "firmware/allocator/translation_cache.h"

#include <algorithm>
#include <cstring>

namespace veil::fw {
namespace {

// Translations start at a fetch block of the widest core: groups are formed for such an alignment.
constexpr uint32_t kAlignWords = 4;

}  // namespace

void TranslationCache::reset(const Memory& memory, uint32_t native, CacheObserver& observer) {
  memory_ = memory;
  native_ = native;
  observer_ = &observer;
  code_map_.reset(memory_.page_slots, memory_.pages);
  code_ring_.reset(static_cast<uint32_t>(memory_.code.size()));
  exit_ring_.reset(static_cast<uint32_t>(memory_.exits.size()));
  std::memset(memory_.hash.data(), 0xff, memory_.hash.size_bytes());  // kNone
  for (uint16_t& exit : recent_exits_) exit = 0;
  memory_.exits[0] = ExitRecord{};
  oldest_ = 0;
  count_ = 0;
}

uint32_t TranslationCache::bucket(uint32_t physical) const {
  return (physical ^ (physical >> 11)) & static_cast<uint32_t>(memory_.hash.size() - 1);
}

Source source_of(const Block& block) {
  const uint32_t in_page = kPageBytes - (block.guest_physical & (kPageBytes - 1));
  const uint32_t first = std::min(block.guest_bytes, in_page);
  return {{{block.guest_physical, first}, {block.second_page, block.guest_bytes - first}}};
}

GranuleMask granules_on(const Block& block, uint32_t page) {
  GranuleMask all;
  for (const SourceRange& range : source_of(block).range) {
    if (range.bytes == 0 || range.physical >> kPageShift != page) continue;
    const GranuleMask mask = granules_of(range.physical, range.bytes);
    all.low |= mask.low;
    all.high |= mask.high;
  }
  return all;
}

Block* TranslationCache::find(const Key& key) { return find_from(memory_.hash[bucket(key.physical)], key); }

Block* TranslationCache::find_next(const Block& block, const Key& key) { return find_from(block.hash_next, key); }

Block* TranslationCache::find_from(uint16_t number, const Key& key) {
  for (uint16_t n = number; n != kNone; n = memory_.blocks[n].hash_next) {
    Block& block = memory_.blocks[n];
    if (block.guest_physical == key.physical && block.guest_eip == key.eip && block.mode == key.mode) return &block;
  }
  return nullptr;
}

Block* TranslationCache::find_native(uint32_t address) {
  const uint32_t position = (address - native_) / 4;
  if (count_ == 0 || position >= code_ring_.capacity()) return nullptr;
  // Positions grow with age's inverse, but for one step back at the end of the ring: count them from the oldest.
  const uint32_t origin = aged(0).position;
  const auto distance = [&](uint32_t p) { return p >= origin ? p - origin : p - origin + code_ring_.capacity(); };
  uint32_t low = 0;
  uint32_t high = count_;  // the answer is in [low, high)
  while (high - low > 1) {
    const uint32_t middle = low + (high - low) / 2;
    (distance(aged(middle).position) <= distance(position) ? low : high) = middle;
  }
  Block& block = aged(low);
  return block.live() && position - block.position < block.words ? &block : nullptr;
}

ExitRecord* TranslationCache::find_exit(uint32_t stub) {
  uint16_t& recent = recent_exits_[(stub >> 2) % kRecentExits];
  {
    ExitRecord& record = memory_.exits[recent];
    if (record.owner < memory_.blocks.size() && stub_of(record) == stub) return &record;
  }
  const Block* block = find_native(stub);
  if (block == nullptr) return nullptr;
  for (uint32_t i = 0; i < block->exit_count; ++i) {
    ExitRecord& record = memory_.exits[block->exit_position + i];
    if (stub_of(record) != stub) continue;
    recent = static_cast<uint16_t>(block->exit_position + i);
    return &record;
  }
  return nullptr;
}

void TranslationCache::evict_oldest() {
  Block& block = aged(0);
  drop(block);
  oldest_ = oldest_ + 1 == memory_.blocks.size() ? 0 : oldest_ + 1;
  if (--count_ == 0) {
    code_ring_.free_last();
    exit_ring_.free_last();
    return;
  }
  code_ring_.free_oldest(aged(0).position);
  exit_ring_.free_oldest(aged(0).exit_position);
}

TranslationCache::Room TranslationCache::make_room(uint32_t words, uint32_t exits) {
  words = std::min(words, code_ring_.capacity() / 2) & ~(kAlignWords - 1);
  exits = std::clamp<uint32_t>(exits, 1, exit_ring_.capacity() / 2);
  while (count_ == memory_.blocks.size() || code_ring_.place(words) == Ring::kNoRoom ||
         exit_ring_.place(exits) == Ring::kNoRoom) {
    evict_oldest();
  }
  const uint32_t position = code_ring_.place(words);
  return Room{position, native_ + position * 4, memory_.code.subspan(position, words)};
}

Block* TranslationCache::add(const Room& room, const Key& key, const translator::Result& result,
                             std::span<const translator::Exit> exits, uint32_t tier) {
  const uint32_t first_page = key.physical >> kPageShift;
  const bool crosses = (key.physical & (kPageBytes - 1)) + result.guest_bytes > kPageBytes;
  const uint32_t second_page = crosses ? key.second_page >> kPageShift : first_page;
  if (!key.checks) {
    CodePage* page = code_map_.make(first_page);
    if (page == nullptr) return nullptr;
    if (code_map_.make(second_page) == nullptr) {
      if (page->first_block == kNone) code_map_.release(*page);
      return nullptr;
    }
  }
  const uint32_t exit_count = std::max<uint32_t>(static_cast<uint32_t>(exits.size()), 1);
  const uint32_t exit_position = exit_ring_.place(exit_count);
  code_ring_.take(room.position, (result.words + kAlignWords - 1) & ~(kAlignWords - 1));
  exit_ring_.take(exit_position, exit_count);
  Block& block = aged(count_++);
  const uint16_t index = static_cast<uint16_t>(number(block));
  block.faults = 0;
  block.made_at = 0;
  block.incoming = kNone;
  block.samples = 0;
  block.guest_eip = key.eip;
  block.guest_physical = key.physical;
  block.guest_bytes = result.guest_bytes;
  block.instructions = result.instructions;
  block.native = room.native;
  block.words = result.words;
  block.mode = key.mode;
  block.tier = tier;
  block.position = room.position;
  block.second_page = crosses ? key.second_page : kNoPage;
  block.gate = static_cast<uint16_t>(result.gate);
  block.exit_position = static_cast<uint16_t>(exit_position);
  block.exit_count = static_cast<uint8_t>(exits.size());
  block.differed = key.checks ? uint8_t{0} : Block::kMarked;
  for (uint32_t i = 0; i < exits.size(); ++i) {
    memory_.exits[exit_position + i] = ExitRecord{exits[i], index, kNone, kNone, kNone};
  }

  uint16_t& head = memory_.hash[bucket(key.physical)];
  block.hash_next = head;
  head = index;

  if (!key.checks) [[likely]] {
    enlist(block, first_page, 0);
    if (second_page != first_page) [[unlikely]]
      enlist(block, second_page, 1);
  }
  observer_->code_changed(block.native, block.words);
  observer_->made(block);
  return &block;
}

// On the list of a page of its source (the first or the second), which then has its granules.
void TranslationCache::enlist(Block& block, uint32_t number_of_page, uint32_t which) {
  CodePage& page = *code_map_.find(number_of_page);
  block.page_next[which] = page.first_block;
  page.first_block = static_cast<uint16_t>(number(block));
  const GranuleMask mask = granules_on(block, number_of_page);
  if ((mask.low & ~page.granules[0]) != 0 || (mask.high & ~page.granules[1]) != 0) {
    page.granules[0] |= mask.low;
    page.granules[1] |= mask.high;
    observer_->granules_added(number_of_page);
  }
}

void TranslationCache::delist(Block& block, uint32_t number_of_page) {
  CodePage& page = *code_map_.find(number_of_page);
  uint16_t* link = &page.first_block;
  while (*link != number(block)) link = &next_on(memory_.blocks[*link], number_of_page);
  *link = next_on(block, number_of_page);
  page.granules[0] = page.granules[1] = 0;
  for (uint16_t n = page.first_block; n != kNone; n = next_on(memory_.blocks[n], number_of_page)) {
    const GranuleMask mask = granules_on(memory_.blocks[n], number_of_page);
    page.granules[0] |= mask.low;
    page.granules[1] |= mask.high;
  }
  if (page.first_block == kNone) code_map_.release(page);
}

// The link of a page's list. A translation whose pages are one is on its list once.
uint16_t& TranslationCache::next_on(Block& block, uint32_t number_of_page) {
  return block.page_next[block.guest_physical >> kPageShift == number_of_page ? 0 : 1];
}

void TranslationCache::patch(const ExitRecord& exit, const Block* target) {
  const Block& owner = memory_.blocks[exit.owner];
  const std::span<uint32_t> code = memory_.code.subspan(owner.position, owner.words);
  const uint32_t word = target != nullptr ? translator::link(code, owner.native, exit.exit, target->chain_entry())
                                          : translator::unlink(code, owner.native, exit.exit);
  observer_->code_changed(owner.native + word * 4, 1);
}

void TranslationCache::chain(ExitRecord& exit, Block& target) {
  if (exit.target != kNone) return;
  const uint16_t index = static_cast<uint16_t>(&exit - memory_.exits.data());
  exit.target = static_cast<uint16_t>(number(target));
  exit.next = target.incoming;
  exit.previous = kNone;
  if (exit.next != kNone) memory_.exits[exit.next].previous = index;
  target.incoming = index;
  patch(exit, &target);
}

void TranslationCache::unchain(ExitRecord& exit) {
  Block& target = memory_.blocks[exit.target];
  if (exit.previous != kNone) {
    memory_.exits[exit.previous].next = exit.next;
  } else {
    target.incoming = exit.next;
  }
  if (exit.next != kNone) memory_.exits[exit.next].previous = exit.previous;
  exit.target = exit.next = exit.previous = kNone;
}

void TranslationCache::drop(Block& block) {
  if (!block.live()) return;
  observer_->dropped(block);
  const uint16_t index = static_cast<uint16_t>(number(block));
  while (block.incoming != kNone) {
    ExitRecord& exit = memory_.exits[block.incoming];
    unchain(exit);
    patch(exit, nullptr);
  }
  for (uint32_t i = 0; i < block.exit_count; ++i) {
    ExitRecord& exit = memory_.exits[block.exit_position + i];
    if (exit.target != kNone) unchain(exit);
    exit.owner = kNone;
  }
  observer_->jump_forgotten(block.guest_eip);

  uint16_t* link = &memory_.hash[bucket(block.guest_physical)];
  while (*link != index) link = &memory_.blocks[*link].hash_next;
  *link = block.hash_next;

  block.words = 0;
  if (block.checks()) return;
  const uint32_t first_page = block.guest_physical >> kPageShift;
  delist(block, first_page);
  if (block.second_page != kNoPage && block.second_page >> kPageShift != first_page) [[unlikely]]
    delist(block, block.second_page >> kPageShift);
}

const Block* TranslationCache::youngest_in(uint32_t physical) {
  const uint32_t number_of_page = physical >> kPageShift;
  const CodePage* page = code_map_.find(number_of_page);
  if (page == nullptr) return nullptr;
  const GranuleMask hit = granules_of(physical, 1);
  const Block* youngest = nullptr;
  for (uint16_t n = page->first_block; n != kNone; n = next_on(memory_.blocks[n], number_of_page)) {
    const Block& block = memory_.blocks[n];
    if (!granules_on(block, number_of_page).meets(hit)) continue;
    if (youngest == nullptr || static_cast<int32_t>(block.made_at - youngest->made_at) > 0) youngest = &block;
  }
  return youngest;
}

uint32_t TranslationCache::drop_granule(uint32_t physical) {
  const uint32_t number_of_page = physical >> kPageShift;
  const CodePage* page = code_map_.find(number_of_page);
  if (page == nullptr) return 0;
  const GranuleMask hit = granules_of(physical, 1);
  uint32_t dropped = 0;
  for (uint16_t n = page->first_block; n != kNone;) {
    Block& block = memory_.blocks[n];
    n = next_on(block, number_of_page);  // before it is dropped; the page's entry stays while n is on it
    if (!granules_on(block, number_of_page).meets(hit)) continue;
    drop(block);
    ++dropped;
  }
  return dropped;
}

void TranslationCache::drop_all() {
  while (count_ != 0) evict_oldest();
}

void TranslationCache::announce() {
  for (uint32_t age = 0; age < count_; ++age) {
    if (const Block& block = aged(age); block.live()) observer_->made(block);
  }
}

}  // namespace veil::fw
