#include "sim/engine/factory.h"

#include <stdexcept>

namespace veil::sim {

std::unique_ptr<Engine> make_iss(const isa::Config&, std::span<const uint8_t>, HostPort&) {
  throw std::runtime_error("this build has no ISS yet");
}

std::unique_ptr<Engine> make_rtl(const isa::Config&, std::span<const uint8_t>, HostPort&) { return nullptr; }

std::unique_ptr<lockstep::Checker> make_native_checker(const isa::Config&, std::span<const uint8_t>) { return nullptr; }

}  // namespace veil::sim
