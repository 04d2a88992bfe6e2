// Address folding: sums that feed a load or store move into its address (base + (index << scale) + displacement), and
// what remains of base + index * {2, 4, 8} becomes one shadd. The sums themselves fall to dead_code.
#include "ir/passes.h"

namespace veil::ir {

namespace {

bool is_scaled(const Block& block, Ref ref) {
  const Node& node = block[ref];
  return node.op == Op::shl && block.is_imm(node.b) && block[node.b].imm >= 1 && block[node.b].imm <= 3;
}

// Takes constants out of the base into the displacement.
void fold_constants(const Block& block, Node& access) {
  for (;;) {
    const Node& base = block[access.a];
    if (base.op == Op::imm && access.a != kZero) {
      access.imm += base.imm;
      access.a = kZero;
    } else if (base.op == Op::add && base.b == kZero) {
      access.imm += base.imm;
      access.a = base.a;
    } else {
      return;
    }
  }
}

void fold_index(const Block& block, Node& load) {
  if (load.b != kZero) return;
  const Node& base = block[load.a];
  if (base.op == Op::add && base.b != kZero) {
    const bool first = is_scaled(block, base.a);
    const Ref scaled = first ? base.a : base.b;
    const Ref other = first ? base.b : base.a;
    load.a = other;
    load.b = scaled;
    if (is_scaled(block, scaled)) {
      load.scale = static_cast<uint8_t>(block[block[scaled].b].imm);
      load.b = block[scaled].a;
    }
    fold_constants(block, load);
  } else if (base.op == Op::shadd) {
    load.b = base.a;
    load.scale = base.scale;
    load.a = base.b;
    fold_constants(block, load);
  } else if (is_scaled(block, load.a)) {
    load.scale = static_cast<uint8_t>(block[base.b].imm);
    load.b = base.a;
    load.a = kZero;
  }
}

void make_shadd(const Block& block, Node& add) {
  const bool first = is_scaled(block, add.a);
  if (!first && !is_scaled(block, add.b)) return;
  const Node& shl = block[first ? add.a : add.b];
  const Ref other = first ? add.b : add.a;
  add = Node{.op = Op::shadd, .a = shl.a, .b = other, .scale = static_cast<uint8_t>(block[shl.b].imm)};
}

}  // namespace

void address(Block& block) {
  for (Ref ref = kFirstIn + kGuestRegisters; ref < block.count; ++ref) {
    Node& node = block[ref];
    if (node.op == Op::add && node.b != kZero) make_shadd(block, node);
    if (node.op != Op::load && node.op != Op::store) continue;
    fold_constants(block, node);
    if (node.op == Op::load) fold_index(block, node);
  }
}

}  // namespace veil::ir
