// Dead flags: a write of a flag register that nobody reads before it is overwritten for certain is dropped. The guest's
// flags are live at the end of the block; the translator's own (f2) are not.
#include "ir/passes.h"

namespace veil::ir {

void dead_flags(Block& block) {
  Flags live[3] = {0, kAllFlags, 0};
  for (Ref ref = block.count; ref-- > kFirstIn + kGuestRegisters;) {
    Node& node = block[ref];
    if (node.fd != 0) {
      const FlagUse use = flag_use(block, node, node.fd);
      const bool writer = node.op == Op::alu || info(node.op).kind == Kind::flags;
      if (writer && (use.changes & live[node.fd]) == 0) {
        node.fd = 0;
        if (node.op != Op::alu) node.op = Op::none;
      }
    }
    for (unsigned fd = 1; fd <= 2; ++fd) {
      const FlagUse use = flag_use(block, node, fd);
      live[fd] = static_cast<Flags>((live[fd] & ~use.writes) | use.reads);
    }
  }
}

}  // namespace veil::ir
