// Dead code: pure operations without users go, and with them what only they used. Loads stay: they may fault.
#include "ir/passes.h"

namespace veil::ir {

void dead_code(Block& block) {
  std::array<bool, kMaxNodes> used;
  for (Ref ref = 0; ref < block.count; ++ref) used[ref] = false;
  for (const Ref ref : block.final) used[ref] = true;
  for (Ref ref = block.count; ref-- > kFirstIn + kGuestRegisters;) {
    Node& node = block[ref];
    const OpInfo& op = info(node.op);
    const bool writes_flags = node.op == Op::alu && node.fd != 0;
    if (op.kind == Kind::pure && !used[ref] && !writes_flags) {
      node = Node{};
      continue;
    }
    if (op.operands >= 1) used[node.a] = true;
    if (op.operands >= 2) used[node.b] = true;
  }
}

}  // namespace veil::ir
