// The core's pipeline, cycle by cycle: which group is in which stage, what holds it up, and what every cycle was spent
// on. The core shows only a few bits a cycle (PipeCycle); the groups are followed from stage to stage here.
//
// Stages as docs/internals/core.md has them: F D R X M W. A group's F is the cycle in which its fetch block leaves the
// cache; several groups of a block share it and then wait for their turn in D.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/trace/spent.h"

namespace veil::sim {

// The state of one cycle; the bits are those of pipe_o in sim/rtl/veil_sim_top.sv.
struct PipeCycle {
  enum Bit : uint16_t {
    in_d = 1 << 0,
    in_r = 1 << 1,
    in_x = 1 << 2,
    in_m = 1 << 3,
    in_w = 1 << 4,
    frozen = 1 << 5,       // X, M, W wait for the group in W
    hazard = 1 << 6,       // the group in R waits for an operand
    hazard_load = 1 << 7,  // of a load
    redirect_m = 1 << 8,   // kills D, R, X at the end of the cycle
    redirect_w = 1 << 9,   // kills M as well
    refilling = 1 << 10,   // the instruction cache
    block = 1 << 11,       // a fetch block goes to D at the end of the cycle
    trap = 1 << 12,        // the group in W traps
    memory = 1 << 13,      // what W waits for is a memory access
    store_full = 1 << 14,  // and that for room in a queue
    jump = 1 << 15,        // the group in D is followed by its target
  };
  uint16_t bits = 0;
  uint32_t decode_pc = 0;  // of the group in D

  bool has(Bit bit) const { return (bits & bit) != 0; }
};

enum Stage : uint8_t { stage_f, stage_d, stage_r, stage_x, stage_m, stage_w };
inline constexpr size_t kStages = 6;
inline constexpr std::array<const char*, kStages> kStageNames = {"F", "D", "R", "X", "M", "W"};

// Cycles [from, to) in which a group could not go on.
struct PipeStall {
  Cause cause;
  uint64_t from, to;
};

struct PipeGroup {
  uint64_t number = 0;  // in the order of D
  uint32_t pc = 0;
  unsigned last = stage_d;                 // the last stage that it reached
  std::array<uint64_t, kStages> enters{};  // cycle in which it entered each, up to the last
  uint64_t ends = 0;                       // the cycle after its last one
  bool retired = false;                    // otherwise killed, or trapped
  bool trapped = false;
  std::vector<PipeStall> stalls;
};

class PipelineListener {
 public:
  virtual ~PipelineListener() = default;
  // A group has left the pipeline, for whatever reason. `oldest`: nothing that is still to come begins before this
  // cycle.
  virtual void left(const PipeGroup& group, uint64_t oldest) = 0;
};

class Pipeline {
 public:
  // One cycle has passed, in this state. From the first cycle on, each of them.
  void cycle(const PipeCycle& now);

  void listen(PipelineListener* listener) { listener_ = listener; }
  const Spent& spent() const { return spent_; }
  // Cycles in which a stage held something else than what should have been there; 0 if this file knows the core.
  uint64_t surprises() const { return surprises_; }

 private:
  struct Slot {
    std::optional<PipeGroup> group;
    Cause bubble = Cause::redirect;  // why there is none
  };
  Slot& at(Stage stage) { return slots_[stage]; }
  void look(const PipeCycle& now);
  void charge(const PipeCycle& now);
  void move(const PipeCycle& now);
  void stall(Stage stage, Cause cause);
  void leave(Slot& slot, bool retired, bool trapped, Cause bubble);
  void go(Stage from, Stage to);
  uint64_t oldest() const;

  std::array<Slot, kStages> slots_;
  Cause empty_ = Cause::redirect;  // why D is empty
  uint64_t now_ = 0;
  uint64_t fetched_ = 0;  // when the block in D was
  uint64_t numbers_ = 0;
  uint64_t surprises_ = 0;
  Spent spent_;
  PipelineListener* listener_ = nullptr;
};

}  // namespace veil::sim
