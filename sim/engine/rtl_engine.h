// The Verilated core as an engine: steps cycles until a group retires.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "sim/engine/engine.h"
#include "sim/rtl/rtl_core.h"
#include "veil/isa/configs.h"

namespace veil::sim {

class RtlEngine final : public Engine {
 public:
  // nullptr: this build has no model of that configuration, or none without assertions.
  static std::unique_ptr<RtlEngine> make(const isa::Config& config, std::span<const uint8_t> dram, HostPort& host,
                                         bool assertions);

  std::string_view name() const override { return "rtl"; }
  GroupRecord step() override;
  std::string stuck() const override { return stuck_; }
  uint64_t counter(isa::Counter which) const override { return core_->counter(which); }
  uint64_t counter(isa::Counter which, unsigned tier) const override { return core_->counter(which, tier); }
  uint64_t cycles() const override { return core_->cycles(); }
  void read_dram(uint32_t address, std::span<uint8_t> bytes) override { core_->read_dram(address, bytes); }
  bool set_wave(const std::string& file, uint64_t from_cycle, uint64_t cycles) override;

  Pipeline* watch() override {
    if (!pipeline_) pipeline_.emplace();
    return &*pipeline_;
  }

 private:
  RtlEngine(HostPort& host, std::string config) : host_(host), config_(std::move(config)) {}

  class HostAdapter final : public rtl::Host {
   public:
    explicit HostAdapter(HostPort& port) : port_(port) {}
    uint32_t read(uint32_t offset) override { return port_.read(offset); }
    void write(uint32_t offset, uint32_t value) override { port_.write(offset, value); }

   private:
    HostPort& port_;
  };

  HostAdapter host_;
  std::string config_;
  std::unique_ptr<rtl::RtlCore> core_;
  std::string stuck_;
  std::optional<Pipeline> pipeline_;
};

}  // namespace veil::sim
