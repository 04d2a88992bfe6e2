// The state hash depends on every word of the guest's processor and on every byte of its memory.
#include "sim/trace/state_hash.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <set>
#include <vector>

#include "veil/isa/native.h"
#include "veil/isa/platform.h"

using namespace veil;

namespace {

// The hash of a guest whose state block holds these words, while the interpreter runs.
std::string hash(const std::vector<uint32_t>& words, std::span<const uint8_t> memory) {
  constexpr std::array<uint32_t, 32> kRegisters{};
  constexpr std::array<uint8_t, 4> kFlags{};
  std::vector<uint8_t> block(words.size() * sizeof words[0]);
  std::memcpy(block.data(), words.data(), block.size());
  return sim::state_hash(sim::read_guest(static_cast<uint32_t>(isa::Tier::interpret), kRegisters, kFlags, block),
                         memory);
}

}  // namespace

TEST_CASE("each word of the guest state block changes the hash") {
  std::vector<uint32_t> words(platform::guest_state::size_bytes / 4);
  const std::vector<uint8_t> memory(64);
  std::set<std::string> seen = {hash(words, memory)};
  for (size_t i = 0; i < words.size(); ++i) {
    INFO(platform::guest_state::kNames[i]);
    words[i] = 1;
    CHECK(seen.insert(hash(words, memory)).second);
    words[i] = 0;
  }
  CHECK(seen.size() == words.size() + 1);
}

TEST_CASE("each byte of memory changes the hash") {
  const std::vector<uint32_t> words(platform::guest_state::size_bytes / 4);
  std::vector<uint8_t> memory(64);
  std::set<std::string> seen = {hash(words, memory)};
  for (uint8_t& byte : memory) {
    byte = 1;
    CHECK(seen.insert(hash(words, memory)).second);
    byte = 0;
  }
}
