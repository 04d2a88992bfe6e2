// The reference's own translation of linear addresses: Unicorn 2.0.1 walks page tables and then does not use what it
// has found (linear = physical, whatever CR3 says), so paging is done here, on the reference's memory: two levels, 4
// KiB pages (SDM vol. 3, section 4.3), accessed and dirty bits included.
//
// A page that has been found stays until the guest flushes it, as in a TLB without end: its entry is not looked at
// again unless an access would fail.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "sim/trace/shadow.h"

namespace veil::lockstep {

class ReferencePages {
 public:
  static constexpr uint32_t kPage = 0x1000;

  struct Entry {
    uint32_t frame = 0;  // physical address
    bool user = false;
    bool writable = false;  // both levels allow it
    bool dirty = false;
  };

  explicit ReferencePages(std::span<uint8_t> memory) : memory_(memory) {}

  void set(uint32_t cr0, uint32_t cr3);
  bool paging() const { return (cr0_ & 0x80000000u) != 0; }
  void flush() { found_.clear(); }

  // What an access finds, accessed and dirty bits set (`mark`); nothing: a page fault.
  std::optional<Entry> access(uint32_t linear, bool write, bool user, bool mark = true);
  // Where a linear address leads, without a trace; nothing: nowhere.
  std::optional<uint32_t> look(uint32_t linear) const;
  // Entries of page tables that access() has changed since the last call.
  std::vector<sim::FinalStore> take_changed();

 private:
  std::optional<uint32_t> word(uint32_t physical) const;
  void set_bits(uint32_t physical, uint32_t bits);
  bool allowed(const Entry& entry, bool write, bool user) const;

  std::span<uint8_t> memory_;
  uint32_t cr0_ = 0;
  uint32_t cr3_ = 0;
  std::unordered_map<uint32_t, Entry> found_;  // by linear page
  std::vector<sim::FinalStore> changed_;
};

}  // namespace veil::lockstep
