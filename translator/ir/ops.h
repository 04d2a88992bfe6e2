// The operations of the IR, written once: name, operands, kind. Enumeration, verifier, printer and passes read this
// table. The native side (which operation, which latency) is the backend's: backend/lower.cpp.
//
// Operands: "" none, "a", "ab". kind: pure (no effect but the result), load, store, flags (its effect is a flag
// register), control. A `pure` operation may read or write flags all the same: see Node::fd and reads_flags.
#pragma once

#include <array>
#include <cstdint>

namespace veil::ir {

// clang-format off
#define VEIL_IR_OPS(X)                                                                                            \
  X(none,    "",   none)     /* removed */                                                                        \
  X(in,      "",   pure)     /* guest register fn as it was when the block started */                             \
  X(imm,     "",   pure)     /* the constant imm */                                                               \
  X(copy,    "a",  pure)                                                                                          \
  X(add,     "ab", pure)     /* a + b + imm, imm only with b = zero */                                            \
  X(sub,     "ab", pure)     /* from here on: 32-bit arithmetic without flags, as RISC-V has it */                \
  X(and_,    "ab", pure)                                                                                          \
  X(or_,     "ab", pure)                                                                                          \
  X(xor_,    "ab", pure)                                                                                          \
  X(shl,     "ab", pure)     /* counts modulo 32 */                                                               \
  X(shr,     "ab", pure)                                                                                          \
  X(sar,     "ab", pure)                                                                                          \
  X(rol,     "ab", pure)                                                                                          \
  X(ror,     "ab", pure)                                                                                          \
  X(mul,     "ab", pure)                                                                                          \
  X(mulh,    "ab", pure)                                                                                          \
  X(mulhu,   "ab", pure)                                                                                          \
  X(divu,    "ab", pure)                                                                                          \
  X(div,     "ab", pure)                                                                                          \
  X(remu,    "ab", pure)                                                                                          \
  X(rem,     "ab", pure)                                                                                          \
  X(seq,     "ab", pure)                                                                                          \
  X(sne,     "ab", pure)                                                                                          \
  X(slt,     "ab", pure)                                                                                          \
  X(sltu,    "ab", pure)                                                                                          \
  X(clz,     "a",  pure)                                                                                          \
  X(ctz,     "a",  pure)                                                                                          \
  X(bswap,   "a",  pure)                                                                                          \
  X(zexth,   "a",  pure)     /* low 16 bits, zero-extended */                                                     \
  X(sextb,   "a",  pure)                                                                                          \
  X(sexth,   "a",  pure)                                                                                          \
  X(byte1,   "a",  pure)     /* bits 15:8, zero-extended */                                                       \
  X(shadd,   "ab", pure)     /* (a << scale) + b */                                                               \
  X(alu,     "ab", pure)     /* x.<fn>: narrow, merging into a, with flags in fd */                               \
  X(set,     "a",  pure)     /* a with byte 0 (or 1: kHigh) = condition fn of fd */                               \
  X(cmov,    "ab", pure)     /* condition fn of fd ? b : a */                                                     \
  X(getf,    "",   pure)     /* fd in EFLAGS positions */                                                         \
  X(setf,    "a",  flags)    /* fd from EFLAGS positions */                                                       \
  X(setc,    "a",  flags)    /* CF of fd = bit 0 of a */                                                          \
  X(setco,   "a",  flags)    /* CF and OF of fd = bit 0 of a */                                                   \
  X(load,    "ab", load)     /* seg:[a + (b << scale) + imm]; zero-extended, or sign-extended: kSigned */         \
  X(store,   "ab", store)    /* seg:[a + imm] = b */                                                              \
  X(state,   "",   load)     /* word at offset imm from the guest state block */                                  \
  X(set_state, "a", store)   /* that word = a, gated */                                                           \
  X(csr,     "",   load)     /* CSR number imm */                                                                 \
  X(exit_nz, "a",  control)  /* a != 0: roll back and leave to the interpreter */                                 \
  X(jump,    "",   control)  /* last: EIP = imm; kInterpret: the interpreter does what is there */            \
  X(jump_to, "a",  control)  /* last: EIP = a */                                                                  \
  X(branch,  "",   control)  /* last: condition fn of fd ? EIP = imm : the next instruction */
// clang-format on

enum class Op : uint8_t {
#define VEIL_IR_ENUM(name, operands, kind) name,
  VEIL_IR_OPS(VEIL_IR_ENUM)
#undef VEIL_IR_ENUM
};

enum class Kind : uint8_t { none, pure, load, store, flags, control };

struct OpInfo {
  uint8_t operands;  // 0, 1, 2
  Kind kind;
};

namespace detail {
constexpr uint8_t length(const char* text) {
  uint8_t n = 0;
  while (text[n] != 0) ++n;
  return n;
}
}  // namespace detail

inline constexpr OpInfo kOpInfo[] = {
#define VEIL_IR_INFO(name, operands, kind) {detail::length(operands), Kind::kind},
    VEIL_IR_OPS(VEIL_IR_INFO)
#undef VEIL_IR_INFO
};

constexpr const OpInfo& info(Op op) { return kOpInfo[static_cast<unsigned>(op)]; }

}  // namespace veil::ir
