// Arithmetic of RV32IM, Zba, Zbb, Zbs as pure functions of two operands (The RISC-V Instruction Set Manual, volume I;
// operations with an immediate are the same functions). Unary operations ignore the second operand.
#pragma once

#include <bit>
#include <cstdint>

namespace veil::iss::base {

constexpr int32_t s(uint32_t v) { return static_cast<int32_t>(v); }
constexpr uint32_t u(int32_t v) { return static_cast<uint32_t>(v); }

constexpr uint32_t add(uint32_t a, uint32_t b) { return a + b; }
constexpr uint32_t sub(uint32_t a, uint32_t b) { return a - b; }
constexpr uint32_t sll(uint32_t a, uint32_t b) { return a << (b & 31); }
constexpr uint32_t slt(uint32_t a, uint32_t b) { return s(a) < s(b) ? 1 : 0; }
constexpr uint32_t sltu(uint32_t a, uint32_t b) { return a < b ? 1 : 0; }
constexpr uint32_t xor_(uint32_t a, uint32_t b) { return a ^ b; }
constexpr uint32_t srl(uint32_t a, uint32_t b) { return a >> (b & 31); }
constexpr uint32_t sra(uint32_t a, uint32_t b) { return u(s(a) >> (b & 31)); }
constexpr uint32_t or_(uint32_t a, uint32_t b) { return a | b; }
constexpr uint32_t and_(uint32_t a, uint32_t b) { return a & b; }

constexpr uint32_t mul(uint32_t a, uint32_t b) { return a * b; }
constexpr uint32_t mulh(uint32_t a, uint32_t b) {
  return static_cast<uint32_t>(static_cast<uint64_t>(static_cast<int64_t>(s(a)) * s(b)) >> 32);
}
constexpr uint32_t mulhsu(uint32_t a, uint32_t b) {
  return static_cast<uint32_t>(static_cast<uint64_t>(static_cast<int64_t>(s(a)) * static_cast<int64_t>(b)) >> 32);
}
constexpr uint32_t mulhu(uint32_t a, uint32_t b) { return static_cast<uint32_t>(static_cast<uint64_t>(a) * b >> 32); }
constexpr bool overflows(uint32_t a, uint32_t b) { return a == 0x80000000u && b == 0xffffffffu; }
constexpr uint32_t div(uint32_t a, uint32_t b) { return b == 0 ? 0xffffffffu : overflows(a, b) ? a : u(s(a) / s(b)); }
constexpr uint32_t divu(uint32_t a, uint32_t b) { return b == 0 ? 0xffffffffu : a / b; }
constexpr uint32_t rem(uint32_t a, uint32_t b) { return b == 0 ? a : overflows(a, b) ? 0 : u(s(a) % s(b)); }
constexpr uint32_t remu(uint32_t a, uint32_t b) { return b == 0 ? a : a % b; }

constexpr uint32_t sh1add(uint32_t a, uint32_t b) { return (a << 1) + b; }
constexpr uint32_t sh2add(uint32_t a, uint32_t b) { return (a << 2) + b; }
constexpr uint32_t sh3add(uint32_t a, uint32_t b) { return (a << 3) + b; }
constexpr uint32_t andn(uint32_t a, uint32_t b) { return a & ~b; }
constexpr uint32_t orn(uint32_t a, uint32_t b) { return a | ~b; }
constexpr uint32_t xnor(uint32_t a, uint32_t b) { return ~(a ^ b); }
constexpr uint32_t clz(uint32_t a, uint32_t) { return static_cast<uint32_t>(std::countl_zero(a)); }
constexpr uint32_t ctz(uint32_t a, uint32_t) { return static_cast<uint32_t>(std::countr_zero(a)); }
constexpr uint32_t cpop(uint32_t a, uint32_t) { return static_cast<uint32_t>(std::popcount(a)); }
constexpr uint32_t sext_b(uint32_t a, uint32_t) { return u(s(a << 24) >> 24); }
constexpr uint32_t sext_h(uint32_t a, uint32_t) { return u(s(a << 16) >> 16); }
constexpr uint32_t zext_h(uint32_t a, uint32_t) { return a & 0xffff; }
constexpr uint32_t min(uint32_t a, uint32_t b) { return s(a) < s(b) ? a : b; }
constexpr uint32_t minu(uint32_t a, uint32_t b) { return a < b ? a : b; }
constexpr uint32_t max(uint32_t a, uint32_t b) { return s(a) < s(b) ? b : a; }
constexpr uint32_t maxu(uint32_t a, uint32_t b) { return a < b ? b : a; }
constexpr uint32_t rol(uint32_t a, uint32_t b) { return std::rotl(a, static_cast<int>(b & 31)); }
constexpr uint32_t ror(uint32_t a, uint32_t b) { return std::rotr(a, static_cast<int>(b & 31)); }
constexpr uint32_t orc_b(uint32_t a, uint32_t) {
  uint32_t out = 0;
  for (unsigned i = 0; i < 32; i += 8) out |= (a >> i & 0xff) != 0 ? 0xffu << i : 0;
  return out;
}
constexpr uint32_t rev8(uint32_t a, uint32_t) { return a << 24 | (a & 0xff00) << 8 | (a >> 8 & 0xff00) | a >> 24; }
constexpr uint32_t bclr(uint32_t a, uint32_t b) { return a & ~(1u << (b & 31)); }
constexpr uint32_t bext(uint32_t a, uint32_t b) { return a >> (b & 31) & 1; }
constexpr uint32_t binv(uint32_t a, uint32_t b) { return a ^ 1u << (b & 31); }
constexpr uint32_t bset(uint32_t a, uint32_t b) { return a | 1u << (b & 31); }

// Conditions of the base branches.
constexpr bool beq(uint32_t a, uint32_t b) { return a == b; }
constexpr bool bne(uint32_t a, uint32_t b) { return a != b; }
constexpr bool blt(uint32_t a, uint32_t b) { return s(a) < s(b); }
constexpr bool bge(uint32_t a, uint32_t b) { return s(a) >= s(b); }
constexpr bool bltu(uint32_t a, uint32_t b) { return a < b; }
constexpr bool bgeu(uint32_t a, uint32_t b) { return a >= b; }

}  // namespace veil::iss::base
