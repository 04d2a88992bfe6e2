#include "sim/trace/shadow.h"

#include <cstring>
#include <utility>

#include "veil/isa/native.h"
#include "veil/isa/platform.h"

namespace veil::sim {
Shadow::Shadow(std::vector<uint8_t> dram)
    : dram_(std::move(dram)), guest_bytes_(static_cast<uint32_t>(dram_.size()) - platform::concealed_size) {}

std::optional<size_t> Shadow::index(uint32_t address, uint32_t bytes) const {
  size_t at = address;
  if (address >= platform::concealed_window) {
    at = address - platform::concealed_window;
    if (at >= platform::concealed_size) return std::nullopt;
    at += guest_bytes_;
  }
  if (at + bytes > dram_.size()) return std::nullopt;
  return at;
}

std::optional<uint32_t> Shadow::word(uint32_t address) const {
  const auto at = index(address, 4);
  if (!at) return std::nullopt;
  uint32_t value = 0;
  std::memcpy(&value, dram_.data() + *at, sizeof value);
  return value;
}

void Shadow::write_byte(uint32_t address, uint8_t value) {
  if (const auto at = index(address, 1)) dram_[*at] = value;
}

// `address2` is where the second page's part begins; without it the bytes are in a row.
void Shadow::store(const MemAccess& access) {
  constexpr uint32_t kPage = 0x1000;
  unsigned first = access.bytes;
  if (access.address2 != 0) first = static_cast<unsigned>(kPage - access.address % kPage);
  for (unsigned i = 0; i < access.bytes; ++i) {
    const uint32_t at = i < first ? access.address + i : access.address2 + (i - first);
    write_byte(at, static_cast<uint8_t>(access.data >> (8 * i)));
  }
  stores_.push_back({access.address, static_cast<uint8_t>(first)});
  if (first < access.bytes) stores_.push_back({access.address2, static_cast<uint8_t>(access.bytes - first)});
}

void Shadow::commit() {
  committed_ = working_;
  for (const MemAccess& access : gated_) store(access);
  gated_.clear();
}

void Shadow::roll_back() {
  working_ = committed_;
  gated_.clear();
}

void Shadow::apply(const GroupRecord& record) {
  ++groups_;
  tier_ = record.tier;
  if (record.speculative) hold_ = false;  // mret has returned from a held TLB miss
  if (record.trap.taken) {
    // Only a TLB miss in speculative mode holds the speculation; a trap in monitor mode changes nothing here.
    if (record.trap.rolled_back) {
      roll_back();
      hold_ = false;
    } else if (record.speculative) {
      hold_ = true;
    }
    return;
  }
  for (unsigned i = 0; i < record.reg_count; ++i) working_.x[record.regs[i].reg] = record.regs[i].value;
  for (unsigned i = 0; i < record.flag_count; ++i) working_.f[record.flags[i].reg] = record.flags[i].value;
  if (record.mem.kind == MemKind::store) {
    if (record.mem.gated) {
      gated_.push_back(record.mem);
    } else {
      store(record.mem);  // final at once, and older than every uncommitted gated store
    }
  }
  if (record.rolled_back) {
    roll_back();
    hold_ = false;
    return;
  }
  bool leaves_speculation = false;
  if (record.csr.valid && record.csr.csr == static_cast<uint16_t>(isa::Csr::xstatus)) {
    leaves_speculation = record.speculative && (record.csr.value & isa::xstatus::spec) == 0;
    if ((record.csr.value & isa::xstatus::hold) == 0) hold_ = false;
  }
  if (record.committed || leaves_speculation || (!record.speculative && !hold_)) commit();
  if (record.committed) guest_instructions_ += record.commit_count;
}

GuestState Shadow::guest() const {
  return read_guest(tier_, committed_.x, committed_.f,
                    dram().subspan(guest_bytes_ + platform::window::guest_state, platform::guest_state::size_bytes));
}

std::vector<FinalStore> Shadow::take_stores() { return std::exchange(stores_, {}); }

}  // namespace veil::sim
