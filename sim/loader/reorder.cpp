// List scheduling of one basic block after the other, cycle by cycle: of the operations whose operands are there and
// that the open group takes, the one on the longest path to the block's end goes first.
#include "sim/loader/reorder.h"

#include <algorithm>

#include "sim/loader/group.h"

namespace veil::loader {
namespace {

using isa::Op;
using isa::Unit;

struct Operation {
  isa::Decoded decoded;
  isa::Uses uses;
  uint32_t word = 0;
  unsigned latency = 1;    // groups until its result can be read without waiting
  unsigned to_end = 0;     // groups from its own to the end of the block, at least
  unsigned earliest = 0;   // group, by those that are placed
  unsigned waits_for = 0;  // operations before it that are not
};

// docs/internals/core.md: a load's result can be used two cycles later, that of a product or a bit count three.
unsigned latency_of(const isa::Decoded& d) {
  switch (isa::info(d.op).unit) {
    case Unit::mem:
      return 2;
    case Unit::mul:
      return 3;
    default:
      return d.op == Op::clz || d.op == Op::ctz || d.op == Op::cpop ? 3 : 1;
  }
}

// Groups that `after` must follow `before` by: 0 the same group will do, -1 no order.
int distance(const Operation& before, const Operation& after) {
  if ((before.uses.writes & after.uses.reads) != 0 || (before.uses.flag_writes & after.uses.flag_reads) != 0) {
    return static_cast<int>(before.latency);
  }
  if ((before.uses.writes & after.uses.writes) != 0 || (before.uses.flag_writes & after.uses.flag_writes) != 0)
    return 1;
  const bool both_memory =
      isa::info(before.decoded.op).unit == Unit::mem && isa::info(after.decoded.op).unit == Unit::mem;
  if (both_memory) return 1;
  if ((before.uses.reads & after.uses.writes) != 0 || (before.uses.flag_reads & after.uses.flag_writes) != 0) return 0;
  return ends_group(after.decoded) ? 0 : -1;
}

// The block's operations in their new order, the first being word `at`.
void schedule(std::vector<Operation>& block, size_t at, unsigned width, std::span<uint32_t> out) {
  const size_t count = block.size();
  std::vector<int> distances(count * count, -1);
  for (size_t i = count; i-- > 0;) {
    block[i].to_end = block[i].latency;
    for (size_t j = i + 1; j < count; ++j) {
      const int groups = distance(block[i], block[j]);
      distances[i * count + j] = groups;
      if (groups < 0) continue;
      ++block[j].waits_for;
      block[i].to_end = std::max(block[i].to_end, block[j].to_end + static_cast<unsigned>(groups));
    }
  }
  std::vector<bool> placed(count, false);
  Group group;
  unsigned now = 0;
  for (size_t n = 0; n < count; ++n) {
    const auto best = [&](bool in_group) {
      size_t found = count;
      for (size_t i = 0; i < count; ++i) {
        const Operation& each = block[i];
        if (placed[i] || each.waits_for != 0) continue;
        if (in_group && (each.earliest > now || !group.fits(at + n, each.decoded, each.uses))) continue;
        if (found == count) {
          found = i;
        } else if (!in_group && std::max(each.earliest, now + 1) != std::max(block[found].earliest, now + 1)) {
          if (each.earliest < block[found].earliest) found = i;
        } else if (each.to_end > block[found].to_end) {
          found = i;
        }
      }
      return found;
    };
    size_t next = best(true);
    if (next == count) {
      next = best(false);
      now = std::max(now + 1, block[next].earliest);
      group = Group(at + n, width);
    }
    group.add(block[next].decoded, block[next].uses);
    placed[next] = true;
    out[n] = block[next].word;
    for (size_t j = next + 1; j < count; ++j) {
      const int groups = distances[next * count + j];
      if (groups < 0) continue;
      --block[j].waits_for;
      block[j].earliest = std::max(block[j].earliest, now + static_cast<unsigned>(groups));
    }
  }
}

// The address of the target, of an operation at `address`; nothing that is code for indirect jumps.
uint32_t target_of(const isa::Decoded& d, uint32_t address) {
  const uint32_t offset = static_cast<uint32_t>(d.imm);
  switch (d.op) {
    case Op::x_j:
    case Op::x_b:
      return address + 4 * offset;
    default:
      return address + offset;
  }
}

}  // namespace

std::vector<bool> entry_points(std::span<const uint32_t> words, uint32_t address, std::span<const uint32_t> pointers) {
  std::vector<bool> entries(words.size(), false);
  const auto mark = [&](uint32_t target) {
    const uint32_t at = (target - address) / 4;
    if (target >= address && at < entries.size()) entries[at] = true;
  };
  for (size_t at = 0; at < words.size(); ++at) {
    const isa::Decoded d = isa::decode(words[at]);
    if (d.op == Op::illegal || !ends_group(d)) continue;
    const uint32_t here = address + 4 * static_cast<uint32_t>(at);
    mark(here + 4);
    mark(target_of(d, here));
  }
  for (const uint32_t pointer : pointers) mark(pointer);
  return entries;
}

void reorder(std::span<uint32_t> words, unsigned width, const std::vector<bool>& entries) {
  std::vector<Operation> block;
  size_t start = 0;
  const auto finish = [&](size_t end) {
    if (block.size() > 1) schedule(block, start, width, words.subspan(start, block.size()));
    block.clear();
    start = end;
  };
  for (size_t at = 0; at < words.size(); ++at) {
    if (entries[at]) finish(at);
    const isa::Decoded d = isa::decode(words[at]);
    // auipc's result depends on its place.
    if (!joins(d) || d.op == Op::auipc) {
      if (d.op != Op::illegal && isa::is_wide(d)) ++at;
      finish(at + 1);
      start = at + 1;
      continue;
    }
    if (block.empty()) start = at;
    block.push_back({.decoded = d, .uses = isa::uses(d), .word = words[at], .latency = latency_of(d)});
    if (ends_group(d)) finish(at + 1);
  }
  finish(words.size());
}

}  // namespace veil::loader
