// The public class: a thin door to Core.
#include "core.h"
#include "veil/iss/iss.h"

namespace veil::iss {

Machine::Machine(const isa::Config& config, std::span<uint8_t> dram, Host* host)
    : core_(std::make_unique<Core>(config, dram, host)) {}
Machine::~Machine() = default;

void Machine::reset() { core_->reset(); }
void Machine::step_group(sim::GroupRecord& record) { core_->step(record); }
uint64_t Machine::run(const Limits& limits) { return core_->run(limits); }
void Machine::stop() { core_->stop = true; }
void Machine::inject(uint32_t value) { core_->injected = value; }

void Machine::set_interrupts(uint32_t lines) {
  if (core_->import_needed) core_->import_state();
  core_->set_interrupts(lines);
}

const State& Machine::state() const {
  core_->export_state();
  return core_->s;
}

State& Machine::state() {
  core_->export_state();
  core_->import_needed = true;
  return core_->s;
}

void Machine::flush_decoded() { core_->cache.drop_all(); }
uint64_t Machine::counter(isa::Counter which) const { return core_->total(which); }

uint64_t Machine::counter(isa::Counter which, unsigned tier) const {
  if (which == isa::Counter::cycles) which = isa::Counter::groups;
  return tier < kTiers ? core_->s.counters[tier][static_cast<unsigned>(which)] : 0;
}

bool Machine::stuck() const { return core_->stuck; }

std::optional<uint32_t> Machine::dram_offset(uint32_t address) const {
  const uint8_t* p = core_->memory(address);
  return p == nullptr ? std::nullopt : std::optional<uint32_t>(core_->dram_offset(p));
}

}  // namespace veil::iss
