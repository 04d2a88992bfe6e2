#include "sim/trace/pipeline.h"

#include <algorithm>
#include <utility>

namespace veil::sim {

// The stages' groups as the core has them; D's comes from outside, the others have been moved there.
void Pipeline::look(const PipeCycle& now) {
  Slot& d = at(stage_d);
  if (now.has(PipeCycle::in_d) && !d.group) {
    PipeGroup group;
    group.number = numbers_++;
    group.pc = now.decode_pc;
    group.enters[stage_f] = std::min(fetched_, now_ == 0 ? 0 : now_ - 1);
    group.enters[stage_d] = now_;
    d.group = std::move(group);
  } else if (!now.has(PipeCycle::in_d) && d.group) {
    ++surprises_;
    leave(d, false, false, Cause::redirect);
  }
  constexpr std::array<std::pair<Stage, PipeCycle::Bit>, 4> kBits = {
      {{stage_r, PipeCycle::in_r}, {stage_x, PipeCycle::in_x}, {stage_m, PipeCycle::in_m}, {stage_w, PipeCycle::in_w}}};
  for (const auto& [stage, bit] : kBits) {
    Slot& slot = at(stage);
    if (now.has(bit) == slot.group.has_value()) continue;
    ++surprises_;
    if (slot.group) {
      leave(slot, false, false, Cause::redirect);
    } else {
      slot.group.emplace();
      slot.group->number = numbers_++;
      slot.group->enters.fill(now_);
      slot.group->last = stage;
    }
  }
  if (now.has(PipeCycle::refilling)) empty_ = Cause::icache;
}

void Pipeline::charge(const PipeCycle& now) {
  Cause cause = at(stage_w).bubble;
  if (now.has(PipeCycle::frozen)) {
    cause = !now.has(PipeCycle::memory) ? Cause::system : now.has(PipeCycle::store_full) ? Cause::store : Cause::dcache;
    stall(stage_w, cause);
  } else if (now.has(PipeCycle::in_w)) {
    cause = Cause::issue;
  }
  spent_.add(cause);
}

void Pipeline::stall(Stage stage, Cause cause) {
  auto& group = at(stage).group;
  if (!group) return;
  auto& stalls = group->stalls;
  if (!stalls.empty() && stalls.back().cause == cause && stalls.back().to == now_) {
    ++stalls.back().to;
  } else {
    stalls.push_back({cause, now_, now_ + 1});
  }
}

uint64_t Pipeline::oldest() const {
  uint64_t first = std::min(fetched_, now_);
  for (const Slot& slot : slots_) {
    if (slot.group) first = std::min(first, slot.group->enters[stage_f]);
  }
  return first;
}

// A group ends with this cycle; a bubble is left.
void Pipeline::leave(Slot& slot, bool retired, bool trapped, Cause bubble) {
  if (slot.group) {
    PipeGroup group = std::move(*slot.group);
    slot.group.reset();
    group.ends = now_ + 1;
    group.retired = retired;
    group.trapped = trapped;
    if (listener_ != nullptr) listener_->left(group, std::min(oldest(), group.enters[stage_f]));
  }
  slot.bubble = bubble;
}

void Pipeline::go(Stage from, Stage to) {
  at(to) = std::move(at(from));
  at(from).group.reset();
  if (at(to).group) {
    at(to).group->enters[to] = now_ + 1;
    at(to).group->last = to;
  }
}

// What the clock edge at the end of this cycle does.
void Pipeline::move(const PipeCycle& now) {
  if (now.has(PipeCycle::frozen)) return;
  const bool kill_m = now.has(PipeCycle::redirect_w);
  const bool kill = kill_m || now.has(PipeCycle::redirect_m);
  const bool hazard = now.has(PipeCycle::hazard);
  const bool trap = now.has(PipeCycle::trap);
  leave(at(stage_w), !trap, trap, Cause::redirect);
  if (kill_m) leave(at(stage_m), false, false, Cause::redirect);
  if (kill) {
    for (const Stage stage : {stage_x, stage_r, stage_d}) leave(at(stage), false, false, Cause::redirect);
    empty_ = Cause::redirect;
  }
  go(stage_m, stage_w);
  go(stage_x, stage_m);
  if (hazard && !kill) {
    const Cause cause = now.has(PipeCycle::hazard_load) ? Cause::load : Cause::hazard;
    stall(stage_r, cause);
    at(stage_x).bubble = cause;
    return;
  }
  go(stage_r, stage_x);
  if (!at(stage_d).group && !kill) at(stage_d).bubble = empty_;
  const bool left = at(stage_d).group.has_value();
  go(stage_d, stage_r);
  if (left) empty_ = now.has(PipeCycle::jump) ? Cause::jump : Cause::redirect;
}

void Pipeline::cycle(const PipeCycle& now) {
  look(now);
  charge(now);
  move(now);
  if (now.has(PipeCycle::block)) fetched_ = now_;
  ++now_;
}

}  // namespace veil::sim
