// The machine saves itself. At an instruction boundary between two translations everything that it is lies in memory:
// the guest's in the state block and in guest memory, the firmware's in its own data. So a snapshot is the contents of
// DRAM, and a machine goes on from it by a boot that sets up only what the hardware holds (veil_resume in
// boot/boot.cpp): the concealed bound, segments, mode, jump table tag, the count of instructions. TLB and jump table
// start empty.
#pragma once

#include <cstdint>

namespace veil::fw {

// At an instruction boundary: saves the machine if it is time (boot block, save_at).
void save_if_due(uint64_t committed);
// When it will be time, in committed guest instructions; ~0: never (again).
uint64_t save_deadline();

// After a restart from a saved machine: the counts and clocks go on from where they were.
void resume_counts();

}  // namespace veil::fw
