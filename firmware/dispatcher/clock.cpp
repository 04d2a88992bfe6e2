#include "firmware/dispatcher/clock.h"

#include <algorithm>

#include "firmware/dispatcher/host_time.h"
#include "firmware/dispatcher/state.h"

namespace veil::fw {
namespace {

using isa::Csr;

constexpr uint32_t kHostClock = 2;          // boot block flags
constexpr uint32_t kFarthest = 0x40000000;  // the comparison of 32-bit counts reaches 2^31
constexpr uint64_t kMillion = 1000000;
constexpr uint64_t kPerSecond =
    static_cast<uint64_t>(platform::time::instructions_per_tick) * platform::time::ticks_per_second;

HostTime time_of_host;    // with the host's clock
uint64_t host_began = 0;  // guest time when the host's clock was at 0
uint64_t committed = 0;   // as of the last look

uint64_t host_time() {
  const uint32_t low = native::host(platform::host::time_low);
  const uint64_t microseconds = static_cast<uint64_t>(native::host(platform::host::time_high)) << 32 | low;
  return host_began + microseconds / kMillion * kPerSecond + microseconds % kMillion * kPerSecond / kMillion;
}

uint32_t committed_low() { return native::csr_read<Csr::xgic>(); }

}  // namespace

// A CSR costs as much as ten other operations, so the high word is counted here: the deadline is never further away
// than kFarthest, so the clock is read before the low word wraps.
uint64_t committed_instructions() {
  committed += committed_low() - static_cast<uint32_t>(committed);
  return committed;
}

bool host_clock() { return (boot_block().flags & kHostClock) != 0; }

uint64_t guest_time() {
  const uint64_t now = committed_instructions();
  if (host_clock()) return time_of_host.now(host_time(), now);
  const platform::FirmwareState& state = firmware_state();
  return now + (static_cast<uint64_t>(state.time_passed_high) << 32 | state.time_passed_low);
}

void pass_time(uint64_t time) {
  if (!host_clock()) {
    const uint64_t passed = time - committed_instructions();
    firmware_state().time_passed_low = static_cast<uint32_t>(passed);
    firmware_state().time_passed_high = static_cast<uint32_t>(passed >> 32);
    return;
  }
  while (time_of_host.halted(host_time(), time) < time) {
  }
}

static void set_passed(uint64_t passed) {
  firmware_state().time_passed_low = static_cast<uint32_t>(passed);
  firmware_state().time_passed_high = static_cast<uint32_t>(passed >> 32);
}

void resume_time(uint64_t time) {
  if (host_clock()) {
    host_began = 0;
    host_began = time - host_time();
    time_of_host.resume(time, committed_instructions());
  } else {
    set_passed(time - committed_instructions());
  }
}

uint32_t deadline_at = 0;

bool deadline_reached() { return deadline_reached(committed_low()); }

void set_deadline(uint32_t instructions) {
  deadline_at = committed_low() + std::min(instructions, kFarthest);
  native::csr_write<Csr::xdeadline>(deadline_at);
}

uint32_t deadline_left() { return deadline_at - committed_low(); }

bool stop_requested = false;

void stop_behind_this_instruction() {
  stop_requested = true;
  if (!deadline_reached()) set_deadline(1);
}

}  // namespace veil::fw
