// Dead flags: a write of a flag register that is not read before it is overwritten for certain is dropped. The guest's
// flags are live at the end of the block; the translator's own (f2) are not.
#include "ir/passes.h"

namespace veil::ir {

namespace {

bool touches_flags(const Node& node) {
  return node.fd != 0 ||
         (node.op == Op::alu && (node.flag_fn() == x86::FlagFn::adc || node.flag_fn() == x86::FlagFn::sbb));
}

}  // namespace

void dead_flags(Block& block) {
  Flags live[3] = {0, kAllFlags, 0};
  for (Ref ref = block.count; ref-- > kFirstIn + kGuestRegisters;) {
    Node& node = block[ref];
    if (!touches_flags(node)) continue;
    FlagUse use = flag_use(block, node);
    if (node.fd != 0) {
      const bool writer = node.op == Op::alu || info(node.op).kind == Kind::flags;
      if (writer && (use.changes & live[node.fd]) == 0) {
        node.fd = 0;
        if (node.op != Op::alu) node.op = Op::none;
        use = flag_use(block, node);
      }
    }
    // Without fd only adc and sbb look at flags: f1's carry.
    Flags& flags = live[node.fd == 0 ? 1 : node.fd];
    flags = static_cast<Flags>((flags & ~use.writes) | use.reads);
  }
}

}  // namespace veil::ir
