// One walk, greedy: an operation joins the group before it if no rule is against it.
#include "sim/loader/bundle.h"

#include "sim/loader/group.h"

namespace veil::loader {

uint32_t bundle(std::span<uint32_t> words, unsigned width) {
  Group group;
  uint32_t groups = 0;
  for (size_t at = 0; at < words.size(); ++at) {
    const isa::Decoded d = isa::decode(words[at]);
    if (!joins(d)) {
      group = {};
      groups += d.op == isa::Op::illegal || d.end ? 1 : 0;
      if (d.op != isa::Op::illegal && isa::is_wide(d)) ++at;
      continue;
    }
    const isa::Uses uses = isa::uses(d);
    if (group.fits(at, d, uses)) {
      words[at - 1] &= ~1u;
    } else {
      group = Group(at, width);
      ++groups;
    }
    group.add(d, uses);
  }
  return groups;
}

}  // namespace veil::loader
