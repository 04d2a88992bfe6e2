#include "sim/engine/factory.h"

#include "sim/engine/iss_engine.h"
#include "sim/lockstep/native_checker.h"

namespace veil::sim {

std::unique_ptr<Engine> make_iss(const isa::Config& config, std::span<const uint8_t> dram, HostPort& host) {
  return std::make_unique<IssEngine>(config, dram, host);
}

std::unique_ptr<Engine> make_rtl(const isa::Config&, std::span<const uint8_t>, HostPort&) { return nullptr; }

std::unique_ptr<lockstep::Checker> make_native_checker(const isa::Config& config, std::span<const uint8_t> dram) {
  return std::make_unique<lockstep::NativeChecker>(config, dram);
}

}  // namespace veil::sim
