// Group records as text, for traces and reports.
#pragma once

#include <string>

#include "sim/trace/group_record.h"
#include "sim/trace/shadow.h"

namespace veil::sim {

// The group's operations, disassembled from memory: "add a0, a0, a1  |  x.j ...".
std::string disassemble_group(const GroupRecord& record, const Shadow& shadow);
// What it did, on one line: registers, flags, memory, commit, trap.
std::string describe_effects(const GroupRecord& record);
// "cause (name) epc tval, rolled back or not"
std::string describe_trap(const TrapRecord& trap);

}  // namespace veil::sim
