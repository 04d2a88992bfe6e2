// The native machine in C++: the executable form of docs/internals/native-machine.md. Pure: no I/O, no globals, no
// clock; memory and the host port are the caller's. One group is one step, traps are atomic per group.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "sim/trace/group_record.h"
#include "veil/isa/configs.h"
#include "veil/iss/state.h"

namespace veil::iss {

// What the core reaches outside itself. Called from inside step and run.
class Host {
 public:
  Host() = default;
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;
  virtual ~Host() = default;
  // The host port: a word at `offset` from platform::mmio.
  virtual uint32_t read(uint32_t offset) = 0;
  virtual void write(uint32_t offset, uint32_t value) = 0;
  // A value written to xlog. Default: not observed.
  virtual void log(uint32_t) {}
};

// What ends a run besides stop().
struct Limits {
  uint64_t groups = ~0ull;              // groups to execute, at most
  uint64_t guest_instructions = ~0ull;  // stop once xgic (64 bits) has reached this
  bool each_commit = false;             // stop after every group that committed explicitly
};

class Machine {
 public:
  // `dram` is all of DRAM (a multiple of 4 KiB, at least the concealed part); it and `host` outlive the machine.
  // Without a host, reads of the host port give 0 (or what inject says) and writes vanish: a lockstep reference.
  Machine(const isa::Config& config, std::span<uint8_t> dram, Host* host);
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  // Everything but memory as after power-on; DRAM is left alone.
  void reset();

  // One group, or the trap or interrupt that comes instead of it; tells what it did.
  void step_group(sim::GroupRecord& record);
  // Groups without records until a limit or stop(). Returns the groups executed (trapped ones included).
  uint64_t run(const Limits& limits);
  // Ends the running run after the current group; the host calls it (exit register).
  void stop();

  // The next group's read of mcycle, mcycleh, xctrlo, xctrhi or the host port gives this value instead, and the host is
  // not asked. Forgotten after that group.
  void inject(uint32_t value);
  // Interrupt lines as in mip: bit 7 timer, bit 11 external.
  void set_interrupts(uint32_t lines);

  // The whole state, exact between groups. Changes through the second form take effect at the next group; call it
  // afresh after every step or run.
  const State& state() const;
  State& state();
  // Memory was changed from outside (loader, DMA), or must be seen by fetch: drops all decoded groups.
  void flush_decoded();

  // A counter summed over tiers, and of one tier.
  uint64_t counter(isa::Counter which) const;
  uint64_t counter(isa::Counter which, unsigned tier) const;
  // The trap handler's own first group trapped: the firmware is lost and no progress will come.
  bool stuck() const;

  // Native physical address (DRAM or concealed window) as an offset into DRAM; nothing where no memory is.
  std::optional<uint32_t> dram_offset(uint32_t address) const;

 private:
  std::unique_ptr<class Core> core_;
};

}  // namespace veil::iss
