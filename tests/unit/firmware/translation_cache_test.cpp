// The translation cache against a plain model of what must be in it. Chaining is recorded, not encoded: link and unlink
// are this test's own.
#include "firmware/allocator/translation_cache.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <vector>

namespace veil::translator {

// A chained stub holds its target, an unchained one 0.
uint32_t link(std::span<uint32_t> code, uint32_t, const Exit& exit, uint32_t target) {
  code[exit.stub] = target;
  return exit.stub;
}
uint32_t unlink(std::span<uint32_t> code, uint32_t, const Exit& exit) {
  code[exit.stub] = 0;
  return exit.stub;
}

}  // namespace veil::translator

namespace veil::fw {
namespace {

constexpr uint32_t kNative = 0x7ff00000;

struct Log final : CacheObserver {
  std::vector<uint32_t> forgotten, granule_pages;
  unsigned made_count = 0, dropped_count = 0;
  void code_changed(uint32_t, uint32_t) override {}
  void jump_forgotten(uint32_t eip) override { forgotten.push_back(eip); }
  void granules_added(uint32_t page) override { granule_pages.push_back(page); }
  void made(const Block&) override { ++made_count; }
  void dropped(const Block&) override { ++dropped_count; }
};

struct Fixture {
  std::vector<uint32_t> code;
  std::vector<Block> blocks;
  std::vector<ExitRecord> exits;
  std::array<uint16_t, 64> hash{};
  std::array<uint16_t, 256> slots{};
  std::array<CodePage, 16> pages{};
  Log log;
  TranslationCache cache;

  explicit Fixture(uint32_t words = 256, uint32_t block_count = 64) : code(words), blocks(block_count), exits(128) {
    cache.reset({code, blocks, exits, hash, slots, pages}, kNative, log);
  }

  // Where the page after that of `eip` is. (Page 5 is followed by itself.)
  static uint32_t page_after(uint32_t eip) { return ((eip >> 12) * 3 + 6) % 16 << 12; }

