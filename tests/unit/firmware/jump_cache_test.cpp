#include "firmware/allocator/jump_cache.h"

#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <random>

namespace veil::fw {
namespace {

TEST_CASE("a jump is found under its tag alone, until it is forgotten") {
  const auto cache = std::make_unique<JumpCache>();
  CHECK(cache->find(JumpCache::tag_of(0), 0) == 0);  // empty: not even address 0
  cache->remember(JumpCache::tag_of(3), 0x100000, 0x7ff00000);
  CHECK(cache->find(JumpCache::tag_of(3), 0x100000) == 0x7ff00000);
  CHECK(cache->find(JumpCache::tag_of(2), 0x100000) == 0);
  CHECK(cache->find(JumpCache::tag_of(3), 0x100001) == 0);
  cache->forget(0x100001);
  CHECK(cache->find(JumpCache::tag_of(3), 0x100000) == 0x7ff00000);
  cache->forget(0x100000);
  CHECK(cache->find(JumpCache::tag_of(3), 0x100000) == 0);
}

TEST_CASE("an entry is what was remembered last, or nothing") {
  const auto cache = std::make_unique<JumpCache>();
  std::map<std::pair<uint32_t, uint32_t>, uint32_t> expected;
  std::mt19937 random(1);
  unsigned found = 0;
  for (unsigned n = 0; n < 100000; ++n) {
    const uint32_t eip = 0x100000 + static_cast<uint32_t>(random()) % 3000;
    const uint32_t tag = JumpCache::tag_of(static_cast<uint32_t>(random()) % 2);
    switch (random() % 3) {
      case 0:
        expected[{tag, eip}] = 4 * n + 4;
        cache->remember(tag, eip, 4 * n + 4);
        break;
      case 1:
        for (uint32_t each = 0; each < 2; ++each) expected.erase({JumpCache::tag_of(each), eip});
        cache->forget(eip);
        break;
      default:
        if (const uint32_t native = cache->find(tag, eip); native != 0) {
          ++found;
          REQUIRE(expected[{tag, eip}] == native);
        }
    }
  }
  CHECK(found > 1000);
  cache->clear();
  for (const auto& [key, native] : expected) REQUIRE(cache->find(key.first, key.second) == 0);
}

}  // namespace
}  // namespace veil::fw
