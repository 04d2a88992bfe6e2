// The dispatcher's policy: when to interpret, translate, optimize, look which translation runs, roll back by force, and
// give up. Pure: counts of guest instructions in, decisions out, no globals and no hardware; so it is tested on the
// host.
//
// Gear 1 interprets and counts block starts. Gear 2 translates quickly what is hot. In gear 3 the deadline, which stops
// translations for events, also stops them every so many instructions to see which of them runs: one that has been seen
// often enough is made again by the optimizing translator. Guest time is counted in instructions, so the same
// translations are seen on every engine and at every width.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "firmware/dispatcher/profile.h"
#include "veil/translator.h"

namespace veil::fw {

class Policy {
 public:
  struct Parameters {  // of the boot block
    uint32_t gears = 1;
    uint32_t hot_threshold = 1;
    uint32_t optimize_threshold = 0;  // 0: what is hot is optimized at once
    uint32_t sample_every = 1;
    uint32_t rollback_every = 0;  // 0: never
    uint32_t block_limit = 31;
  };
  static constexpr uint32_t kLongestInterval = 64;  // from one look to the next, in units of sample_every

  // The rest of the object lies in zeroed memory.
  void start(const Parameters& parameters) {
    parameters_ = parameters;
    profile_.set_threshold(parameters.hot_threshold);
    rollback_left_ = parameters.rollback_every;
    interval_ = parameters.sample_every;
    look_at_ = parameters.sample_every;
  }

  // ---- block starts
  Profile& profile() { return profile_; }
  bool translates() const { return parameters_.gears >= 2; }

  // ---- a translation is to be made
  struct Attempt {
    uint32_t limit = 0;  // instructions, at most
    bool quick = false;
  };
  // What has just become hot.
  Attempt first() const {
    return {parameters_.block_limit, parameters_.gears < 3 || parameters_.optimize_threshold != 0};
  }
  // What stays hot.
  Attempt optimize() const { return {parameters_.block_limit, false}; }
  // One that has had more stores than the buffer holds: half of it fits, or half of that.
  std::optional<Attempt> fewer_stores(uint32_t instructions) const {
    if (instructions <= 1) return std::nullopt;
    return Attempt{instructions / 2, first().quick};
  }
  // An attempt has ended so: what to try next, if anything.
  static std::optional<Attempt> after(const Attempt& attempt, translator::Status status) {
    using translator::Status;
    if (status == Status::no_room && attempt.limit > 1) return Attempt{attempt.limit / 2, attempt.quick};
    if (status == Status::nothing && attempt.quick) return Attempt{attempt.limit, false};
    return std::nullopt;
  }
  // No attempt has made one. `for_now`: some of the code rests from being written to, so it may be possible later.
  void not_made(uint32_t eip, bool for_now) {
    if (for_now) {
      profile_.put_off(eip);
    } else {
      profile_.give_up(eip);
    }
  }

  // ---- a translation is entered and left; `now`: guest instructions committed, low word
  // How many instructions translations may commit until they are to come back, when the next event is `to_event` away.
  uint32_t enter(uint32_t now, uint32_t to_event) {
    entered_at_ = now;
    uint32_t deadline = to_event;
    if (looks()) {
      if (static_cast<int32_t>(look_at_ - now) <= 0) look_at_ = now + interval_;  // it was the interpreter that ran
      deadline = std::min(deadline, look_at_ - now);
    }
    if (rolls_back()) deadline = std::min(deadline, rollback_left_);
    return deadline;
  }
  // The deadline is not always the event's alone.
  bool sets_deadlines() const { return looks() || rolls_back(); }

  void left(uint32_t now) {
    if (rolls_back()) rollback_left_ -= now - entered_at_;
  }

  // ---- the deadline has stopped a translation of so many instructions at its start
  enum class Sight : uint8_t {
    event,     // not a look: the interpreter goes on to the event
    go_on,     // enter it again
    optimize,  // it has been seen often enough
  };
  struct Seen {
    uint32_t instructions = 0;
    uint32_t times = 0;  // that it has been seen, this one not counted
    bool optimized = false;
  };
  Sight look(uint32_t now, uint32_t to_event, const Seen& seen) {
    if (!looks() || static_cast<int32_t>(now + seen.instructions - look_at_) <= 0) return Sight::event;
    // As long as optimized translations are seen, the looks become fewer.
    interval_ = seen.optimized ? std::min(2 * interval_, kLongestInterval * parameters_.sample_every)
                               : parameters_.sample_every;
    look_at_ = now + seen.instructions + interval_;
    if (to_event < seen.instructions) return Sight::event;
    return !seen.optimized && seen.times + 1 >= parameters_.optimize_threshold ? Sight::optimize : Sight::go_on;
  }

  // How many instructions the interpreter does at least when the deadline has stopped a translation: to a forced
  // rollback and past it, but not past an event.
  uint32_t walk(uint32_t to_event) {
    if (!rolls_back() || rollback_left_ > to_event) return to_event;
    const uint32_t to_rollback = 1 + rollback_left_;
    rollback_left_ = parameters_.rollback_every;
    return std::min(to_event, to_rollback);
  }

 private:
  bool rolls_back() const { return parameters_.rollback_every != 0; }
  // Forced rollbacks have the deadline for themselves.
  bool looks() const { return parameters_.gears >= 3 && parameters_.optimize_threshold != 0 && !rolls_back(); }

  Parameters parameters_;
  uint32_t rollback_left_ = 0;  // instructions that translations may still commit before the next one
  uint32_t entered_at_ = 0;     // when a translation was entered last
  uint32_t look_at_ = 0;
  uint32_t interval_ = 0;
  Profile profile_;
};

}  // namespace veil::fw
