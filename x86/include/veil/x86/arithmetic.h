// The arithmetic of the Machine on numbers: what x.<fn> does (docs/internals/native-machine.md, "Arithmetic").
// Used by interpreters on the host, by constant folding, and by tests.
#pragma once

#include <cstdint>

#include "veil/x86/machine.h"

namespace veil::x86 {

constexpr uint32_t kFlagCf = 0x1, kFlagPf = 0x4, kFlagAf = 0x10, kFlagZf = 0x40, kFlagSf = 0x80, kFlagOf = 0x800;

struct FlagResult {
  uint32_t value;  // normalised to the width: upper bits zero
  uint32_t flags;  // in EFLAGS positions
};

namespace detail {

constexpr bool even_parity(uint32_t v) {
  v ^= v >> 4;
  return ((0x9669 >> (v & 15)) & 1) != 0;
}

constexpr uint32_t result_flags(uint32_t r, uint32_t sign) {
  return ((r & sign) != 0 ? kFlagSf : 0) | (r == 0 ? kFlagZf : 0) | (even_parity(r & 0xff) ? kFlagPf : 0);
}

}  // namespace detail

// `flags` are those before; only the six arithmetic ones are looked at and returned.
constexpr FlagResult alu(FlagFn fn, Width w, uint32_t a, uint32_t b, uint32_t flags) {
  const unsigned size = w == Width::b ? 8 : w == Width::w ? 16 : 32;
  const uint32_t mask = w == Width::b ? 0xff : w == Width::w ? 0xffff : 0xffffffff;
  const uint32_t sign = 1u << (size - 1);
  a &= mask;
  b &= mask;
  const uint64_t wide_a = a;
  const uint32_t carry = flags & kFlagCf;
  const auto flag = [](bool on, uint32_t bit) { return on ? bit : 0u; };
  const auto added = [&](uint32_t in) -> FlagResult {
    const uint64_t sum = wide_a + b + in;
    const uint32_t r = static_cast<uint32_t>(sum) & mask;
    return {r, detail::result_flags(r, sign) | flag((sum >> size & 1) != 0, kFlagCf) | ((a ^ b ^ r) & kFlagAf) |
                   flag(((a ^ r) & (b ^ r) & sign) != 0, kFlagOf)};
  };
  const auto subtracted = [&](uint32_t x, uint32_t y, uint32_t in) -> FlagResult {
    const uint32_t r = (x - y - in) & mask;
    return {r, detail::result_flags(r, sign) | flag(static_cast<uint64_t>(x) < static_cast<uint64_t>(y) + in, kFlagCf) |
                   ((x ^ y ^ r) & kFlagAf) | flag(((x ^ y) & (x ^ r) & sign) != 0, kFlagOf)};
  };
  const auto keeping_carry = [&](FlagResult f) -> FlagResult { return {f.value, (f.flags & ~kFlagCf) | carry}; };
  const auto logical = [&](uint32_t r) -> FlagResult { return {r, detail::result_flags(r, sign)}; };
  const unsigned n = b & 31;
  const unsigned rotation = n & (size - 1);
  const auto rotated = [&](uint32_t r, bool cf, bool of) -> FlagResult {
    return {r & mask, (flags & (kFlagPf | kFlagAf | kFlagZf | kFlagSf)) | flag(cf, kFlagCf) | flag(of, kFlagOf)};
  };
  switch (fn) {
    case FlagFn::add:
      return added(0);
    case FlagFn::adc:
      return added(carry);
    case FlagFn::inc:
      return keeping_carry(added(0));
    case FlagFn::sub:
      return subtracted(a, b, 0);
    case FlagFn::sbb:
      return subtracted(a, b, carry);
    case FlagFn::rsb:
      return subtracted(b, a, 0);
    case FlagFn::dec:
      return keeping_carry(subtracted(a, b, 0));
    case FlagFn::and_:
      return logical(a & b);
    case FlagFn::or_:
      return logical(a | b);
    case FlagFn::xor_:
      return logical(a ^ b);
    case FlagFn::mov:
      return {b, flags};
    default:
      break;
  }
  if (n == 0) return {a, flags};
  switch (fn) {
    case FlagFn::shl: {
      const uint64_t r = wide_a << n;
      const bool cf = (r >> size & 1) != 0;
      const uint32_t v = static_cast<uint32_t>(r) & mask;
      return {v, detail::result_flags(v, sign) | flag(cf, kFlagCf) | flag(((v & sign) != 0) != cf, kFlagOf)};
    }
    case FlagFn::shr: {
      const uint32_t v = a >> n;
      return {v, detail::result_flags(v, sign) | flag((a >> (n - 1) & 1) != 0, kFlagCf) |
                     flag((v & sign >> 1) != 0, kFlagOf)};
    }
    case FlagFn::sar: {
      const auto extended = static_cast<int32_t>((a ^ sign) - sign);
      const uint32_t v = static_cast<uint32_t>(extended >> n) & mask;
      return {v, detail::result_flags(v, sign) | flag((extended >> (n - 1) & 1) != 0, kFlagCf)};
    }
    case FlagFn::rol: {
      const uint32_t r = rotation == 0 ? a : (a << rotation | a >> (size - rotation)) & mask;
      const bool cf = (r & 1) != 0;
      return rotated(r, cf, ((r & sign) != 0) != cf);
    }
    default: {
      const uint32_t r = rotation == 0 ? a : (a >> rotation | a << (size - rotation)) & mask;
      return rotated(r, (r & sign) != 0, ((r & sign) != 0) != ((r & sign >> 1) != 0));
    }
  }
}

constexpr uint32_t plain(Fn fn, uint32_t a, uint32_t b) {
  const auto sa = static_cast<int32_t>(a);
  const auto sb = static_cast<int32_t>(b);
  const bool overflow = a == 0x80000000 && b == 0xffffffff;
  switch (fn) {
    case Fn::add:
      return a + b;
    case Fn::sub:
      return a - b;
    case Fn::and_:
      return a & b;
    case Fn::or_:
      return a | b;
    case Fn::xor_:
      return a ^ b;
    case Fn::shl:
      return a << (b & 31);
    case Fn::shr:
      return a >> (b & 31);
    case Fn::sar:
      return static_cast<uint32_t>(sa >> (b & 31));
    case Fn::mul:
      return a * b;
    case Fn::mulh:
      return static_cast<uint32_t>(static_cast<uint64_t>(static_cast<int64_t>(sa) * sb) >> 32);
    case Fn::mulhu:
      return static_cast<uint32_t>(static_cast<uint64_t>(a) * b >> 32);
    case Fn::seq:
      return a == b ? 1 : 0;
    case Fn::sne:
      return a != b ? 1 : 0;
    case Fn::slt:
      return sa < sb ? 1 : 0;
    case Fn::sltu:
      return a < b ? 1 : 0;
    case Fn::clz:
      return a == 0 ? 32 : static_cast<uint32_t>(__builtin_clz(a));
    case Fn::ctz:
      return a == 0 ? 32 : static_cast<uint32_t>(__builtin_ctz(a));
    case Fn::bswap:
      return __builtin_bswap32(a);
    case Fn::divu:
      return b == 0 ? 0xffffffff : a / b;
    case Fn::div:
      return b == 0 ? 0xffffffff : overflow ? a : static_cast<uint32_t>(sa / sb);
    case Fn::remu:
      return b == 0 ? a : a % b;
    case Fn::rem:
      return b == 0 ? a : overflow ? 0 : static_cast<uint32_t>(sa % sb);
  }
  return 0;
}

constexpr bool condition(Cond c, uint32_t flags) {
  const bool cf = (flags & kFlagCf) != 0;
  const bool zf = (flags & kFlagZf) != 0;
  const bool less = ((flags & kFlagSf) != 0) != ((flags & kFlagOf) != 0);
  bool holds = false;
  switch (static_cast<unsigned>(c) >> 1) {
    case 0:
      holds = (flags & kFlagOf) != 0;
      break;
    case 1:
      holds = cf;
      break;
    case 2:
      holds = zf;
      break;
    case 3:
      holds = cf || zf;
      break;
    case 4:
      holds = (flags & kFlagSf) != 0;
      break;
    case 5:
      holds = (flags & kFlagPf) != 0;
      break;
    case 6:
      holds = less;
      break;
    default:
      holds = zf || less;
      break;
  }
  return holds != ((static_cast<unsigned>(c) & 1) != 0);
}

constexpr uint32_t zero_extend(uint32_t v, Width w) {
  return w == Width::b ? v & 0xff : w == Width::w ? v & 0xffff : v;
}
constexpr uint32_t sign_extend(uint32_t v, Width w) {
  return w == Width::b   ? static_cast<uint32_t>(static_cast<int32_t>(v << 24) >> 24)
         : w == Width::w ? static_cast<uint32_t>(static_cast<int32_t>(v << 16) >> 16)
                         : v;
}

}  // namespace veil::x86
