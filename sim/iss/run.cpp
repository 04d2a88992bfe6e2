// The loop: find the group, run its micro-operations, retire it. Also what a step tells about itself.
#include <algorithm>

#include "core.h"
#include "handlers.h"
#include "veil/iss/tlb.h"

namespace veil::iss {

using isa::Counter;

Core::Core(const isa::Config& c, std::span<uint8_t> dram, Host* host)
    : cache(static_cast<uint32_t>(dram.size())), config(c), dram_(dram), host_(host) {
  no_memory_.ops[0].run = run_no_memory;
  no_memory_.ops[0].last = true;
  reset();
}

void Core::reset() {
  s = State{};
  s.tlb.resize(config.tlb_entries);
  s.tlb2.resize(config.tlb2_entries);
  s.tlb_marks.resize(kTlbMarks / 64);
  s.jump_table.resize(config.jump_table);
  s.gated.reserve(config.store_buffer);
  s.protected_.reserve(config.alias_entries);
  s.pc = platform::reset_pc;
  s.mstatus = 0x1800;
  s.xdeadline = 0x7fffffff;
  x = {};
  dirty = 0;
  stuck = false;
  injected.reset();
  cache.drop_all();
  rebuild_filter();
  update_poll();
}

uint64_t Core::total(Counter which) const {
  uint64_t sum = 0;
  for (const auto& tier : s.counters) {
    const uint64_t value = tier[static_cast<unsigned>(which == Counter::cycles ? Counter::groups : which)];
    if (which == Counter::store_buffer_high) {
      sum = value > sum ? value : sum;
    } else {
      sum += value;
    }
  }
  return sum;
}

void Core::set_interrupts(uint32_t lines) {
  s.mip = lines &
          (1u << static_cast<unsigned>(isa::Interrupt::timer) | 1u << static_cast<unsigned>(isa::Interrupt::external));
  update_poll();
}

// The external line goes first, as in RISC-V.
void Core::take_interrupt() {
  const uint32_t external = static_cast<uint32_t>(isa::Interrupt::external);
  const uint32_t timer = static_cast<uint32_t>(isa::Interrupt::timer);
  trap(isa::kInterrupt | ((poll_ >> external & 1) != 0 ? external : timer), 0, s.pc);
}

const Group* Core::decode(uint32_t pc) {
  const uint8_t* p = memory(pc);
  if (p == nullptr) return &no_memory_;
  const uint32_t block = config.width * 4;
  uint32_t words[sim::kMaxSlots] = {};
  std::memcpy(words, p, block - (pc & (block - 1)));
  Group& group = cache.add(pc);
  translate(read_group(pc, config.width, words), pc, group);
  return &group;
}

inline void Core::execute(const Group& group) {
  dirty |= group.writes;
  next_pc = group.next_pc;
  for (const MicroOp* u = group.ops.data();; ++u) {
    if (!u->run(*this, *u)) return;
    if (u->last) break;
  }
  s.pc = next_pc;
  auto& counts = s.counters[s.xtier & 15];
  counts[static_cast<unsigned>(Counter::groups)]++;
  counts[static_cast<unsigned>(Counter::operations)] += group.count;
  counts[static_cast<unsigned>(Counter::loads)] += group.loads;
  counts[static_cast<unsigned>(Counter::stores)] += group.stores;
  // In monitor mode every group is its own commit; registers are copied only when the mode is left.
  if (!s.gated.empty() && monitor()) drain();
  if (!s.protected_.empty() && monitor()) s.protected_.clear();
}

uint64_t Core::run(const Limits& limits) {
  if (import_needed) import_state();
  gic_limit = limits.guest_instructions;
  stop_at_commit = limits.each_commit;
  stop = s.xgic >= gic_limit;
  uint64_t done = 0;
  while (done < limits.groups && !stop) {
    done++;
    if (interrupt_due()) {
      take_interrupt();
      continue;
    }
    const Group* group = cache.find(s.pc);
    if (group == nullptr) group = decode(s.pc);
    execute(*group);
  }
  gic_limit = ~0ull;
  stop_at_commit = false;
  return done;
}

void Core::step(sim::GroupRecord& out) {
  if (import_needed) import_state();
  out = {};
  out.pc = s.pc;
  out.speculative = spec();
  out.tier = static_cast<uint8_t>(s.xtier);
  record = &out;
  if (interrupt_due()) {
    take_interrupt();
  } else {
    const Group* group = cache.find(s.pc);
    if (group == nullptr) group = decode(s.pc);
    execute(*group);
    if (!out.trap.taken) fill_record(*group, out);
  }
  // What the group did before it trapped has not happened.
  if (out.trap.taken) {
    out.mem = {};
    out.committed = false;
    out.commit_count = 0;
  }
  out.next_pc = s.pc;
  record = nullptr;
  injected.reset();
}

void Core::fill_record(const Group& group, sim::GroupRecord& out) {
  out.operations = group.count;
  for (unsigned i = 0; i < group.reg_count; i++) out.regs[out.reg_count++] = {group.regs[i], x[group.regs[i]]};
  for (unsigned i = 0; i < group.flag_count; i++) out.flags[out.flag_count++] = {group.flags[i], s.f[group.flags[i]]};
}

void Core::export_state() {
  if (import_needed) import_state();
  std::copy_n(x.begin(), 32, s.x.begin());
  if (monitor()) make_permanent();
}

void Core::import_state() {
  import_needed = false;
  std::copy_n(s.x.begin(), 32, x.begin());
  x[0] = 0;
  dirty = 0xfffffffe;
  rebuild_filter();
  update_poll();
}

}  // namespace veil::iss
