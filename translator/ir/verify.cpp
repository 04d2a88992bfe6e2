// Checks the invariants of ir/block.h.
#include "ir/verify.h"

namespace veil::ir {

namespace {

bool has_result(const Node& node) {
  const Kind kind = info(node.op).kind;
  return kind == Kind::pure || kind == Kind::load;
}

bool is_end(Op op) { return op == Op::jump || op == Op::jump_to || op == Op::branch; }

const char* check(const Block& block, Ref ref) {
  const Node& node = block[ref];
  const OpInfo& op = info(node.op);
  if (op.operands >= 1 && (node.a >= ref || !has_result(block[node.a]))) return "first operand is no earlier value";
  if (op.operands >= 2 && (node.b >= ref || !has_result(block[node.b]))) return "second operand is no earlier value";
  if (node.fd > 2) return "no such flag register";
  switch (node.op) {
    case Op::in:
      return ref == kFirstIn + node.fn && node.fn < kGuestRegisters ? nullptr : "misplaced entry value";
    case Op::add:
      return node.imm == 0 || node.b == kZero ? nullptr : "sum of three";
    case Op::alu:
      if (node.fn > static_cast<uint8_t>(x86::FlagFn::rsb)) return "no such function";
      if (node.flag_fn() == x86::FlagFn::mov && node.fd != 0) return "mov writes no flags";
      return nullptr;
    case Op::set:
    case Op::cmov:
    case Op::branch:
      return node.fd != 0 && node.fn < 16 ? nullptr : "condition without a flag register";
    case Op::getf:
    case Op::setf:
    case Op::setc:
    case Op::setco:
      return node.fd != 0 ? nullptr : "no flag register";
    case Op::load:
    case Op::store:
      if (node.width == Width::h) return "memory has no high bytes";
      // Loads of the monitor's segment (7) check the block's own source.
      return node.seg < (node.op == Op::load ? 8 : 7) && node.scale < 4 ? nullptr : "no such segment or scale";
    case Op::shadd:
      return node.scale >= 1 && node.scale <= 3 ? nullptr : "no such scale";
    default:
      return nullptr;
  }
}

}  // namespace

Fault verify(const Block& block) {
  if (block.count <= kFirstIn + kGuestRegisters || block.count > kMaxNodes) return {"no nodes, or too many", 0};
  if (!block.is_imm(kZero, 0)) return {"node 0 is not zero", 0};
  bool ended = false;
  for (Ref ref = 0; ref < block.count; ++ref) {
    const Node& node = block[ref];
    if (node.op == Op::none) continue;
    if (ended) return {"a node after the end", ref};
    if (const char* what = check(block, ref)) return {what, ref};
    ended = is_end(node.op);
  }
  if (!ended) return {"the block does not end", block.count};
  for (const Ref ref : block.final) {
    if (ref >= block.count || !has_result(block[ref])) return {"a guest register ends without a value", ref};
  }
  return {};
}

}  // namespace veil::ir
