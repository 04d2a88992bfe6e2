#include "sim/engine/factory.h"

#include "sim/engine/iss_engine.h"
#include "sim/lockstep/native_checker.h"
#ifdef VEIL_HAVE_RTL
#include "sim/engine/rtl_engine.h"
#endif

namespace veil::sim {

std::unique_ptr<Engine> make_iss(const isa::Config& config, std::span<const uint8_t> dram, HostPort& host) {
  return std::make_unique<IssEngine>(config, dram, host);
}

std::unique_ptr<Engine> make_rtl([[maybe_unused]] const isa::Config& config,
                                 [[maybe_unused]] std::span<const uint8_t> dram, [[maybe_unused]] HostPort& host,
                                 [[maybe_unused]] bool assertions) {
#ifdef VEIL_HAVE_RTL
  return RtlEngine::make(config, dram, host, assertions);
#else
  return nullptr;
#endif
}

std::unique_ptr<lockstep::Checker> make_native_checker(const isa::Config& config, std::span<const uint8_t> dram) {
  return std::make_unique<lockstep::NativeChecker>(config, dram);
}

}  // namespace veil::sim
