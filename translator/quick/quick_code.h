// What the quick translator works on: native operations in program order, registers and all, that only have to be
// packed into groups.
#pragma once

#include <array>
#include <cstdint>

namespace veil::translator {

namespace quick {

// QuickOp::kind. The low byte says what an operation needs of its group; packing keeps what a group has no more in the
// same bits (pack.cpp).
inline constexpr uint16_t kBanks = 0xf;    // packing's own: the bank that it writes
inline constexpr uint16_t kMemory = 0x10;  // mem or mul: one of them in a group
inline constexpr uint16_t kSlot = 0x20;    // every operation
inline constexpr uint16_t kWide = 0x40;    // two slots
inline constexpr uint16_t kDiv = 0x80;     // alone
inline constexpr uint16_t kNeeds = 0xff;
inline constexpr uint16_t kAccess = 0x100;       // guest memory: accesses keep their order
inline constexpr uint16_t kBranch = 0x200;       // to the rollback stub; last in its group
inline constexpr uint16_t kAlu = 0x400;          // x.<fn> with flags: they, or its result, may turn out dead
inline constexpr uint16_t kOverwrites = 0x800;   // every flag of f1, whatever happens
inline constexpr uint16_t kAsksFlags = 0x1000;   // wants to know a flag of f1, not only to keep it
inline constexpr uint16_t kOnlyFlags = 0x2000;   // it is removed when what it writes is dead
inline constexpr uint16_t kWritesFlag = 0x4000;  // QuickOp::flag; otherwise it is read

}  // namespace quick

struct QuickTraits {
  uint16_t kind = 0;
  uint8_t flag = 0;     // register that it reads or writes; 0: none
  uint8_t latency = 1;  // of the result
};

// A word (0: the operation was removed) is a complete encoding except for rd, rs1, rs2 and the group bit, which packing
// fills in.
struct QuickOp : QuickTraits {
  uint32_t word;
  uint32_t wide;  // second word (kWide)
  uint8_t rd;
  uint8_t rs1;
  uint8_t rs2;
};
static_assert(sizeof(QuickOp) == 16);

inline constexpr unsigned kMaxQuickOps = 112;

namespace quick {

// A group in the making.
inline constexpr unsigned kMaxGroups = 224;
inline constexpr unsigned kMaxWidth = 4;
struct alignas(8) Group {
  uint8_t taken;                       // what it cannot give any more, in the bits of kNeeds
  uint8_t slots;                       // in use
  std::array<uint8_t, kMaxWidth> ops;  // number of the operation in each slot (kWide: in its first)
};

// When a register may be read, written: numbers of groups.
struct When {
  uint8_t ready = 0;    // read from here on
  uint8_t written = 0;  // written from here on: after the last write, not before the last group that reads it
};

using FlagWhen = std::array<uint8_t, 2>;  // of a flag register: the same, found by number

}  // namespace quick

struct QuickCode {
  std::array<QuickOp, kMaxQuickOps + 1> ops;  // and one for what has no room and is taken back
  unsigned count = 0;
  // While it is packed:
  alignas(4) std::array<quick::When, 32> x;                // registers
  std::array<quick::FlagWhen, 3> f;                        // flag registers
  std::array<quick::Group, quick::kMaxGroups + 1> groups;  // and an empty one
};

}  // namespace veil::translator
