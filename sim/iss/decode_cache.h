// Groups translated once into short lists of micro-operations, found by native pc.
//
// The micro-operations of a group do what its operations do, in an order in which everything that can trap while the
// machine must keep its state (group traps are atomic) comes before everything that changes it: checks, then the memory
// operation, then the rest, then the commit. Group rule 3 makes that legal, except that a load may not overtake an
// operation that still reads the old value of its register: then its result waits in kLoadTemp.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "group.h"

namespace veil::iss {

class Core;
struct MicroOp;
using Handler = bool (*)(Core&, const MicroOp&);  // false: a trap has been taken

// Register numbers beyond x31: writes of x0 end in kSink.
inline constexpr uint8_t kSink = 32, kLoadTemp = 33;
inline constexpr unsigned kRegisters = 34;

struct MicroOp {
  Handler run = nullptr;
  uint8_t rd = kSink, rs1 = 0, rs2 = 0, fd = 0;
  uint8_t a = 0, b = 0;  // what they mean is the handler's
  bool last = false;
  uint32_t imm = 0, imm2 = 0;
  uint32_t pc = 0;
};

struct Group {
  uint32_t pc = 0, next_pc = 0;
  uint32_t writes = 0;  // x registers written
  uint8_t count = 0, loads = 0, stores = 0;
  uint8_t reg_count = 0, flag_count = 0;
  std::array<uint8_t, sim::kMaxSlots> regs{}, flags{};  // written registers in the order of the operations
  std::array<MicroOp, 8> ops{};
};

// Fills `group` from its text (translate.cpp).
void translate(const GroupText& text, uint32_t pc, Group& group);

class DecodeCache {
 public:
  // Pages of DRAM, then those of the concealed window (the same memory, other addresses).
  explicit DecodeCache(uint32_t dram_bytes);

  // The group that starts at pc, or nullptr if it has not been decoded.
  const Group* find(uint32_t pc) {
    if (pc >> 12 != tag_) select(pc);
    return page_ == nullptr ? nullptr : page_->groups[pc >> 2 & 1023];
  }
  // pc must be in memory.
  Group& add(uint32_t pc);
  void drop_line(uint32_t address);  // groups that start in the 32-byte line, by either of its addresses
  // Forgets everything. Groups stay readable until the next add.
  void drop_all();

 private:
  struct Page {
    std::array<Group*, 1024> groups{};
  };
  void select(uint32_t pc);
  uint32_t index(uint32_t address) const;  // page number, or pages_.size()
  void drop_line_at(uint32_t address);

  uint32_t dram_bytes_;
  uint32_t tag_ = ~0u;
  Page* page_ = nullptr;
  std::vector<std::unique_ptr<Page>> pages_;
  std::vector<std::unique_ptr<std::array<Group, 256>>> arena_;
  size_t used_ = 0;  // groups taken from the arena
  bool forget_ = false;
};

}  // namespace veil::iss
