// The machine that x86 semantics are written for.
//
// Every instruction family is one function template over a Machine. Instantiated with the interpreter's machine
// (Value = uint32_t) it executes; instantiated with the translator's (Value = a node of the IR) it emits.
// So a family may use run-time values only through these operations: no C++ `if` on a Value.
// Families that need data-dependent control beyond them are marked `interpret` in the guest table: the
// translator ends its block before such an instruction and leaves it to the interpreter.
//
// Values have 32 bits. A value of width b or w has unspecified upper bits: every operation that takes a width
// ignores them; zext and sext normalise.
#pragma once

#include <concepts>
#include <cstdint>

namespace veil::x86 {

enum class Width : uint8_t { b, w, d };               // 8, 16, 32 bits
enum class Seg : uint8_t { es, cs, ss, ds, fs, gs };  // SDM numbers
enum class Gpr : uint8_t { eax, ecx, edx, ebx, esp, ebp, esi, edi };
enum class Cond : uint8_t { o, no, c, nc, z, nz, na, a, s, ns, p, np, l, nl, ng, g };

// Arithmetic that sets the guest's flags, exactly as the native x.<fn> operation of the same name does
// (docs/internals/native-machine.md, "Arithmetic").
enum class FlagFn : uint8_t { add, sub, adc, sbb, and_, or_, xor_, mov, shl, shr, sar, rol, ror, inc, dec, rsb };

// Plain 32-bit arithmetic that leaves the flags alone (shift counts are taken modulo 32).
// clang-format off
enum class Fn : uint8_t { add, sub, and_, or_, xor_, shl, shr, sar, mul, mulh, mulhu, seq, sne, slt, sltu, clz, ctz, bswap,
                          divu, div, remu, rem };  // division as RISC-V has it: it never traps
// clang-format on

template <class M>
concept Machine = requires(M m, typename M::Value v, Gpr r, Seg s, Width w, Cond c, uint32_t u) {
  { m.imm(u) } -> std::same_as<typename M::Value>;
  // General registers. `high` selects AH, CH, DH, BH (then w = b and r is EAX..EBX).
  { m.gpr(r, w, bool{}) } -> std::same_as<typename M::Value>;
  m.set_gpr(r, w, bool{}, v);
  // Guest memory: segment and 32-bit offset. Faults do not return: the machine rolls back.
  { m.load(s, v, w) } -> std::same_as<typename M::Value>;
  m.store(s, v, w, v);
  // Arithmetic
  { m.op(Fn::add, v, v) } -> std::same_as<typename M::Value>;
  { m.zext(v, w) } -> std::same_as<typename M::Value>;
  { m.sext(v, w) } -> std::same_as<typename M::Value>;
  { m.alu(FlagFn::add, w, v, v) } -> std::same_as<typename M::Value>;  // sets flags
  // Flags. cond gives 0 or 1.
  { m.cond(c) } -> std::same_as<typename M::Value>;
  { m.select(c, v, v) } -> std::same_as<typename M::Value>;  // condition holds ? first : second
  { m.flags() } -> std::same_as<typename M::Value>;          // CF PF AF ZF SF OF in EFLAGS positions
  m.set_flags(v);
  m.set_cf(v);                                                     // CF = bit 0 of v, the others kept
  m.set_cf_of(v);                                                  // CF = OF = bit 0 of v, the others kept
  { m.select_value(v, v, v) } -> std::same_as<typename M::Value>;  // first != 0 ? second : third
  // Control. Each ends the instruction; without one, execution goes on after it.
  m.jump(v);                                   // EIP = v
  m.branch(c, u);                              // if the condition holds EIP = u, else the next instruction
  m.branch_value(v, u);                        // if v != 0 EIP = u, else the next instruction
  { m.next_eip() } -> std::same_as<uint32_t>;  // EIP after this instruction
  // An instruction whose condition is not met (v != 0) is left to the interpreter: a translation rolls back
  // and leaves; the interpreter's machine ignores it, since it executes the general case.
  m.require_zero(v);
};

}  // namespace veil::x86
