#include "sim/trace/text.h"

#include <fmt/format.h>

#include "veil/isa/disasm.h"
#include "veil/isa/native.h"

namespace veil::sim {
namespace {

std::string describe_memory(const MemAccess& mem) {
  std::string text =
      fmt::format(" {}{}[{:08x}", mem.gated ? "gated " : "", mem.kind == MemKind::store ? "st" : "ld", mem.address);
  if (mem.address2 != 0) text += fmt::format(",{:08x}", mem.address2);
  text += fmt::format("]/{}", mem.bytes);
  if (mem.kind == MemKind::store) text += fmt::format("={:0{}x}", mem.data, 2 * mem.bytes);
  return text;
}

}  // namespace

std::string disassemble_group(const GroupRecord& record, const Shadow& shadow) {
  constexpr unsigned kMost = 2 * kMaxSlots;
  std::string text;
  uint32_t pc = record.pc;
  for (unsigned i = 0; i < kMost; ++i) {
    const auto word = shadow.word(pc);
    if (!word) return text + "(no memory)";
    const uint32_t next = shadow.word(pc + 4).value_or(0);
    if (!text.empty()) text += "  |  ";
    text += isa::disassemble(*word, next, pc);
    if ((*word & 1) != 0) break;  // the group bit
    pc += 4 * isa::length_words(*word);
  }
  return text;
}

std::string describe_trap(const TrapRecord& trap) {
  const char* name = isa::cause_name(trap.cause);
  return fmt::format("trap {} ({}) epc={:08x} tval={:08x}{}", trap.cause & ~isa::kInterrupt,
                     name != nullptr ? name : "?", trap.epc, trap.tval, trap.rolled_back ? " rolled back" : "");
}

std::string describe_effects(const GroupRecord& record) {
  std::string text;
  for (unsigned i = 0; i < record.reg_count; ++i) {
    text += fmt::format(" {}={:08x}", isa::register_name(record.regs[i].reg), record.regs[i].value);
  }
  for (unsigned i = 0; i < record.flag_count; ++i) {
    text += fmt::format(" f{}={:02x}", record.flags[i].reg, record.flags[i].value);
  }
  if (record.mem.kind != MemKind::none) text += describe_memory(record.mem);
  if (record.csr.valid) {
    const char* name = isa::csr_name(record.csr.csr);
    text +=
        fmt::format(" {}={:08x}", name != nullptr ? name : fmt::format("csr{:03x}", record.csr.csr), record.csr.value);
  }
  if (record.committed) text += fmt::format(" commit({})", record.commit_count);
  if (record.rolled_back) text += " rollback";
  if (record.trap.taken) text += " " + describe_trap(record.trap);
  return text.empty() ? text : text.substr(1);
}

}  // namespace veil::sim
