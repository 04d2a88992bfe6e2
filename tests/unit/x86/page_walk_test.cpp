// The page walk against the manual's rules, for every combination of entry bits and kinds of access; entries that are
// not in memory; what a TLB entry may allow.
#include "x86/interpreter/page_walk.h"

#include <array>
#include <catch2/catch.hpp>
#include <map>

namespace veil::x86 {
namespace {

// Holds a few words; anything else that is read is a mistake.
struct Memory {
  std::map<uint32_t, uint32_t> words;
  uint32_t end = 0x100000;
  unsigned stores = 0;
  uint32_t limit() const { return end; }
  uint32_t load(uint32_t at) {
    REQUIRE(at < end);
    REQUIRE(words.count(at) == 1);
    return words[at];
  }
  void store(uint32_t at, uint32_t value) {
    REQUIRE(at < end);
    words[at] = value;
    ++stores;
  }
};

constexpr uint32_t kCr3 = 0x5018;  // PWT and PCD are of no importance
constexpr uint32_t kLinear = 0x12345678;
constexpr uint32_t kDirectoryAt = 0x5000 + 4 * 0x48;
constexpr uint32_t kTableAt = 0x7000 + 4 * 0x345;

Memory mapped(uint32_t directory, uint32_t table) {
  return {.words = {{kDirectoryAt, 0x7000 | directory}, {kTableAt, 0x9a000 | table}}};
}

TEST_CASE("every combination of bits, in both modes of CR0.WP") {
  using Status = PageWalk::Status;
  for (unsigned bits = 0; bits < 1u << 11; ++bits) {
    const auto bit = [&](unsigned n) { return (bits >> n & 1) != 0; };
    const uint32_t directory = (bits & 7) | (bit(3) ? page::kAccessed : 0);
    const uint32_t table = (bits >> 4 & 7) | (bit(7) ? page::kAccessed : 0) | (bit(8) ? page::kDirty : 0);
    for (const bool wp : {false, true}) {
      const PageAccess access{.write = bit(9), .user = bit(10)};
      // SDM vol. 3, 4.6.1
      const bool present = bit(0) && bit(4);
      const bool user_page = bit(2) && bit(6);
      const bool writable_page = bit(1) && bit(5);
      bool allowed = present;
      if (access.user) allowed = allowed && user_page && (!access.write || writable_page);
      if (!access.user && access.write && wp) allowed = allowed && writable_page;

      Memory memory = mapped(directory, table);
      const PageWalk walk = walk_pages(memory, kCr3, wp, kLinear, access, PageMarks::set);
      INFO("directory " << directory << " table " << table << " write " << access.write << " user " << access.user
                        << " wp " << wp);
      CHECK((walk.status == Status::ok) == allowed);
      const uint32_t directory_after = memory.words[kDirectoryAt];
      const uint32_t table_after = memory.words[kTableAt];
      CHECK(directory_after == (0x7000 | directory | (bit(0) ? page::kAccessed : 0)));
      if (allowed) {
        CHECK(walk.physical == 0x9a678);
        CHECK(table_after == (0x9a000 | table | page::kAccessed | (access.write ? page::kDirty : 0)));
        // The entry allows this access, and no access that a walk would refuse or would have to mark.
        if (access.write) CHECK(walk.write);
        if (access.user) CHECK(walk.user);
        if (walk.user) CHECK(user_page);
        if (walk.write) {
          CHECK((table_after & page::kDirty) != 0);
          CHECK((writable_page || (!wp && !walk.user)));
        }
      } else {
        CHECK(table_after == (0x9a000 | table));
        CHECK(walk.error == ((present ? 1u : 0u) | (access.write ? 2u : 0u) | (access.user ? 4u : 0u)));
      }

      // Without marking: the same, but that nothing is stored.
      Memory kept = mapped(directory, table);
      const PageWalk dry = walk_pages(kept, kCr3, wp, kLinear, access, PageMarks::keep);
      CHECK(kept.stores == 0);
      if (memory.stores != 0) {
        CHECK(dry.status == Status::unmarked);
      } else {
        CHECK(dry.status == walk.status);
        CHECK(dry.error == walk.error);
        CHECK(dry.physical == walk.physical);
        CHECK(dry.write == walk.write);
        CHECK(dry.user == walk.user);
      }
    }
  }
}

TEST_CASE("a page that is not dirty gives an entry that is only read") {
  Memory memory = mapped(7 | page::kAccessed, 7);
  const PageWalk read = walk_pages(memory, kCr3, true, kLinear, {}, PageMarks::set);
  CHECK_FALSE(read.write);
  const PageWalk write = walk_pages(memory, kCr3, true, kLinear, {.write = true}, PageMarks::set);
  CHECK(write.write);
  CHECK(walk_pages(memory, kCr3, true, kLinear, {}, PageMarks::keep).write);
}

TEST_CASE("entries that are not in memory are all ones, and nothing is read or written") {
  Memory memory{.words = {}, .end = 0x5000};
  for (const bool user : {false, true}) {
    for (const bool write : {false, true}) {
      // The directory is above the memory.
      const PageWalk walk = walk_pages(memory, kCr3, true, kLinear, {write, user}, PageMarks::set);
      CHECK(walk.status == PageWalk::Status::ok);
      CHECK(walk.physical == 0xfffff678);
    }
  }
  // The table is: the last word of memory is the last that counts.
  memory.words[0x4ffc] = 0x7fc00000 | 7;
  const PageWalk walk = walk_pages(memory, 0x4000, true, 0xffc00123, {.write = true, .user = true}, PageMarks::set);
  CHECK(walk.status == PageWalk::Status::ok);
  CHECK(walk.physical == 0xfffff123);
  CHECK(memory.words[0x4ffc] == (0x7fc00000 | 7 | page::kAccessed));
}

TEST_CASE("the highest and lowest pages use the ends of their tables") {
  Memory memory{.words = {{0x1ffc, 0x2007}, {0x2ffc, 0xabcde007}, {0x1000, 0x3007}, {0x3000, 0x4007}}};
  CHECK(walk_pages(memory, 0x1000, false, 0xffffffff, {}, PageMarks::set).physical == 0xabcdefff);
  CHECK(walk_pages(memory, 0x1000, false, 0, {}, PageMarks::set).physical == 0x4000);
}

}  // namespace
}  // namespace veil::x86
