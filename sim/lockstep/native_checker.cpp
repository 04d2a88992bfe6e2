#include "sim/lockstep/native_checker.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/trace/text.h"
#include "veil/isa/disasm.h"
#include "veil/isa/native.h"
#include "veil/isa/platform.h"

namespace veil::lockstep {
namespace {

using isa::Csr;

constexpr size_t kKept = 40;  // groups in the report

std::string hex(uint32_t value) { return fmt::format("{:08x}", value); }

void check(std::vector<Mismatch>& out, const std::string& what, uint32_t core, uint32_t reference) {
  if (core != reference) out.push_back({what, hex(core), hex(reference)});
}

// Writes by register number; what only one side wrote shows as "not written".
template <class Write>
void compare_writes(std::vector<Mismatch>& out, const char* prefix, std::span<const Write> core,
                    std::span<const Write> reference) {
  const auto find = [](std::span<const Write> writes, unsigned reg) {
    return std::find_if(writes.begin(), writes.end(), [reg](const Write& w) { return w.reg == reg; });
  };
  for (const Write& w : core) {
    const auto other = find(reference, w.reg);
    if (other == reference.end()) {
      out.push_back({prefix + std::to_string(w.reg), hex(w.value), "not written"});
    } else {
      check(out, prefix + std::to_string(w.reg), w.value, other->value);
    }
  }
  for (const Write& w : reference)
    if (find(core, w.reg) == core.end()) out.push_back({prefix + std::to_string(w.reg), "not written", hex(w.value)});
}

uint32_t low_bytes(uint32_t value, unsigned bytes) { return bytes >= 4 ? value : value & ((1u << 8 * bytes) - 1); }

bool is_timing_csr(unsigned csr) {
  return csr == static_cast<unsigned>(Csr::mcycle) || csr == static_cast<unsigned>(Csr::mcycleh) ||
         csr == static_cast<unsigned>(Csr::xctrlo) || csr == static_cast<unsigned>(Csr::xctrhi);
}

}  // namespace

std::vector<Mismatch> compare_groups(const sim::GroupRecord& core, const sim::GroupRecord& reference) {
  std::vector<Mismatch> out;
  check(out, "pc", core.pc, reference.pc);
  check(out, "trap", core.trap.taken, reference.trap.taken);
  if (core.trap.taken && reference.trap.taken) {
    check(out, "trap cause", core.trap.cause, reference.trap.cause);
    check(out, "mepc", core.trap.epc, reference.trap.epc);
    check(out, "mtval", core.trap.tval, reference.trap.tval);
    check(out, "rolled back by the trap", core.trap.rolled_back, reference.trap.rolled_back);
    return out;
  }
  if (core.trap.taken != reference.trap.taken) return out;
  check(out, "operations", core.operations, reference.operations);
  check(out, "speculative", core.speculative, reference.speculative);
  check(out, "tier", core.tier, reference.tier);
  check(out, "committed", core.committed, reference.committed);
  check(out, "rolled back", core.rolled_back, reference.rolled_back);
  check(out, "commit count", core.commit_count, reference.commit_count);
  compare_writes<sim::RegWrite>(out, "x", std::span(core.regs).first(core.reg_count),
                                std::span(reference.regs).first(reference.reg_count));
  compare_writes<sim::FlagWrite>(out, "f", std::span(core.flags).first(core.flag_count),
                                 std::span(reference.flags).first(reference.flag_count));
  const auto& a = core.mem;
  const auto& b = reference.mem;
  check(out, "memory access", static_cast<uint32_t>(a.kind), static_cast<uint32_t>(b.kind));
  if (a.kind == b.kind && a.kind != sim::MemKind::none) {
    check(out, "memory address", a.address, b.address);
    check(out, "memory address of the second page", a.address2, b.address2);
    check(out, "memory bytes", a.bytes, b.bytes);
    if (a.kind == sim::MemKind::store) {
      check(out, "store gated", a.gated, b.gated);
      check(out, "store data", low_bytes(a.data, a.bytes), low_bytes(b.data, b.bytes));
    }
  }
  check(out, "csr written", core.csr.valid ? core.csr.csr : 0, reference.csr.valid ? reference.csr.csr : 0);
  if (core.csr.valid && reference.csr.valid && !is_timing_csr(core.csr.csr))
    check(out, "csr value", core.csr.value, reference.csr.value);
  return out;
}

NativeChecker::NativeChecker(const isa::Config& config, std::span<const uint8_t> dram)
    : dram_(dram.begin(), dram.end()), machine_(config, dram_, nullptr) {
  machine_.reset();
}

uint32_t NativeChecker::word_at(uint32_t address) const {
  const auto offset = machine_.dram_offset(address);
  if (!offset || *offset + 4 > dram_.size()) return 0;
  uint32_t word = 0;
  for (unsigned i = 4; i-- > 0;) word = word << 8 | dram_[*offset + i];
  return word;
}

std::optional<uint32_t> NativeChecker::value_to_inject(const sim::GroupRecord& record) const {
  const bool host_read = record.mem.kind == sim::MemKind::load && record.mem.address >= platform::mmio;
  uint32_t pc = record.pc;
  for (unsigned i = 0; i < std::max<unsigned>(record.operations, 1); ++i) {
    const isa::Decoded d = isa::decode(word_at(pc));
    const bool here = host_read ? isa::info(d.op).unit == isa::Unit::mem
                                : isa::info(d.op).unit == isa::Unit::system && is_timing_csr(d.csr);
    if (here) {
      for (unsigned r = 0; r < record.reg_count; ++r)
        if (record.regs[r].reg == d.rd) return record.regs[r].value;
    }
    pc += isa::is_wide(d) ? 8 : 4;
  }
  return std::nullopt;
}

std::optional<Difference> NativeChecker::retired(const sim::GroupRecord& record) {
  constexpr uint32_t kInterrupt = isa::kInterrupt;
  const bool interrupt = record.trap.taken && (record.trap.cause & kInterrupt) != 0;
  if (interrupt) machine_.set_interrupts(1u << (record.trap.cause & 31));
  if (const auto value = value_to_inject(record)) machine_.inject(*value);
  sim::GroupRecord reference;
  machine_.step_group(reference);
  if (interrupt) machine_.set_interrupts(0);
  last_.push_back(reference);
  if (last_.size() > kKept) last_.pop_front();
  auto mismatches = compare_groups(record, reference);
  if (!mismatches.empty()) return difference(record, reference, std::move(mismatches));
  ++groups_;
  if (record.committed) guest_instructions_ += record.commit_count;
  return std::nullopt;
}

Difference NativeChecker::difference(const sim::GroupRecord& core, const sim::GroupRecord& reference,
                                     std::vector<Mismatch> mismatches) const {
  Difference found;
  found.checker = name();
  const Mismatch& first = mismatches.front();
  found.summary = fmt::format(
      "group at {:08x}: {} is {} on the core, {} on the ISS; core: {}; ISS: {}", core.pc, first.what, first.core,
      first.expected, core.trap.taken ? sim::describe_trap(core.trap) : sim::describe_effects(core),
      reference.trap.taken ? sim::describe_trap(reference.trap) : sim::describe_effects(reference));
  found.mismatches = std::move(mismatches);
  found.group = groups_;
  found.guest_instructions = guest_instructions_;
  return found;
}

std::vector<ReportFile> NativeChecker::report() const {
  const iss::State& state = machine_.state();
  std::string text =
      fmt::format("pc {:08x}  xstatus {:x}  xcpc {:08x}  xgic {}  mepc {:08x}  mcause {:08x}  mtval {:08x}\n\n",
                  state.pc, state.xstatus, state.xcpc, state.xgic, state.mepc, state.mcause, state.mtval);
  for (unsigned r = 0; r < 32; ++r) {
    text += fmt::format("x{:<2} {:08x} committed {:08x}{}", r, state.x[r], state.committed_x[r],
                        r % 2 == 1 ? "\n" : "    ");
  }
  for (unsigned f = 1; f < 4; ++f)
    text += fmt::format("f{} {:02x} committed {:02x}\n", f, state.f[f], state.committed_f[f]);
  text += "\nuncommitted gated stores, oldest first (offset in DRAM, byte mask, data)\n";
  for (const auto& store : state.gated)
    text += fmt::format("{:08x} {:x} {:08x}\n", store.offset, store.mask, store.data);
  std::string groups;
  for (const auto& record : last_) {
    groups += fmt::format("{:08x}  {:<48} ; {}\n", record.pc,
                          isa::disassemble(word_at(record.pc), word_at(record.pc + 4), record.pc),
                          record.trap.taken ? sim::describe_trap(record.trap) : sim::describe_effects(record));
  }
  return {{"iss-state.txt", text}, {"iss-groups.txt", groups}};
}

std::optional<Difference> NativeChecker::compare_memory(std::span<const uint8_t> dram) const {
  const size_t size = std::min(dram.size(), dram_.size());
  const auto [core, reference] =
      std::mismatch(dram.begin(), dram.begin() + static_cast<ptrdiff_t>(size), dram_.begin());
  if (core == dram.begin() + static_cast<ptrdiff_t>(size)) return std::nullopt;
  const auto offset = static_cast<uint32_t>(core - dram.begin());
  Difference found;
  found.checker = name();
  found.mismatches = {
      {fmt::format("memory {:08x}", offset), fmt::format("{:02x}", *core), fmt::format("{:02x}", *reference)}};
  found.summary =
      fmt::format("at the end, memory {:08x} is {:02x} on the core, {:02x} on the ISS", offset, *core, *reference);
  found.group = groups_;
  found.guest_instructions = guest_instructions_;
  return found;
}

}  // namespace veil::lockstep
