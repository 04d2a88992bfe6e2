// Architectural state of a machine, rebuilt from nothing but its group records: registers and flags in two versions,
// memory, uncommitted gated stores (docs/internals/native-machine.md, "Modes" and "Memory"). Checkers and traces look
// at the guest through it, so they work on every engine alike and cannot disturb it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/trace/group_record.h"
#include "sim/trace/guest_state.h"

namespace veil::sim {

// A store that has become final.
struct FinalStore {
  uint32_t address = 0;  // native physical
  uint8_t bytes = 0;
};

class Shadow {
 public:
  // `dram` is the machine's memory at reset.
  explicit Shadow(std::vector<uint8_t> dram);

  void apply(const GroupRecord& record);

  uint32_t x(unsigned number) const { return working_.x[number]; }
  uint8_t flags(unsigned number) const { return working_.f[number]; }
  uint64_t groups() const { return groups_; }
  uint64_t guest_instructions() const { return guest_instructions_; }
  std::span<const uint8_t> dram() const { return dram_; }
  uint32_t guest_bytes() const { return guest_bytes_; }

  // Final memory at a native physical address (concealed window included); nothing if there is no memory.
  std::optional<uint32_t> word(uint32_t address) const;
  // Index into dram(), or nothing.
  std::optional<size_t> index(uint32_t address, uint32_t bytes) const;

  // Guest state, valid right after a record that committed guest instructions. In a translation `eip` is unknown.
  GuestState guest() const;
  // Stores that have become final since the last call.
  std::vector<FinalStore> take_stores();
  void drop_stores() { stores_.clear(); }

 private:
  struct Version {
    std::array<uint32_t, 32> x{};
    std::array<uint8_t, 4> f{};
  };
  void commit();
  void roll_back();
  void store(const MemAccess& access);
  void write_byte(uint32_t address, uint8_t value);

  std::vector<uint8_t> dram_;
  uint32_t guest_bytes_;
  Version working_, committed_;
  bool hold_ = false;
  uint8_t tier_ = 0;
  uint64_t groups_ = 0;
  uint64_t guest_instructions_ = 0;
  std::vector<MemAccess> gated_;
  std::vector<FinalStore> stores_;
};

}  // namespace veil::sim
