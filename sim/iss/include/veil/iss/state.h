// Everything that the native machine remembers between groups, memory apart. Plain data: a copy is a snapshot.
// Invariant: in monitor mode (spec = hold = 0) committed equals working, and no store waits.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "veil/isa/native.h"

namespace veil::iss {

struct TlbEntry {
  bool valid = false;
  uint32_t page = 0;      // linear address, bits 31:12
  uint32_t physical = 0;  // bits 31:12 of the address, bits of [tlb]
  uint64_t granules = 0;  // bit n: the 64 bytes at n * 64 hold translated code
  bool operator==(const TlbEntry&) const = default;
};

struct JumpEntry {
  bool valid = false;
  uint8_t tag = 0;
  uint32_t eip = 0;
  uint32_t target = 0;
  bool operator==(const JumpEntry&) const = default;
};

// Place of a guest EIP in a jump table of that many entries (a power of two).
constexpr uint32_t jump_index(uint32_t eip, uint32_t entries) { return (eip ^ eip / entries) & (entries - 1); }

// Bytes of one aligned word: an entry of the store buffer, or of the alias table (no data).
struct WordBytes {
  uint32_t offset = 0;  // into DRAM, multiple of 4 (the concealed window is the top of DRAM)
  uint8_t mask = 0;     // bit n: byte n
  uint32_t data = 0;
  bool operator==(const WordBytes&) const = default;
};

struct Segment {
  uint32_t base = 0, limit = 0, attributes = 0;
  bool operator==(const Segment&) const = default;
};

inline constexpr unsigned kTiers = 16;  // values of xtier

struct State {
  std::array<uint32_t, 32> x{}, committed_x{};
  std::array<uint8_t, 4> f{}, committed_f{};  // f[0] is never used
  uint32_t pc = 0;
  uint32_t mstatus = 0, mie = 0, mip = 0, mtvec = 0, mscratch = 0, mepc = 0, mcause = 0, mtval = 0;
  uint32_t xstatus = 0, xcpc = 0, xtier = 0, xbound = 0, xlock = 0, xdeadline = 0, xctrsel = 0, xctrhi = 0;
  uint64_t xgic = 0;
  uint32_t xtlbg0 = 0, xtlbg1 = 0, xtlbpa = 0, xtlbflat = 0, xjtkey = 0;
  uint8_t xjttag = 0;
  uint64_t cycle_offset = 0, instret_offset = 0;  // what software added to mcycle and minstret
  std::array<Segment, 6> segments{};
  std::vector<TlbEntry> tlb;                 // first level: column by column
  std::vector<TlbEntry> tlb2;                // second level: set by set
  std::vector<uint64_t> tlb_marks;           // pages that are not flat
  uint16_t tlb_random = 1, tlb2_random = 1;  // what is replaced next
  std::vector<JumpEntry> jump_table;
  std::vector<WordBytes> gated;       // uncommitted stores, oldest first
  std::vector<WordBytes> protected_;  // the alias table
  // Events by the tier they happened in; `cycles` is counted as groups (the functional model's cycle).
  std::array<std::array<uint64_t, isa::kCounterCount>, kTiers> counters{};
  bool operator==(const State&) const = default;
};

}  // namespace veil::iss
