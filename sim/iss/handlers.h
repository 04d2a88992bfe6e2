// The functions that micro-operations run, chosen by operation.
#pragma once

#include "decode_cache.h"

namespace veil::iss {

// The handler of an operation that is not split; nullptr for x.commit, which has only its end-of-group part.
Handler handler_of(const isa::Decoded& d);

bool run_commit(Core& m, const MicroOp& u);     // imm: guest instructions, pc: the committing operation
bool run_illegal(Core& m, const MicroOp& u);    // imm: the word
bool run_no_memory(Core& m, const MicroOp& u);  // fetch from nowhere
bool run_move(Core& m, const MicroOp& u);       // x[rd] = x[rs1]

// Precedes a group whose later operations may trap where nothing may have happened yet: an ordinary access with
// a commit (deadline), a jump that may be misaligned after other operations.
bool run_precheck(Core& m, const MicroOp& u);
struct Precheck {  // bits of u.a; u.imm: count of the commit; u.b: index of the jump, from u
  static constexpr uint8_t commits = 1, mem_follows = 2, target = 4;
};

}  // namespace veil::iss
