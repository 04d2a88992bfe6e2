// Places operations into groups and groups into fetch blocks, and makes single random groups.
//
// Invariant: what was emitted so far is legal for the width (rules 1-5 of docs/internals/native-machine.md, "Groups").
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "random.h"

namespace veil::fuzz {

class GroupBuilder {
 public:
  explicit GroupBuilder(unsigned width) : width_(width) {}

  unsigned width() const { return width_; }
  size_t here() const { return words_.size(); }
  // Words left in the current fetch block (all of it at its start).
  unsigned room() const { return width_ - static_cast<unsigned>(words_.size() % width_); }

  // A group of one operation; `word` has its group bit set already, or is patched later.
  size_t single(uint32_t word) {
    words_.push_back(word);
    return words_.size() - 1;
  }
  // A group; `words` in order, group bits and wide immediates in place. At most room() words.
  void group(const std::vector<uint32_t>& words) { words_.insert(words_.end(), words.begin(), words.end()); }

  void patch(size_t word, uint32_t value) { words_[word] = value; }
  // Points the branch or jump at `word` (jal, x.j, x.b or a RISC-V branch) here.
  void patch_branch(size_t word);

  std::vector<uint32_t> take() { return std::move(words_); }

 private:
  unsigned width_;
  std::vector<uint32_t> words_;
};

struct GroupLimits {
  bool guest_memory;
  bool speculative;
  bool wild;
  unsigned low, scratch, mon;              // base registers of ordinary and monitor-segment accesses
  unsigned guest;                          // first of three guest base registers
  unsigned first_reserved, last_reserved;  // never written
};

// Emits one random group. If it ends with a direct branch or jump, returns its word, whose target is still open: the
// caller calls patch_branch when it has arrived there.
std::optional<size_t> random_group(GroupBuilder& out, Random& random, const GroupLimits& limits);

}  // namespace veil::fuzz
