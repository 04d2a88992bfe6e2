// Guest time and the deadline that brings the firmware back in time for the next event.
//
// Time is the number of committed guest instructions, plus what has been passed over while the guest was halted. The
// next event sets the deadline (xdeadline): a commit that would pass it traps, so that the interpreter walks up to it
// and the event finds the guest at exactly that instruction, on every engine and in every gear. The host's clock is
// the option (boot block flags, bit 1; host_time.h); then the deadline only says when to look at it again.
#pragma once

#include <cstdint>

namespace veil::fw {

uint64_t guest_time();
uint64_t committed_instructions();  // xgich:xgic

// Time goes on to `time` without an instruction (hlt). With the host's clock this waits until it shows that much.
void pass_time(uint64_t time);
bool host_clock();
// After a restart from a saved machine, whose guest had come to `time`.
void resume_time(uint64_t time);

// The next commit of a guest instruction would trap.
bool deadline_reached();
extern uint32_t deadline_at;  // xdeadline, which set_deadline alone writes
// The same, of the low word of the count, which the caller has read.
inline bool deadline_reached(uint32_t committed) { return static_cast<int32_t>(committed + 1 - deadline_at) > 0; }
// No commit may take the guest beyond `instructions` more than it has committed now (at most 2^30).
void set_deadline(uint32_t instructions);
// How many instructions the deadline is away.
uint32_t deadline_left();
// The deadline is after the instruction that is running, if it is not nearer already.
void stop_behind_this_instruction();
// Since the events were served last, that has been asked for, or DF, TF or the segments have become what translations
// do not take. (Perhaps by an instruction that has been rolled back since.)
extern bool stop_requested;

}  // namespace veil::fw
