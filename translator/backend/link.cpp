// Chaining of translations. One aligned word changes: the branch itself where its offset reaches the target, else the
// first word of the exit's stub, which becomes a jal.
#include "backend/link.h"

#include "veil/isa/native.h"
#include "veil/translator.h"

namespace veil::translator {

namespace {

namespace enc = isa::enc;

constexpr uint32_t kStubStart = enc::auipc(isa::convention::exit_info, 0);
// All bits of the offset fields.
constexpr uint32_t kJumpOffset = enc::x_j(-1, 0, false) ^ enc::x_j(0, 0, false);
constexpr uint32_t kBranchOffset = enc::x_b({.br13 = -1}, false) ^ enc::x_b({}, false);

// x.j and x.b are told apart by the major opcode (bits 6:2).
bool is_branch(uint32_t word) { return ((word ^ enc::x_b({}, false)) & 0x7c) == 0; }

}  // namespace

bool reaches(uint32_t word, int32_t words) { return is_branch(word) ? isa::fits_br13(words) : isa::fits_jump17(words); }

uint32_t with_offset(uint32_t word, int32_t words) {
  if (is_branch(word)) return (word & ~kBranchOffset) | (enc::x_b({.br13 = words}, false) ^ enc::x_b({}, false));
  return (word & ~kJumpOffset) | (enc::x_j(words, 0, false) ^ enc::x_j(0, 0, false));
}

uint32_t link(std::span<uint32_t> code, uint32_t base, const Exit& exit, uint32_t target) {
  if (exit.branch != ~0u) {
    const int32_t words = static_cast<int32_t>(target - (base + 4 * exit.branch)) >> 2;
    if (reaches(code[exit.branch], words)) {
      code[exit.branch] = with_offset(code[exit.branch], words);
      return exit.branch;
    }
  }
  code[exit.stub] = enc::jal(0, static_cast<int32_t>(target - (base + 4 * exit.stub)));
  return exit.stub;
}

uint32_t unlink(std::span<uint32_t> code, uint32_t, const Exit& exit) {
  if (exit.branch != ~0u) {
    const uint32_t own = with_offset(code[exit.branch], static_cast<int32_t>(exit.stub - exit.branch));
    if (code[exit.branch] != own) {
      code[exit.branch] = own;
      return exit.branch;
    }
  }
  code[exit.stub] = kStubStart;
  return exit.stub;
}

}  // namespace veil::translator
