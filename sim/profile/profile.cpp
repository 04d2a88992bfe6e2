#include "sim/profile/profile.h"

#include <algorithm>
#include <utility>

#include "veil/isa/platform.h"

namespace veil::sim {
namespace {

constexpr uint32_t kFirmwareBytes = platform::window::boot_block;

bool is_interpreter(uint32_t tier) {
  return tier == static_cast<uint32_t>(isa::Tier::interpret) || tier == static_cast<uint32_t>(isa::Tier::device);
}

bool is_log(const GroupRecord& record) {
  return record.csr.valid && record.csr.csr == static_cast<uint16_t>(isa::Csr::xlog) && !record.trap.taken;
}

}  // namespace

Profile::Profile(const Shadow& shadow, const Translations& translations, EndsBlock ends_block)
    : shadow_(shadow), translations_(translations), ends_block_(std::move(ends_block)) {}

uint32_t Profile::guest_eip() const {
  return shadow_.word(platform::guest_state_address + platform::guest_state::eip).value_or(0);
}

ProfileRow& Profile::row(uint8_t tier, uint32_t eip, bool has_block) {
  const uint64_t key = uint64_t{tier} << 33 | uint64_t{has_block} << 32 | eip;
  const auto [at, added] = rows_.try_emplace(key);
  if (added) {
    at->second.tier = tier;
    at->second.has_block = has_block;
    at->second.eip = eip;
  }
  return at->second;
}

void Profile::charge(ProfileRow& row, unsigned tier) {
  Pending& pending = pending_[tier];
  row.spent += pending.spent;
  row.groups += pending.groups;
  row.operations += pending.operations;
  row.traps += pending.traps;
  pending = {};
}

// The tier tag has changed: what has waited for the next block belongs to the last one.
void Profile::leave(uint8_t tier) {
  if (is_run_tier(tier)) {
    charge(running_ != nullptr ? *running_ : row(tier, 0, false), tier);
    running_ = nullptr;
    bytes_ = 0;
  } else if (is_interpreter(tier)) {
    if (is_interpreter(tier_)) return;  // inside one instruction
    for (const isa::Tier each : {isa::Tier::interpret, isa::Tier::device}) {
      const auto number = static_cast<uint8_t>(each);
      if (pending_[number].spent.cycles != 0) charge(row(number, block_), number);
    }
  } else {
    charge(made_ != nullptr ? *made_ : row(tier, 0, false), tier);
    made_ = nullptr;
  }
}

void Profile::retired(const GroupRecord& record, const Spent& spent) {
  const uint8_t before = std::exchange(tier_, record.tier);
  if (tier_ != before) {
    leave(before);
    if (is_interpreter(tier_) && !is_interpreter(before)) {
      eip_ = block_ = guest_eip();
      at_start_ = true;
    }
  }
  Pending& pending = pending_[tier_];
  pending.spent += spent;
  pending.groups += record.trap.taken ? 0 : 1;
  pending.operations += record.operations;
  pending.traps += record.trap.taken ? 1 : 0;
  if (const uint32_t offset = record.pc - platform::concealed_window; offset < kFirmwareBytes) {
    std::vector<uint64_t>& words = firmware_[tier_];
    if (words.empty()) words.resize(kFirmwareBytes / 4);
    words[offset / 4] += spent.cycles;
  }
  if (is_run_tier(tier_)) {
    run(record);
  } else if (is_interpreter(tier_)) {
    interpreted(record);
  } else {
    translating(record);
  }
}

void Profile::run(const GroupRecord& record) {
  if (record.pc - first_pc_ >= bytes_) {
    const Translation* translation = translations_.holding(record.pc);
    if (translation == nullptr) return;  // TLB refill, way in, way out
    running_ = &row(tier_, translation->guest_eip);
    running_->guest_bytes = std::max(running_->guest_bytes, translation->guest_bytes);
    first_pc_ = translation->native;
    bytes_ = translation->words * 4;
  }
  charge(*running_, tier_);
  if (record.trap.taken) return;
  if (record.pc == first_pc_) ++running_->executions;
  if (record.committed) running_->guest_instructions += record.commit_count;
}

void Profile::interpreted(const GroupRecord& record) {
  if (record.trap.taken || !record.committed) return;
  ProfileRow& block = row(static_cast<uint8_t>(isa::Tier::interpret), block_);
  charge(block, static_cast<unsigned>(isa::Tier::interpret));
  if (pending_[static_cast<unsigned>(isa::Tier::device)].spent.cycles != 0) {
    ProfileRow& device = row(static_cast<uint8_t>(isa::Tier::device), block_);
    charge(device, static_cast<unsigned>(isa::Tier::device));
    ++device.executions;
  }
  if (std::exchange(at_start_, false)) ++block.executions;
  row(tier_, block_).guest_instructions += record.commit_count;
  const uint32_t next = guest_eip();
  if (record.commit_count == 0 && next == eip_) return;  // part of a repeated instruction
  if (record.commit_count == 0 || ends_block_(eip_)) {   // an event was delivered, or a transfer
    block_ = next;
    at_start_ = true;
  } else {
    if (next - block_ < 0x1000) block.guest_bytes = std::max(block.guest_bytes, next - block_);
  }
  eip_ = next;
}

void Profile::translating(const GroupRecord& record) {
  if (!is_log(record)) return;
  const auto what = static_cast<platform::Log>(record.csr.value >> 28);
  if (what != platform::Log::translation_made) return;
  const Translation* made = translations_.described_at(record.csr.value & 0x0fffffff);
  if (made == nullptr) return;
  made_ = &row(tier_, made->guest_eip);
  ++made_->executions;
  made_->translated_instructions += made->instructions;
  made_->guest_bytes = std::max(made_->guest_bytes, made->guest_bytes);
  charge(*made_, tier_);
}

void Profile::finish() {
  const uint8_t before = std::exchange(tier_, static_cast<uint8_t>(isa::Tier::boot));
  leave(before);
}

std::vector<ProfileRow> Profile::rows() const {
  std::vector<ProfileRow> all;
  for (const auto& [key, each] : rows_) {
    if (each.spent.cycles != 0 || each.guest_instructions != 0) all.push_back(each);
  }
  std::sort(all.begin(), all.end(), [](const ProfileRow& a, const ProfileRow& b) {
    if (a.spent.cycles != b.spent.cycles) return a.spent.cycles > b.spent.cycles;
    return a.eip != b.eip ? a.eip < b.eip : a.tier < b.tier;
  });
  return all;
}

}  // namespace veil::sim