  // A translation of `words` words with two exits, stubs in its first two words.
  Block* add(uint32_t eip, uint32_t words, uint32_t bytes = 10, uint32_t gate = 0) {
    const auto room = cache.make_room((words + 3) & ~3u, 2);
    REQUIRE(room.code.size() >= words);
    std::fill_n(room.code.begin(), words, 0u);
    std::array<translator::Exit, 2> list{};
    list[0].target_eip = eip + bytes;
    list[1].target_eip = eip + 100;
    list[1].stub = 1;
    const translator::Result result{.words = words, .guest_bytes = bytes, .instructions = 3, .exits = 2, .gate = gate};
    const TranslationCache::Key key{.eip = eip, .physical = eip, .mode = 3, .second_page = page_after(eip)};
    return cache.add(room, key, result, list, 4);
  }
  Block* find(uint32_t eip) { return cache.find({.eip = eip, .physical = eip, .mode = 3}); }
  bool marked(uint32_t physical) const {
    const uint16_t slot = slots[physical >> 12];
    const GranuleMask mask = granules_of(physical, 1);
    return slot != 0 && ((pages[slot].granules[0] & mask.low) | (pages[slot].granules[1] & mask.high)) != 0;
  }
};

TEST_CASE("a translation is found by key, by native address, and by stub") {
  Fixture f;
  Block* a = f.add(0x1000, 8);
  Block* b = f.add(0x2000, 12);
  CHECK(f.find(0x1000) == a);
  CHECK(f.find(0x2000) == b);
  CHECK(f.find(0x1001) == nullptr);
  CHECK(f.cache.find({.eip = 0x1000, .physical = 0x1000, .mode = 1}) == nullptr);
  CHECK(f.cache.find_native(a->native) == a);
  CHECK(f.cache.find_native(a->native + 31) == a);
  CHECK(f.cache.find_native(a->native + 32) == b);
  CHECK(f.cache.find_native(b->native + 48) == nullptr);
  CHECK(f.cache.find_native(kNative - 4) == nullptr);
  REQUIRE(f.cache.find_exit(b->native + 4) != nullptr);
  CHECK(f.cache.find_exit(b->native + 4)->exit.target_eip == 0x2064);
  CHECK(f.cache.find_exit(b->native + 8) == nullptr);
}

TEST_CASE("a translation in two pages is dropped by a write to either, and marked in both") {
  for (const bool second : {false, true}) {
    Fixture f;
    f.add(0x1ffc, 8);
    const uint32_t beyond = Fixture::page_after(0x1ffc);
    CHECK(f.find(0x1ffc)->second_page == beyond);
    CHECK(f.marked(0x1fff));
    CHECK(f.marked(beyond));
    CHECK(!f.marked(beyond + 64));
    CHECK(f.cache.drop_granule(second ? beyond + 5 : 0x1ffc) == 1);
    CHECK(f.find(0x1ffc) == nullptr);
    CHECK(f.slots[1] == 0);
    CHECK(f.slots[beyond >> 12] == 0);
  }
}

TEST_CASE("a translation that checks its source marks nothing, and no write drops it") {
  Fixture f;
  const auto room = f.cache.make_room(8, 2);
  const translator::Result result{.words = 8, .guest_bytes = 5, .instructions = 1, .exits = 0};
  const TranslationCache::Key key{.eip = 0x1ffe, .physical = 0x1ffe, .mode = 3, .second_page = 0x4000, .checks = true};
  Block* block = f.cache.add(room, key, result, {}, 4);
  CHECK(block->checks());
  CHECK(!f.marked(0x1ffe));
  CHECK(!f.marked(0x4000));
  CHECK(f.cache.youngest_in(0x1ffe) == nullptr);
  CHECK(f.cache.drop_granule(0x1ffe) == 0);
  CHECK(f.cache.find(key) == block);
  f.cache.drop(*block);
  CHECK(f.cache.find(key) == nullptr);
}

TEST_CASE("translations that differ in their second page are all found; a chain leads to the gate") {
  Fixture f;
  const auto add = [&](uint32_t second_page) {
    const auto room = f.cache.make_room(8, 2);
    const translator::Result result{.words = 8, .guest_bytes = 5, .instructions = 1, .exits = 0, .gate = 6};
    return f.cache.add(room, {.eip = 0x1ffe, .physical = 0x1ffe, .mode = 3, .second_page = second_page}, result, {}, 4);
  };
  Block* a = add(0x5000);
  Block* b = add(0x7000);
  const TranslationCache::Key key{.eip = 0x1ffe, .physical = 0x1ffe, .mode = 3};
  Block* first = f.cache.find(key);
  Block* then = f.cache.find_next(*first, key);
  CHECK((first == a ? then == b : first == b && then == a));
  CHECK(f.cache.find_next(*then, key) == nullptr);
  Block* from = f.add(0x1000, 8);
  f.cache.chain(*f.cache.find_exit(from->native), *a);
  CHECK(f.code[from->position] == a->native + 24);
  CHECK(f.cache.drop_granule(0x5000) == 1);
  CHECK(f.code[from->position] == 0);
  CHECK(f.cache.find(key) == b);
}

TEST_CASE("a translation whose target goes is unchained, and only that") {
  Fixture f;
  Block* a = f.add(0x1000, 8);
  Block* b = f.add(0x2000, 8);
  Block* c = f.add(0x3000, 8);
  ExitRecord* to_b = f.cache.find_exit(a->native);
  ExitRecord* to_c = f.cache.find_exit(a->native + 4);
  ExitRecord* self = f.cache.find_exit(b->native);
  f.cache.chain(*to_b, *b);
  f.cache.chain(*to_c, *c);
  f.cache.chain(*self, *b);
  CHECK(f.code[a->position] == b->native);
  CHECK(f.code[a->position + 1] == c->native);
  f.cache.drop(*b);
  CHECK(f.code[a->position] == 0);
  CHECK(f.code[a->position + 1] == c->native);
  CHECK(f.find(0x2000) == nullptr);
  CHECK(f.log.forgotten == std::vector<uint32_t>{0x2000});
  f.cache.drop(*a);  // its chain to c goes from c's list
  CHECK(c->incoming == kNone);
}

TEST_CASE("granules are marked while a translation is on them") {
  Fixture f;
  f.add(0x1030, 8, 32);  // granules 0 and 1
  f.add(0x1050, 8, 8);   // granule 1
  CHECK(f.marked(0x1000));
  CHECK(f.marked(0x107f));
  CHECK_FALSE(f.marked(0x1080));
  CHECK(f.log.granule_pages == std::vector<uint32_t>{1});  // the second adds nothing
  CHECK(f.cache.drop_granule(0x1004) == 1);
  CHECK_FALSE(f.marked(0x1000));
  CHECK(f.marked(0x1040));
  CHECK(f.cache.drop_granule(0x1044) == 1);
  CHECK_FALSE(f.marked(0x1040));
  CHECK(f.cache.drop_granule(0x1044) == 0);
}

TEST_CASE("eviction frees the oldest, and no more than needed") {
  Fixture f(64, 64);
  for (uint32_t i = 0; i < 4; ++i) f.add(0x1000 + i * 0x100, 16);
  f.add(0x2000, 8);
  CHECK(f.find(0x1000) == nullptr);
  CHECK(f.find(0x1100) != nullptr);
  f.add(0x2100, 8);  // fits beside it
  CHECK(f.find(0x1100) != nullptr);
  f.add(0x2200, 1);
  CHECK(f.find(0x1100) == nullptr);
  CHECK(f.find(0x1200) != nullptr);
}

TEST_CASE("random use agrees with a model") {
  std::mt19937 generator(1);
  const auto random = [&] { return static_cast<uint32_t>(generator()); };
  Fixture f(512, 48);
  std::map<uint32_t, uint32_t> expected;  // eip -> native, of those that may be there
  for (unsigned step = 0; step < 20000; ++step) {
    const uint32_t eip = (random() % 16) << 12 | (random() % 69) * 60;  // up to the last bytes of the page
    switch (random() % 8) {
      case 0:
        f.cache.drop_granule(eip);
        CHECK(!f.marked(eip));
        break;
      case 1:
      case 2: {
        Block* from = f.find(eip);
        Block* to = f.find((random() % 16) << 12 | (random() % 69) * 60);
        if (from != nullptr && to != nullptr) {
          ExitRecord* exit = f.cache.find_exit(from->native + 4 * (random() % 2));
          if (exit->target == kNone) f.cache.chain(*exit, *to);
        }
        break;
      }
      default:
        if (f.find(eip) == nullptr) {
          Block* made = f.add(eip, 4 + random() % 60, 1 + random() % 59);
          if (made != nullptr) expected[eip] = made->native;
        }
    }
    if (step % 64 != 0) continue;
    for (const Block& block : f.blocks) {
      if (!block.live()) continue;
      CHECK(f.find(block.guest_eip) == &block);
      CHECK(f.cache.find_native(block.native + 4 * (block.words - 1)) == &block);
      CHECK(expected[block.guest_eip] == block.native);
      const uint32_t last = block.guest_physical + block.guest_bytes - 1;
      const bool crosses = last >> 12 != block.guest_physical >> 12;
      CHECK(f.marked(block.guest_physical));
      CHECK(f.marked(crosses ? Fixture::page_after(block.guest_eip) + (last & 0xfff) : last));
      for (uint32_t i = 0; i < block.exit_count; ++i) {
        const ExitRecord& exit = f.exits[block.exit_position + i];
        const uint32_t stub = f.code[block.position + exit.exit.stub];
        if (exit.target == kNone) {
          CHECK(stub == 0);
        } else {
          CHECK(f.blocks[exit.target].live());
          CHECK(stub == f.blocks[exit.target].native);
        }
      }
    }
  }
  f.cache.drop_all();
  CHECK(f.log.made_count == f.log.dropped_count);
  for (const uint16_t slot : f.slots) CHECK(slot == 0);
}

}  // namespace
}  // namespace veil::fw
