// A case and its result, as test and 32-bit helper process exchange them; also compiled with -m32.
#pragma once

#include <cstdint>
#include <cstring>

namespace veil::test {

constexpr uint32_t kCodeBytes = 0x1000;
constexpr uint32_t kDataBytes = 0x1000;
constexpr uint32_t kHelperBase = 0x20000000;  // where the helper maps them

struct HostCase {
  uint32_t regs[8];
  uint32_t eflags;
  uint32_t seed;      // of the data pages
  uint32_t length;    // of the instruction
  uint32_t equal;     // compare-and-exchange: 1: zeros in memory and in EAX, EDX
  uint32_t repeated;  // 1: a repeated string instruction
  uint8_t code[16];
};

struct HostResult {
  uint32_t regs[8];
  uint32_t eflags;
  uint32_t eip;
  uint32_t vector;  // 0: none, otherwise the exception's plus one
  uint32_t pad;
  uint64_t memory;  // hash of the data pages
};

inline void fill_memory(uint8_t* data, const HostCase& c) {
  uint32_t x = c.seed | 1;
  for (uint32_t n = 0; n < kDataBytes; n += 4) {
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    const uint32_t v = c.equal != 0 ? c.regs[0] : x;
    std::memcpy(data + n, &v, 4);
  }
}

inline uint64_t hash_memory(const uint8_t* data) {
  uint64_t h = 0x9e3779b97f4a7c15u;
  for (uint32_t n = 0; n < kDataBytes; n += 8) {
    uint64_t v;
    std::memcpy(&v, data + n, 8);
    h = (h ^ v) * 0xff51afd7ed558ccdu;
    h ^= h >> 32;
  }
  return h;
}

}  // namespace veil::test
