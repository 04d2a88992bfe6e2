// The Verilated SoC as one interface: one object, one machine (core, caches, DRAM), any configuration.
//
// The harness owns DRAM and answers the bus with a latency that looks like SDRAM; the host port is the caller's.
// clock() advances one cycle and says whether a group retired (or trapped) in it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/rtl/failures.h"
#include "sim/trace/group_record.h"
#include "sim/trace/pipeline.h"
#include "veil/isa/native.h"

namespace veil::sim::rtl {

// Registers of the host port, by offset.
class Host {
 public:
  virtual ~Host() = default;
  virtual uint32_t read(uint32_t offset) = 0;
  virtual void write(uint32_t offset, uint32_t value) = 0;
};

struct MemoryTiming {
  unsigned first_word = 8;  // cycles from the first address of a burst to its word; then a word a cycle
  unsigned write = 2;       // cycles a single write holds the bus
};

inline constexpr unsigned kTiers = 16;
using CounterArray = std::array<uint64_t, isa::kCounterCount>;

class RtlCore {
 public:
  RtlCore() = default;
  RtlCore(const RtlCore&) = delete;
  RtlCore& operator=(const RtlCore&) = delete;
  virtual ~RtlCore() = default;

  // Holds reset for some cycles; DRAM is left alone. Called by make().
  virtual void reset() = 0;
  // One cycle. True: `record` tells what retired.
  virtual bool clock(GroupRecord& record) = 0;
  virtual uint64_t cycles() const = 0;
  // The pipeline in the cycle that clock() has advanced to: a group that retires in it is still in W.
  virtual PipeCycle pipe() const = 0;
  // Assertions that have not held so far, each once. Whoever clocks the core looks here: what it does after the first
  // is worth nothing.
  virtual const std::vector<Failure>& failures() const = 0;
  // Bits 7 (timer) and 11 (external) of mip.
  virtual void set_interrupts(uint32_t lines) = 0;
  virtual uint64_t counter(isa::Counter which, unsigned tier) const = 0;
  virtual uint64_t counter(isa::Counter which) const = 0;
  // DRAM with all final stores, drained or not.
  virtual void read_dram(uint32_t address, std::span<uint8_t> bytes) const = 0;
  virtual size_t dram_size() const = 0;
  // Waves of a window of cycles; false if this model has none (only those of make_with_waves do).
  virtual bool set_wave(const std::string& file, uint64_t from_cycle, uint64_t for_cycles) = 0;
};

// nullptr: that model has not been built (target veil_rtl_<config>). `dram` is copied (a multiple of 4 KiB); `host`
// outlives the core.
std::unique_ptr<RtlCore> make(std::string_view config, std::span<const uint8_t> dram, Host& host,
                              const MemoryTiming& timing = {});

// The same from a model that can write waves, and is slower. nullptr: not built (target veil_rtl_<config>_waves).
std::unique_ptr<RtlCore> make_with_waves(std::string_view config, std::span<const uint8_t> dram, Host& host,
                                         const MemoryTiming& timing = {});

// The same from a model without the RTL's assertions, for measurements of the host's time (target
// veil_rtl_<config>_fast).
std::unique_ptr<RtlCore> make_without_assertions(std::string_view config, std::span<const uint8_t> dram, Host& host,
                                                 const MemoryTiming& timing = {});

}  // namespace veil::sim::rtl
