// Which 64-byte granules of guest physical memory translations were made from. The TLB refill handler (assembly) reads
// this table, so its layout is fixed: `slots` has one half-word per page of DRAM; 0 means "no code", otherwise it is
// the number of an entry of `pages`.
//
// Invariant: a granule bit is set if a live translation has a byte in that granule. (Bits in the hardware's TLB may
// be staler on the set side only: a trap for a granule without code just drops the TLB entry.)
#pragma once

#include <cstdint>
#include <span>

namespace veil::fw {

inline constexpr uint32_t kPageShift = 12;
inline constexpr uint32_t kGranuleShift = 6;
inline constexpr uint32_t kPageBytes = 1u << kPageShift;
inline constexpr uint16_t kNone = 0xffff;
inline constexpr uint32_t kNoPage = ~0u;

struct CodePage {
  uint32_t granules[2] = {0, 0};
  uint16_t first_block = kNone;  // list of the live translations with code on this page
  uint16_t next_free = 0;
  uint32_t page = 0;
};
static_assert(sizeof(CodePage) == 16, "trap.S computes with it");

class CodeMap {
 public:
  void reset(std::span<uint16_t> slots, std::span<CodePage> pages);

  // The entry of a physical page, or nullptr if it has none.
  CodePage* find(uint32_t page);
  // The same, made if it has none; nullptr if the table is full.
  CodePage* make(uint32_t page);
  // An entry whose last translation has been dropped.
  void release(CodePage& entry);

 private:
  std::span<uint16_t> slots_;
  std::span<CodePage> pages_;
  uint16_t free_ = 0;   // list of entries given back; 0: none (entry 0 is never used)
  uint16_t fresh_ = 1;  // entries from here on have never been used
};

// Mask of the granules that [first, first + bytes) touches; the range stays inside one page.
struct GranuleMask {
  uint32_t low = 0, high = 0;
  bool meets(const GranuleMask& other) const { return ((low & other.low) | (high & other.high)) != 0; }
};
GranuleMask granules_of(uint32_t first, uint32_t bytes);

}  // namespace veil::fw
