// The translation cache: where translations are, how they are found, chained and removed.
//
// Translations are placed in a ring and evicted one by one, oldest first, just as much as the next one needs. Each has
// a descriptor (Block); descriptors are a ring of the same order, so a native address is found by bisection. A
// translation dropped early (its code was written to) leaves a hole that the ring passes over.
//
// Invariants:
//  - a chained exit is in the `incoming` list of its target, so dropping the target restores every exit into it;
//  - the jump table never names a dropped translation;
//  - the granules of every live translation are set in the code map, unless it checks its source itself.
// Pure but for the CacheObserver, so the unit tests run it on the host.
#pragma once

#include <cstdint>
#include <span>

#include "firmware/allocator/code_map.h"
#include "firmware/allocator/ring.h"
#include "veil/translator.h"

namespace veil::fw {

// The first nine words are [block_descriptor] of isa/platform.toml (asserted in translation_cache.cpp).
struct Block {
  uint32_t guest_eip = 0;
  uint32_t guest_physical = 0;
  uint32_t guest_bytes = 0;
  uint32_t instructions = 0;
  uint32_t native = 0;
  uint32_t words = 0;  // 0: dropped
  uint32_t mode = 0;
  uint32_t tier = 0;
  uint32_t faults = 0;

  uint32_t position = 0;           // in the code ring; stays when the translation is dropped
  uint32_t made_at = 0;            // guest instructions committed then, low word
  uint32_t second_page = kNoPage;  // physical, if its last instruction ends there
  uint16_t exit_position = 0;
  uint8_t exit_count = 0;
  uint8_t differed = kMarked;  // times that it has found its source changed; kMarked: it does not look
  uint16_t hash_next = kNone;
  uint16_t page_next[2] = {kNone, kNone};  // in the lists of its pages
  uint16_t incoming = kNone;               // first exit that is chained to this translation
  uint16_t samples = 0;                    // times that it was seen running (gear 3)
  uint16_t gate = 0;                       // word offset of where chains lead; 0: to the entry

  static constexpr uint8_t kMarked = 0xff;

  bool live() const { return words != 0; }
  bool checks() const { return differed != kMarked; }
  uint32_t chain_entry() const { return native + 4u * gate; }
};
static_assert(sizeof(Block) == 64);

// A part of a translation's source, inside one page.
struct SourceRange {
  uint32_t physical = 0;
  uint32_t bytes = 0;
};
// A translation has one, or two (the second empty).
struct Source {
  SourceRange range[2];
};
Source source_of(const Block& block);
GranuleMask granules_on(const Block& block, uint32_t page);

struct ExitRecord {
  translator::Exit exit;
  uint16_t owner = kNone;   // descriptor number
  uint16_t target = kNone;  // descriptor number that it is chained to
  uint16_t next = kNone;    // in the target's `incoming` list
  uint16_t previous = kNone;
};

// What has to be done to the hardware (or written down) when the cache changes.
class CacheObserver {
 public:
  virtual void code_changed(uint32_t native, uint32_t words) = 0;  // these words are fetched anew
  virtual void jump_forgotten(uint32_t guest_eip) = 0;             // its jump table entry goes
  virtual void granules_added(uint32_t page) = 0;                  // TLB entries of the page are stale
  virtual void made(const Block& block) = 0;
  virtual void dropped(const Block& block) = 0;

 protected:
  ~CacheObserver() = default;
};

class TranslationCache {
 public:
  struct Memory {
    std::span<uint32_t> code;
    std::span<Block> blocks;
    std::span<ExitRecord> exits;
    std::span<uint16_t> hash;  // a power of two
    std::span<uint16_t> page_slots;
    std::span<CodePage> pages;
  };
  struct Key {
    uint32_t eip = 0;
    uint32_t physical = 0;
    uint32_t mode = 0;
    uint32_t second_page = kNoPage;  // physical, for a translation that may go on there; nothing that is searched for
    bool checks = false;  // it compares its source itself: no granule is marked; nothing that is searched for
  };

  // `native` is the address of code[0].
  void reset(const Memory& memory, uint32_t native, CacheObserver& observer);

  // Translations that go on in different second pages may have the same key: all of them, one by one.
  Block* find(const Key& key);
  Block* find_next(const Block& block, const Key& key);
  // The live translation that holds a native address.
  Block* find_native(uint32_t address);
  // The exit whose stub is at a native address.
  ExitRecord* find_exit(uint32_t stub);
  std::span<ExitRecord> exits_of(const Block& block) {
    return memory_.exits.subspan(block.exit_position, block.exit_count);
  }
  Block& owner(const ExitRecord& exit) const { return memory_.blocks[exit.owner]; }

  struct Room {
    uint32_t position = 0;
    uint32_t native = 0;
    std::span<uint32_t> code;
  };
  // Room for a translation of at most `words` words and `exits` exits; evicts. The room is no longer than half the
  // ring, whose length is a multiple of four words.
  Room make_room(uint32_t words, uint32_t exits);
  // The translation that has been written into `room`. nullptr: the code map is full.
  Block* add(const Room& room, const Key& key, const translator::Result& result,
             std::span<const translator::Exit> exits, uint32_t tier);

  void chain(ExitRecord& exit, Block& target);
  void drop(Block& block);
  // The youngest translation that has marked the granule of a physical address; nullptr: none has.
  const Block* youngest_in(uint32_t physical);
  // Drops every translation that has marked the granule of a physical address; says how many.
  uint32_t drop_granule(uint32_t physical);
  void drop_all();
  // Tells the observer once more of every live translation, oldest first.
  void announce();

  uint32_t number(const Block& block) const { return static_cast<uint32_t>(&block - memory_.blocks.data()); }
  uint32_t count() const { return count_; }  // descriptors in use, dropped ones included

 private:
  Block* find_from(uint16_t number, const Key& key);
  void enlist(Block& block, uint32_t page, uint32_t which);
  void delist(Block& block, uint32_t page);
  static uint16_t& next_on(Block& block, uint32_t page);
  void evict_oldest();
  void unchain(ExitRecord& exit);
  void patch(const ExitRecord& exit, const Block* target);
  uint32_t bucket(uint32_t physical) const;
  uint32_t stub_of(const ExitRecord& exit) const { return owner(exit).native + exit.exit.stub * 4; }
  Block& aged(uint32_t age) {
    const uint32_t place = oldest_ + age;
    const auto size = static_cast<uint32_t>(memory_.blocks.size());
    return memory_.blocks[place < size ? place : place - size];
  }

  Memory memory_;
  uint32_t native_ = 0;
  CacheObserver* observer_ = nullptr;
  CodeMap code_map_;
  Ring code_ring_;
  Ring exit_ring_;
  uint32_t oldest_ = 0;
  uint32_t count_ = 0;

  // Exits that have been asked for lately, by stub: an entry may be stale, which its record shows.
  static constexpr uint32_t kRecentExits = 256;
  uint16_t recent_exits_[kRecentExits] = {};
};

}  // namespace veil::fw
