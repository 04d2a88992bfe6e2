// Makes engines and the native checker, so that the command knows only the interfaces.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "sim/engine/engine.h"
#include "sim/lockstep/checker.h"
#include "veil/isa/configs.h"

namespace veil::sim {

// `dram` is the machine's memory at reset (copied); `host` outlives the engine.
std::unique_ptr<Engine> make_iss(const isa::Config& config, std::span<const uint8_t> dram, HostPort& host);

// nullptr: this build has no Verilated core of that configuration, or none without assertions.
std::unique_ptr<Engine> make_rtl(const isa::Config& config, std::span<const uint8_t> dram, HostPort& host,
                                 bool assertions);

// Compares each group with an ISS of its own, which starts from the same memory. nullptr: not in this build.
std::unique_ptr<lockstep::Checker> make_native_checker(const isa::Config& config, std::span<const uint8_t> dram);

}  // namespace veil::sim
