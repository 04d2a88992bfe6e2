// One line per node: its number, operation, operands.
#include "view/print_ir.h"

#include <fmt/format.h>

namespace veil::ir {

namespace {

constexpr const char* kNames[] = {
#define VEIL_IR_NAME(name, operands, kind) #name,
    VEIL_IR_OPS(VEIL_IR_NAME)
#undef VEIL_IR_NAME
};
constexpr const char* kRegisters[] = {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"};
constexpr const char* kFns[] = {"add", "sub", "adc", "sbb", "and", "or",  "xor", "mov",
                                "shl", "shr", "sar", "rol", "ror", "inc", "dec", "rsb"};
constexpr const char* kConds[] = {"o", "no", "c", "nc", "z", "nz", "na", "a",
                                  "s", "ns", "p", "np", "l", "nl", "ng", "g"};
constexpr const char* kSegments[] = {"es", "cs", "ss", "ds", "fs", "gs", "flat"};
constexpr char kWidths[] = {'b', 'w', 'd', 'h'};

std::string operand(const Block& block, Ref ref) {
  const Node& node = block[ref];
  if (node.op == Op::imm) return fmt::format("{:#x}", node.imm);
  if (node.op == Op::in) return kRegisters[node.fn];
  return fmt::format("%{}", ref);
}

std::string name(const Node& node) {
  std::string text = kNames[static_cast<unsigned>(node.op)];
  if (text.back() == '_') text.pop_back();
  switch (node.op) {
    case Op::alu:
      text = fmt::format("alu.{}.{}", kFns[node.fn], kWidths[static_cast<unsigned>(node.width)]);
      break;
    case Op::load:
      text += fmt::format(".{}{}", (node.bits & kSigned) != 0 ? "s" : "", kWidths[static_cast<unsigned>(node.width)]);
      break;
    case Op::store:
      text += fmt::format(".{}", kWidths[static_cast<unsigned>(node.width)]);
      break;
    case Op::set:
    case Op::cmov:
    case Op::branch:
      text += fmt::format(".{}", kConds[node.fn]);
      break;
    default:
      break;
  }
  if (node.fd != 0) text += fmt::format(" f{}", node.fd);
  return text;
}

}  // namespace

std::string print(const Block& block) {
  std::string text;
  for (Ref ref = kFirstIn + kGuestRegisters; ref < block.count; ++ref) {
    const Node& node = block[ref];
    if (node.op == Op::none || node.op == Op::imm) continue;
    std::string line = fmt::format("%{:<3} = {}", ref, name(node));
    const unsigned operands = info(node.op).operands;
    if (node.op == Op::load || node.op == Op::store) {
      line += fmt::format(" {}:[{}", kSegments[node.seg], operand(block, node.a));
      if (node.op == Op::load && node.b != kZero)
        line += fmt::format(" + ({} << {})", operand(block, node.b), node.scale);
      line += fmt::format(" + {:#x}]", node.imm);
      if (node.op == Op::store) line += " = " + operand(block, node.b);
    } else {
      if (operands >= 1) line += " " + operand(block, node.a);
      if (operands >= 2 && (node.op != Op::add || node.b != kZero)) line += ", " + operand(block, node.b);
      if ((node.bits & kHighB) != 0) line += ".high";
      if (node.op == Op::shadd) line += fmt::format(" << {}", node.scale);
      if (node.imm != 0) line += fmt::format(" {:#x}", node.imm);
    }
    text += line + "\n";
  }
  for (unsigned r = 0; r < kGuestRegisters; ++r) {
    if (block.final[r] != kFirstIn + r)
      text += fmt::format("{} := {}\n", kRegisters[r], operand(block, block.final[r]));
  }
  return text;
}

}  // namespace veil::ir
