// What the quick translator works on: native operations in program order, registers and all, that only have to be
// packed into groups.
#pragma once

#include <array>
#include <cstdint>

namespace veil::translator {

// A word (0: the operation has gone) is a complete encoding except for rd, rs1, rs2 and the group bit, which packing
// fills in.
struct QuickOp {
  uint32_t word = 0;
  uint32_t wide = 0;  // second word (kWide)
  uint8_t rd = 0;
  uint8_t rs1 = 0;
  uint8_t rs2 = 0;
  bool only_flags = false;  // it goes when nobody asks for what it writes
  uint8_t kind = 0;         // bits below
  uint8_t flag_reads = 0;   // bit n: f[n]
  uint8_t flag_writes = 0;
  uint8_t latency = 1;
};
static_assert(sizeof(QuickOp) == 16);

// QuickOp::kind
namespace quick {
inline constexpr uint8_t kMemory = 1;       // mem or mul: one of them in a group
inline constexpr uint8_t kAccess = 2;       // guest memory: accesses keep their order
inline constexpr uint8_t kDiv = 4;          // alone
inline constexpr uint8_t kBranch = 8;       // to the rollback stub; last in its group
inline constexpr uint8_t kWide = 16;        // two slots
inline constexpr uint8_t kAlu = 32;         // x.<fn> with flags: they, or its result, may turn out dead
inline constexpr uint8_t kOverwrites = 64;  // every flag of f1, whatever happens
inline constexpr uint8_t kAsksFlags = 128;  // wants to know a flag of f1, not only to keep it
}  // namespace quick

inline constexpr unsigned kMaxQuickOps = 112;

namespace quick {

// What packing keeps: a group in the making.
inline constexpr unsigned kMaxGroups = 224;
inline constexpr unsigned kMaxWidth = 4;
struct Group {
  std::array<uint32_t, kMaxWidth> words;
  uint8_t slots;
  uint8_t last;   // slot of the newest operation
  uint8_t banks;  // that it writes
  uint8_t kind;   // of its operations, by or
};

// When a register or a flag register may be read, written: numbers of groups.
struct When {
  uint8_t ready = 0;    // read from here on
  uint8_t written = 0;  // written from here on: behind the last write, not before the last group that reads it
};

}  // namespace quick

struct QuickCode {
  std::array<QuickOp, kMaxQuickOps + 1> ops;  // and one for what has no room and is taken back
  unsigned count = 0;
  // While it is packed:
  std::array<quick::When, 32> x;  // registers
  std::array<quick::When, 3> f;   // flag registers
  std::array<quick::Group, quick::kMaxGroups> groups;
};

}  // namespace veil::translator
