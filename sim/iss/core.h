// The core inside Machine: state, decoded groups, and the steps that operations are made of. Split by topic:
//   run.cpp        the loop, records            handlers.cpp   one function for each micro-operation
//   modes.cpp      commit, rollback, traps      memory.cpp     ordinary, guest and monitor-segment accesses
//   csr.cpp        CSRs                         translate.cpp  groups to micro-operations
#pragma once

#include <cstring>
#include <optional>
#include <span>

#include "decode_cache.h"
#include "veil/isa/platform.h"
#include "veil/iss/iss.h"

namespace veil::iss {

// Why an access cannot be done. cause < 0: it can.
struct Fault {
  int32_t cause = -1;
  uint32_t tval = 0;
  explicit operator bool() const { return cause >= 0; }
};
inline Fault fault(isa::Cause cause, uint32_t tval) { return {static_cast<int32_t>(cause), tval}; }

// A gated or guest access after all checks: one part, or two when it crosses a page.
struct Access {
  struct Part {
    uint32_t physical = 0, offset = 0, bytes = 0;  // offset: into DRAM
    int entry = -1;                                // in the TLB
  };
  Part part[2];
  unsigned parts = 0;
};

class Core {
 public:
  Core(const isa::Config& config, std::span<uint8_t> dram, Host* host);

  void reset();
  void step(sim::GroupRecord& record);
  uint64_t run(const Limits& limits);
  void export_state();
  void import_state();

  // ---- registers of the running machine (State::x is brought up to date by export_state)
  std::array<uint32_t, kRegisters> x{};
  State s;
  uint32_t dirty = 0;  // working registers that may differ from the committed ones
  uint32_t next_pc = 0;
  bool stop = false;
  bool import_needed = false;
  std::optional<uint32_t> injected;
  sim::GroupRecord* record = nullptr;  // of the group that runs, if anybody wants one
  DecodeCache cache;
  bool stuck = false;

  bool spec() const { return (s.xstatus & isa::xstatus::spec) != 0; }
  bool monitor() const { return (s.xstatus & (isa::xstatus::spec | isa::xstatus::hold)) == 0; }
  uint64_t& count(isa::Counter which) { return s.counters[s.xtier & 15][static_cast<unsigned>(which)]; }
  uint64_t total(isa::Counter which) const;
  uint32_t read_nondeterministic(uint32_t own) {
    if (!injected) return own;
    const uint32_t value = *injected;
    injected.reset();
    return value;
  }
  void set_interrupts(uint32_t lines);

  // ---- modes.cpp
  bool trap(uint32_t cause, uint32_t tval, uint32_t epc);  // always false
  bool trap(isa::Cause cause, uint32_t tval) { return trap(static_cast<uint32_t>(cause), tval, s.pc); }
  bool trap(const Fault& f) { return trap(static_cast<uint32_t>(f.cause), f.tval, s.pc); }
  bool deadline_passes(uint32_t guest_instructions) const;
  bool commit(uint32_t guest_instructions, uint32_t pc);  // false: deadline trap
  void make_permanent();                                  // working becomes committed, gated stores final
  void roll_back();
  void return_from_trap();
  void write_xstatus(uint32_t value);

  // ---- memory.cpp
  uint8_t* memory(uint32_t address) {  // native physical; nullptr: none there
    const uint32_t inside = address - platform::concealed_window;
    if (inside < platform::concealed_size) return dram_.data() + dram_.size() - platform::concealed_size + inside;
    return address < dram_.size() ? dram_.data() + address : nullptr;
  }
  // No observer watches accesses and no gated store is in the way: an ordinary access is just memory.
  bool plain() const { return filter_ == 0 && record == nullptr; }
  uint32_t dram_offset(const uint8_t* p) const { return static_cast<uint32_t>(p - dram_.data()); }
  Fault check_native(uint32_t address, uint32_t bytes, bool store) const;
  Fault check_gated(unsigned seg, uint32_t offset, uint32_t bytes, bool store, bool guard, Access& access);
  bool native_load(uint32_t address, uint32_t bytes, uint32_t& value);
  bool native_store(uint32_t address, uint32_t bytes, uint32_t value);
  bool gated_load(unsigned seg, uint32_t offset, uint32_t bytes, bool guard, uint32_t& value);
  bool gated_store(unsigned seg, uint32_t offset, uint32_t bytes, bool guard, uint32_t value);
  void drain();
  void rebuild_filter();

  // ---- csr.cpp
  bool csr_read(uint32_t csr, uint32_t& value);  // false: no such CSR
  bool csr_write(uint32_t csr, uint32_t value);  // false: not writable

  isa::Config config;
  uint64_t gic_limit = ~0ull;
  bool stop_at_commit = false;

 private:
  const Group* decode(uint32_t pc);
  void execute(const Group& group);
  bool interrupt_due() const { return poll_ != 0 && spec(); }
  void take_interrupt();
  void fill_record(const Group& group, sim::GroupRecord& out);
  int translation(uint32_t page, const Access& access);
  Fault check_part(uint32_t linear, uint32_t bytes, bool store, bool guard, uint32_t entries, Access& access);
  uint32_t overlay(uint32_t offset, uint32_t bytes, uint32_t value) const;
  void gate(uint32_t offset, uint32_t bytes, uint32_t value);

 public:
  void update_poll() { poll_ = s.mip & s.mie; }

 private:
  std::span<uint8_t> dram_;
  Host* host_;
  std::array<uint16_t, 256> tlb_hints_{};  // where an entry of the TLB was last found: to search less, no more
  uint32_t poll_ = 0;                      // interrupts pending and enabled
  uint64_t filter_ = 0;                    // bit (word address mod 64): a gated store may be there
  Group no_memory_, illegal_;              // stand-ins for groups that cannot be decoded
};

}  // namespace veil::iss
