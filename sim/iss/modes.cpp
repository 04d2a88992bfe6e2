// Commit, rollback, traps and the way back (docs/internals/native-machine.md, "Modes").
#include "core.h"

namespace veil::iss {

using isa::Cause;
using isa::Counter;
namespace xs = isa::xstatus;

namespace {
constexpr uint32_t kMie = 1u << 3, kMpie = 1u << 7, kMpp = 3u << 11;
}

void Core::make_permanent() {
  for (uint32_t left = dirty; left != 0; left &= left - 1) {
    const unsigned i = static_cast<unsigned>(__builtin_ctz(left));
    s.committed_x[i] = x[i];
  }
  dirty = 0;
  s.committed_f = s.f;
  if (!s.gated.empty()) drain();
  s.protected_.clear();
}

void Core::roll_back() {
  for (uint32_t left = dirty; left != 0; left &= left - 1) {
    const unsigned i = static_cast<unsigned>(__builtin_ctz(left));
    x[i] = s.committed_x[i];
  }
  dirty = 0;
  s.f = s.committed_f;
  s.gated.clear();
  filter_ = 0;
  s.protected_.clear();
}

bool Core::deadline_passes(uint32_t guest_instructions) const {
  return static_cast<int32_t>(static_cast<uint32_t>(s.xgic) + guest_instructions - s.xdeadline) > 0;
}

bool Core::commit(uint32_t guest_instructions, uint32_t pc) {
  if (spec()) {
    if (deadline_passes(guest_instructions)) return trap(Cause::deadline, 0);
    s.xcpc = pc;
    count(Counter::commits)++;
  }
  make_permanent();
  s.xgic += guest_instructions;
  count(Counter::guest_instructions) += guest_instructions;
  if (record != nullptr) {
    record->committed = true;
    record->commit_count = static_cast<uint8_t>(guest_instructions);
  }
  if (s.xgic >= gic_limit || stop_at_commit) stop = true;
  return true;
}

bool Core::trap(uint32_t cause, uint32_t tval, uint32_t epc) {
  const bool was_speculative = spec();
  const bool miss = cause == static_cast<uint32_t>(Cause::tlb_load) || cause == static_cast<uint32_t>(Cause::tlb_store);
  const bool roll = was_speculative && !miss;
  count(Counter::traps)++;
  if (miss) count(Counter::tlb_misses)++;
  if (cause == static_cast<uint32_t>(Cause::alias)) count(Counter::alias_traps)++;
  if (cause == static_cast<uint32_t>(Cause::code_write)) count(Counter::code_write_traps)++;
  if (cause == static_cast<uint32_t>(Cause::store_overflow)) count(Counter::overflow_traps)++;
  if (cause == static_cast<uint32_t>(Cause::deadline)) count(Counter::deadline_traps)++;
  if (roll) {
    count(Counter::rollbacks)++;
    roll_back();
  }
  if (!was_speculative && epc == s.mtvec) stuck = true;

  s.xstatus &= ~(xs::spec | xs::pspec);
  if (was_speculative) {
    s.xstatus |= xs::pspec;
    s.xstatus = miss ? s.xstatus | xs::hold : s.xstatus & ~xs::hold;
  }
  s.mepc = epc;
  s.mcause = cause;
  s.mtval = tval;
  s.mstatus = (s.mstatus & kMie) != 0 ? kMpie | kMpp : kMpp;
  s.pc = s.mtvec;
  if (record != nullptr) record->trap = {true, roll, cause, epc, tval};
  return false;
}

void Core::return_from_trap() {
  next_pc = s.mepc;
  const bool speculative = (s.xstatus & xs::pspec) != 0;
  // Into speculative mode from a held miss the speculation goes on; from monitor state it starts afresh.
  if (monitor() || !speculative) make_permanent();
  s.xstatus = (s.xstatus & ~(xs::spec | xs::hold)) | (speculative ? xs::spec : 0);
  s.mstatus = kMpp | kMpie | ((s.mstatus & kMpie) != 0 ? kMie : 0);
}

void Core::write_xstatus(uint32_t value) {
  const bool was_monitor = monitor(), was_spec = spec();
  const bool was_held = !was_spec && !was_monitor;
  s.xstatus = value & (xs::spec | xs::pspec | xs::hold | xs::user);
  if (was_monitor || (was_spec && !spec()) || (was_held && (s.xstatus & xs::hold) == 0)) make_permanent();
}

}  // namespace veil::iss
