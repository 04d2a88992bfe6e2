// What one retired group did: the common language of ISS, RTL harness, lockstep checker and traces.
// Filled by a core as it retires (docs/internals/native-machine.md, "What a core reports"); plain data.
#pragma once

#include <array>
#include <cstdint>

namespace veil::sim {

inline constexpr unsigned kMaxSlots = 4;

struct RegWrite {
  uint8_t reg = 0;  // x1..x31
  uint32_t value = 0;
};

struct FlagWrite {
  uint8_t reg = 0;    // f1..f3
  uint8_t value = 0;  // bit order of [enums.flag]
};

enum class MemKind : uint8_t { none, load, store };

struct MemAccess {
  MemKind kind = MemKind::none;
  bool gated = false;     // store: waits for a commit
  uint8_t bytes = 0;      // 1, 2, 4
  uint32_t address = 0;   // native physical address of the first byte
  uint32_t address2 = 0;  // of the first byte in the second page; 0 if the access stays in one page
  uint32_t data = 0;      // store data, in the low bytes; loads: see the register write
};

struct TrapRecord {
  bool taken = false;
  bool rolled_back = false;
  uint32_t cause = 0;
  uint32_t epc = 0;
  uint32_t tval = 0;
};

struct CsrWrite {
  bool valid = false;
  uint16_t csr = 0;
  uint32_t value = 0;  // what the CSR holds afterwards; what was written, for those that read 0 (xlog, xtlbva, ...)
                       // and for mcycle, mcycleh
};

// A group that traps retires no operation: operations = 0, trap.taken = true.
struct GroupRecord {
  uint32_t pc = 0;
  uint32_t next_pc = 0;
  uint8_t operations = 0;
  uint8_t reg_count = 0;
  uint8_t flag_count = 0;
  bool speculative = false;  // mode in which the group ran
  bool committed = false;    // an explicit commit (x.commit, x.j, x.b, x.jt with count)
  bool rolled_back = false;  // x.rollback
  uint8_t commit_count = 0;  // guest instructions that the commit retired
  uint8_t tier = 0;
  std::array<RegWrite, kMaxSlots> regs{};
  std::array<FlagWrite, kMaxSlots> flags{};
  MemAccess mem;
  CsrWrite csr;
  TrapRecord trap;
};

}  // namespace veil::sim
