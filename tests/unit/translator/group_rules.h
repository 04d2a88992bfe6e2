// The group rules of docs/internals/native-machine.md, checked on words: independent of the scheduler and of the ISS.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace veil::translator::test {

struct GroupStats {
  std::string fault;  // empty: every group is legal
  uint32_t groups = 0;
  uint32_t operations = 0;
};

// `words` are at `base`, which is the start of a fetch block.
GroupStats check_groups(std::span<const uint32_t> words, uint32_t base, unsigned width);

}  // namespace veil::translator::test
