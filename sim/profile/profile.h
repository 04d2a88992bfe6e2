// Where the cycles of a run went: every cycle belongs to one row, a row being a tier and a block of guest code (or no
// block, for the firmware's own business). Sees nothing but group records and the announcements of translations.
//
//   run_cold, run_hot   the translation that runs; TLB refills and the way in and out are its own
//   interpret, device   the block that is being interpreted: it begins where the interpreter starts, or after a
//   transfer translate           the block that the translation is made for, once it is announced others no block
//
// Invariant: the rows' cycles add up to the cycles handed in, tier by tier.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <unordered_map>
#include <vector>

#include "sim/trace/group_record.h"
#include "sim/trace/shadow.h"
#include "sim/trace/spent.h"
#include "sim/trace/translations.h"
#include "veil/isa/native.h"

namespace veil::sim {

struct ProfileRow {
  uint8_t tier = 0;
  bool has_block = false;
  uint32_t eip = 0;                      // of the block's first instruction
  uint32_t guest_bytes = 0;              // as far as it was seen
  uint64_t executions = 0;               // entries; translate: translations made
  uint64_t guest_instructions = 0;       // committed
  uint64_t translated_instructions = 0;  // translate: guest instructions in the translations made
  uint64_t groups = 0, operations = 0, traps = 0;
  Spent spent;
};

class Profile {
 public:
  // Whether the guest instruction at an address ends a block.
  using EndsBlock = std::function<bool(uint32_t eip)>;

  // `shadow` and `translations` have applied each record before retired() sees it; they outlive the profile.
  Profile(const Shadow& shadow, const Translations& translations, EndsBlock ends_block);

  // `spent`: the cycles since the record before.
  void retired(const GroupRecord& record, const Spent& spent);
  // The run is over: what still waits for a block is counted.
  void finish();
  // All rows, the most cycles first; call after finish().
  std::vector<ProfileRow> rows() const;
  // Cycles of each word of the firmware's code, by tier; empty if there were none.
  std::span<const uint64_t> firmware(unsigned tier) const { return firmware_[tier]; }

 private:
  struct Pending {
    Spent spent;
    uint64_t groups = 0, operations = 0, traps = 0;
  };
  ProfileRow& row(uint8_t tier, uint32_t eip, bool has_block = true);
  void charge(ProfileRow& row, unsigned tier);
  void leave(uint8_t tier);
  void run(const GroupRecord& record);
  void interpreted(const GroupRecord& record);
  void translating(const GroupRecord& record);
  uint32_t guest_eip() const;

  const Shadow& shadow_;
  const Translations& translations_;
  EndsBlock ends_block_;
  std::unordered_map<uint64_t, ProfileRow> rows_;
  std::array<Pending, isa::kTierCount> pending_{};
  std::array<std::vector<uint64_t>, isa::kTierCount> firmware_;
  uint8_t tier_ = 0;

  // Translations: the one that runs, by its native words.
  ProfileRow* running_ = nullptr;
  uint32_t first_pc_ = 0, bytes_ = 0;
  // Interpreter: the instruction that is next, its block, whether it is the block's first.
  uint32_t eip_ = 0, block_ = 0;
  bool at_start_ = false;
  // Translator.
  ProfileRow* made_ = nullptr;
};

}  // namespace veil::sim
