#include "sim/engine/iss_engine.h"

#include <algorithm>
#include <cstring>

#include "veil/isa/platform.h"

namespace veil::sim {

IssEngine::IssEngine(const isa::Config& config, std::span<const uint8_t> dram, HostPort& host)
    : dram_(dram.begin(), dram.end()), host_(host), machine_(config, dram_, this) {
  machine_.reset();
}

GroupRecord IssEngine::step() {
  GroupRecord record;
  machine_.step_group(record);
  return record;
}

std::string IssEngine::stuck() const { return machine_.stuck() ? "the trap handler's own first group traps" : ""; }

void IssEngine::read_dram(uint32_t address, std::span<uint8_t> bytes) {
  std::copy_n(dram_.begin() + address, bytes.size(), bytes.begin());
}

void IssEngine::run(uint64_t groups, uint64_t guest_instructions, bool to_commit) {
  iss::Limits limits;
  limits.groups = groups;
  limits.guest_instructions = guest_instructions;
  limits.each_commit = to_commit;
  const uint64_t before = machine_.state().xgic;
  machine_.run(limits);
  const uint64_t now = machine_.state().xgic;
  at_commit_ = now >= guest_instructions || (to_commit && now != before);
}

GuestState IssEngine::guest() const {
  const iss::State& state = machine_.state();
  return read_guest(state.xtier, state.committed_x, state.committed_f,
                    std::span(dram_).subspan(*machine_.dram_offset(platform::guest_state_address),
                                             platform::guest_state::size_bytes));
}

uint32_t IssEngine::word(uint32_t address) const {
  uint32_t value = 0;
  if (const auto offset = machine_.dram_offset(address)) std::memcpy(&value, dram_.data() + *offset, sizeof value);
  return value;
}

void IssEngine::write(uint32_t offset, uint32_t value) {
  host_.write(offset, value);
  if (offset == platform::host::exit || offset == platform::host::snapshot) machine_.stop();
}

void IssEngine::log(uint32_t value) {
  const auto kind = static_cast<platform::Log>(value >> 28);
  if (kind == platform::Log::translation_made) {
    ++made_;
    const uint32_t descriptor = platform::concealed_window + (value & 0x0fffffff);
    const uint32_t instructions = word(descriptor + platform::block_descriptor::instructions);
    instructions_ += instructions;
    if (word(descriptor + platform::block_descriptor::tier) == static_cast<uint32_t>(isa::Tier::run_hot)) {
      ++optimized_;
      optimized_instructions_ += instructions;
    }
  }
  if (kind == platform::Log::translation_dropped) ++dropped_;
}

}  // namespace veil::sim
