// What the command needs from an engine, whichever it is. An engine owns the machine: DRAM, core, counters. The host
// port (console, exit) is the caller's. Adapters for ISS and Verilated core are beside this file.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "sim/trace/group_record.h"
#include "sim/trace/guest_state.h"
#include "sim/trace/pipeline.h"
#include "veil/isa/native.h"

namespace veil::sim {

// Registers of the host port ([host] of platform.toml), served by the caller.
class HostPort {
 public:
  virtual ~HostPort() = default;
  virtual uint32_t read(uint32_t offset) = 0;
  virtual void write(uint32_t offset, uint32_t value) = 0;
};

// Running without records: what the command then cannot see for itself, the engine tells.
class FastRun {
 public:
  virtual ~FastRun() = default;
  // Until `groups` have retired, `guest_instructions` (counted from the guest's start) are committed, or the host
  // port's exit or snapshot register is written; with `to_commit`, until the next commit.
  virtual void run(uint64_t groups, uint64_t guest_instructions, bool to_commit) = 0;
  virtual bool at_commit() const = 0;  // the last group that run() executed committed guest instructions
  virtual GuestState guest() const = 0;
  virtual uint64_t translations_made() const = 0;
  virtual uint64_t translations_dropped() const = 0;
  virtual uint64_t translated_instructions() const = 0;
  virtual uint64_t translations_optimized() const = 0;  // of these: gear 3's
  virtual uint64_t optimized_instructions() const = 0;
};

class Engine {
 public:
  Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  virtual ~Engine() = default;

  virtual std::string_view name() const = 0;
  // Runs until one group has retired (or trapped) and says what it did.
  virtual GroupRecord step() = 0;
  // The machine cannot go on: a firmware error that the core itself noticed (trap in monitor mode without a handler,
  // hang). Empty while all is well.
  virtual std::string stuck() const = 0;
  // A counter ([counter] of native.toml), of all tiers or of one.
  virtual uint64_t counter(isa::Counter which) const = 0;
  virtual uint64_t counter(isa::Counter which, unsigned tier) const = 0;
  virtual uint64_t cycles() const = 0;
  // Guest memory and all other DRAM as a program would see it now (caches and final stores included, uncommitted ones
  // not).
  virtual void read_dram(uint32_t address, std::span<uint8_t> bytes) = 0;
  // Waveform window, in cycles (cycles = 0: to the end); engines without waves return false.
  virtual bool set_wave(const std::string& file, uint64_t from_cycle, uint64_t cycles) = 0;
  // From reset on, every cycle is looked at: which group is in which stage, what it was spent on. Before the first
  // step. nullptr: this engine has no pipeline (each group or trap of the ISS is a cycle). The engine owns it.
  virtual Pipeline* watch() { return nullptr; }
  // nullptr: this engine has no way to run without a record of each group.
  virtual FastRun* fast() { return nullptr; }
};

}  // namespace veil::sim
