// The guest against an independent x86, at every commit: the reference executes as many instructions as the commit
// retired; then general registers, EIP where Veil has one, defined flags and every byte of memory that either side
// wrote must be equal. What the reference cannot do faithfully is in faithful.h.
//
// The system state (segments, ring, paging) is given to the reference, never computed by it: at the instructions that
// change it, and at every delivery of an interrupt or exception. No other commit may change any of it, and a segment
// register that has changed must have the hidden part that its descriptor in the guest's tables says. A delivery is
// what moves EIP, ESP or the ring in a commit of no instruction. Of the exceptions, those that the reference can raise
// (#DE #BR #UD #PF) must be raised there too.
#pragma once

#include <array>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "sim/lockstep/checker.h"
#include "sim/lockstep/faithful.h"
#include "sim/lockstep/reference_x86.h"
#include "sim/trace/shadow.h"
#include "sim/trace/translations.h"

namespace veil::lockstep {

struct GuestCheckerCounts {
  uint64_t commits = 0;       // commits compared
  uint64_t instructions = 0;  // executed by the reference
  uint64_t taken_over = 0;    // adopted from Veil
  uint64_t events = 0;        // interrupts and exceptions whose delivery was adopted
  uint64_t exceptions = 0;    // of these: exceptions that the reference has raised as well
  uint64_t accessed = 0;      // accessed and dirty bits that only Veil has set, adopted
  uint64_t segments = 0;      // hidden parts of segment registers compared with their descriptors
  uint64_t unchecked = 0;     // instructions in commits that could not be compared (an undefined flag was read)
};

class GuestChecker final : public Checker {
 public:
  // `shadow` and `translations` have applied each record before retired() sees it; they outlive the checker.
  GuestChecker(sim::Shadow& shadow, const sim::Translations& translations);

  std::string_view name() const override { return "guest"; }
  std::optional<Difference> retired(const sim::GroupRecord& record) override;
  std::vector<ReportFile> report() const override;
  const GuestCheckerCounts& counts() const { return counts_; }

 private:
  std::optional<Difference> start();
  std::optional<Difference> check_event();
  std::optional<Difference> check_exception();
  ReferenceSystem system() const;
  // Segment registers that are not what they were in `before`, against the guest's descriptor tables.
  std::optional<Difference> check_segments(const ReferenceSystem& before);
  std::optional<Difference> check_commit(unsigned instructions);
  // Executes one instruction on the reference; false if the commit cannot be followed any further.
  bool execute(std::string& error, bool only_one);
  // Goes on from Veil's state; if that cannot be, `lost_`. What it says of the segments must be true.
  std::optional<Difference> adopt(const sim::GuestState& veil);
  void follow(const sim::GuestState& veil);
  void copy_stores(const std::vector<sim::FinalStore>& stores);
  void compare_memory(const std::vector<sim::FinalStore>& stores, std::vector<Mismatch>& mismatches);
  Difference difference(std::string summary, std::vector<Mismatch> mismatches) const;

  sim::Shadow& shadow_;
  const sim::Translations& translations_;
  ReferenceX86 reference_;
  bool started_ = false;
  bool lost_ = false;                         // waits for a commit with a known EIP to follow Veil again
  uint32_t eip_ = 0;                          // of the reference
  uint32_t undefined_ = 0;                    // EFLAGS bits without a defined value now
  bool takes_over_ = false;                   // this commit's results are adopted
  bool flush_ = false;                        // and the guest has flushed pages
  std::optional<uint8_t> exception_;          // the firmware has announced one; its delivery follows
  std::vector<sim::FinalStore> veil_stores_;  // since the last compared commit
  std::deque<uint32_t> trail_;                // EIPs that the reference has executed last
  sim::GuestState before_;                    // at the last commit that agreed
  sim::GuestState veil_now_;
  GuestCheckerCounts counts_;

  struct Cached {
    std::array<uint8_t, 15> bytes{};
    bool code32 = true;
    GuestInstruction instruction;
  };
  std::unordered_map<uint32_t, Cached> decoded_;
  const GuestInstruction& decode(uint32_t eip);  // invalid: it is absent, or not all of it is present
};

}  // namespace veil::lockstep
