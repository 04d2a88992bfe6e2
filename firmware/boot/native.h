// The native machine as the firmware's C++ uses it, on top of the generated intrinsics: modes, host port, code
// synchronisation, observers. RV32 only.
#pragma once

#include <cstdint>

#include "veil/isa/intrinsics.h"
#include "veil/isa/native.h"
#include "veil/isa/platform.h"

namespace veil::fw::native {

using isa::Csr;
using isa::native::csr_read;
using isa::native::csr_write;

inline void set_tier(isa::Tier tier) { csr_write<Csr::xtier>(static_cast<uint32_t>(tier)); }

// Speculative mode on: from here on a trap goes back to the last commit. Off: the working state is committed.
inline void begin_speculation() { isa::native::csr_set<Csr::xstatus>(isa::xstatus::spec); }
inline void end_speculation() { isa::native::csr_clear<Csr::xstatus>(isa::xstatus::spec); }

// Registers of the host port.
inline volatile uint32_t& host(uint32_t offset) {
  return *reinterpret_cast<volatile uint32_t*>(platform::mmio + offset);
}

// Later fetches of these bytes see what has been written there.
inline void sync_code(uint32_t first, uint32_t bytes) {
  constexpr uint32_t kLineBytes = 32;  // what a write to xsync covers
  const uint32_t end = first + bytes;
  for (uint32_t line = first & ~(kLineBytes - 1); line < end; line += kLineBytes) csr_write<Csr::xsync>(line);
}

inline void log(platform::Log kind, uint32_t value) { csr_write<Csr::xlog>(platform::log_word(kind, value)); }

}  // namespace veil::fw::native
