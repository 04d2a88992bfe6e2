// The ISS as an engine of the command.
#pragma once

#include <vector>

#include "sim/engine/engine.h"
#include "veil/iss/iss.h"

namespace veil::sim {

class IssEngine final : public Engine, private FastRun, private iss::Host {
 public:
  IssEngine(const isa::Config& config, std::span<const uint8_t> dram, HostPort& host);

  std::string_view name() const override { return "iss"; }
  GroupRecord step() override;
  std::string stuck() const override;
  uint64_t counter(isa::Counter which) const override { return machine_.counter(which); }
  uint64_t counter(isa::Counter which, unsigned tier) const override { return machine_.counter(which, tier); }
  uint64_t cycles() const override { return machine_.counter(isa::Counter::cycles); }
  void read_dram(uint32_t address, std::span<uint8_t> bytes) override;
  bool set_wave(const std::string&, uint64_t, uint64_t) override { return false; }
  FastRun* fast() override { return this; }

 private:
  // FastRun
  void run(uint64_t groups, uint64_t guest_instructions, bool to_commit) override;
  bool at_commit() const override { return at_commit_; }
  GuestState guest() const override;
  uint64_t translations_made() const override { return made_; }
  uint64_t translations_dropped() const override { return dropped_; }
  uint64_t translated_instructions() const override { return instructions_; }
  uint64_t translations_optimized() const override { return optimized_; }
  uint64_t optimized_instructions() const override { return optimized_instructions_; }
  // iss::Host
  uint32_t read(uint32_t offset) override { return host_.read(offset); }
  void write(uint32_t offset, uint32_t value) override;
  void log(uint32_t value) override;

  uint32_t word(uint32_t address) const;

  std::vector<uint8_t> dram_;
  HostPort& host_;
  iss::Machine machine_;
  bool at_commit_ = false;
  uint64_t made_ = 0, dropped_ = 0, instructions_ = 0;
  uint64_t optimized_ = 0, optimized_instructions_ = 0;
};

}  // namespace veil::sim
