// The core under test against an ISS of its own, at every retired group: pc, registers, flags, memory access, commit,
// trap, CSR. What differs between engines by nature (cycle counts, counters, what the host port says, when an interrupt
// comes) is taken from the core.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "sim/lockstep/checker.h"
#include "veil/isa/configs.h"
#include "veil/iss/iss.h"

namespace veil::lockstep {

class NativeChecker final : public Checker {
 public:
  // `dram` is the machine's memory at reset; it is copied.
  NativeChecker(const isa::Config& config, std::span<const uint8_t> dram);

  std::string_view name() const override { return "native"; }
  std::optional<Difference> retired(const sim::GroupRecord& record) override;
  std::vector<ReportFile> report() const override;

  // Compares the core's memory with the ISS's: at the end of a run, when all final stores have arrived.
  std::optional<Difference> compare_memory(std::span<const uint8_t> dram) const;

  uint64_t groups() const { return groups_; }
  const iss::Machine& machine() const { return machine_; }

 private:
  uint32_t word_at(uint32_t address) const;
  // The value that the core got where the ISS cannot know it; nothing if the group has no such read.
  std::optional<uint32_t> value_to_inject(const sim::GroupRecord& record) const;
  Difference difference(const sim::GroupRecord& core, const sim::GroupRecord& reference,
                        std::vector<Mismatch> mismatches) const;

  std::vector<uint8_t> dram_;
  iss::Machine machine_;
  uint64_t groups_ = 0;
  uint64_t guest_instructions_ = 0;
  std::deque<sim::GroupRecord> last_;  // the ISS's view of the last groups
};

// The fields on which two records of one group disagree; pure. Order of register and flag writes does not matter.
std::vector<Mismatch> compare_groups(const sim::GroupRecord& core, const sim::GroupRecord& reference);

}  // namespace veil::lockstep
