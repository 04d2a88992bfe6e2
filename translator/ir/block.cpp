// Building blocks of the IR, and what each operation does to flag registers.
#include "ir/block.h"

namespace veil::ir {

void Block::start(uint32_t eip) {
  count = 0;
  overflow = false;
  start_eip = end_eip = eip;
  instructions = 0;
  nodes[count++] = Node{.op = Op::imm};
  for (unsigned r = 0; r < kGuestRegisters; ++r) {
    final[r] = count;
    nodes[count++] = Node{.op = Op::in, .fn = static_cast<uint8_t>(r)};
  }
}

Ref Block::append(const Node& node) {
  if (count >= kMaxNodes - kReserve) {
    overflow = true;
    return kZero;
  }
  nodes[count] = node;
  return count++;
}

Ref Block::imm(uint32_t value) { return value == 0 ? kZero : append(Node{.op = Op::imm, .imm = value}); }

Flags cond_reads(x86::Cond cond) {
  constexpr Flags kReads[8] = {kOf, kCf, kZf, kCf | kZf, kSf, kPf, kSf | kOf, kSf | kOf | kZf};
  return kReads[static_cast<unsigned>(cond) >> 1];
}

namespace {

FlagUse alu_flags(const Block& block, const Node& node) {
  using x86::FlagFn;
  constexpr Flags kRotate = kCf | kOf;
  switch (node.flag_fn()) {
    case FlagFn::mov:
      return {};
    case FlagFn::adc:
    case FlagFn::sbb:
      return {.reads = kCf, .writes = kAllFlags, .changes = kAllFlags};
    case FlagFn::inc:
    case FlagFn::dec:
      return {.writes = kAllFlags & ~kCf, .changes = kAllFlags & ~kCf};
    case FlagFn::shl:
    case FlagFn::shr:
    case FlagFn::sar:
    case FlagFn::rol:
    case FlagFn::ror: {
      // A count of zero keeps every flag; a count in a register may be zero.
      const bool rotate = node.flag_fn() == FlagFn::rol || node.flag_fn() == FlagFn::ror;
      const Flags all = rotate ? kRotate : kAllFlags;
      if (!block.is_imm(node.b)) return {.changes = all};
      if ((block[node.b].imm & 31) == 0) return {};
      return {.writes = all, .changes = all};
    }
    default:
      return {.writes = kAllFlags, .changes = kAllFlags};
  }
}

}  // namespace

FlagUse flag_use(const Block& block, const Node& node) {
  switch (node.op) {
    case Op::alu: {
      FlagUse use = alu_flags(block, node);
      if (node.fd == 0) use.writes = use.changes = 0;
      return use;
    }
    case Op::set:
    case Op::cmov:
    case Op::branch:
      return {.reads = cond_reads(node.cond())};
    case Op::getf:
      return {.reads = kAllFlags};
    case Op::setf:
      return {.writes = kAllFlags, .changes = kAllFlags};
    case Op::setc:
      return {.writes = kCf, .changes = kCf};
    case Op::setco:
      return {.writes = kCf | kOf, .changes = kCf | kOf};
    default:
      return {};
  }
}

}  // namespace veil::ir
