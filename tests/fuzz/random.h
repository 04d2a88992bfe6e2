// Random numbers that depend on nothing but the seed (splitmix64).
#pragma once

#include <cstddef>
#include <cstdint>

namespace veil::fuzz {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
  }
  uint32_t bits() { return static_cast<uint32_t>(next() >> 32); }
  uint32_t below(size_t n) { return static_cast<uint32_t>((next() >> 32) * n >> 32); }
  bool one_in(uint32_t n) { return below(n) == 0; }

  // A word of the kind that finds bugs: small numbers, single bits, all ones, or anything.
  uint32_t value() {
    switch (below(6)) {
      case 0:
        return below(64);
      case 1:
        return 0u - below(64);
      case 2:
        return 1u << below(32);
      case 3:
        return 0x7fffffffu + below(3);
      default:
        return bits();
    }
  }

 private:
  uint64_t state_;
};

}  // namespace veil::fuzz
