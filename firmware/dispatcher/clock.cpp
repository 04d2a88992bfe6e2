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

uint64_t passed_over = 0;
HostTime time_of_host;    // with the host's clock
uint64_t host_began = 0;  // guest time when the host's clock was at 0

uint64_t host_time() {
  const uint32_t low = native::host(platform::host::time_low);
  const uint64_t microseconds = static_cast<uint64_t>(native::host(platform::host::time_high)) << 32 | low;
  return host_began + microseconds / kMillion * kPerSecond + microseconds % kMillion * kPerSecond / kMillion;
}

uint32_t committed_low() { return native::csr_read<Csr::xgic>(); }

}  // namespace

uint64_t committed_instructions() {
  return static_cast<uint64_t>(native::csr_read<Csr::xgich>()) << 32 | committed_low();
}

bool host_clock() { return (boot_block().flags & kHostClock) != 0; }

uint64_t guest_time() {
  const uint64_t committed = committed_instructions();
  return host_clock() ? time_of_host.now(host_time(), committed) : committed + passed_over;
}

void pass_time(uint64_t time) {
  if (!host_clock()) {
    passed_over = time - committed_instructions();
    return;
  }
  while (time_of_host.halted(host_time(), time) < time) {
  }
}

void resume_time(uint64_t time) {
  if (host_clock()) {
    host_began = 0;
    host_began = time - host_time();
    time_of_host.resume(time, committed_instructions());
  } else {
    passed_over = time - committed_instructions();
  }
}

bool deadline_reached() { return static_cast<int32_t>(committed_low() + 1 - native::csr_read<Csr::xdeadline>()) > 0; }

void set_deadline(uint32_t instructions) {
  native::csr_write<Csr::xdeadline>(committed_low() + std::min(instructions, kFarthest));
}

uint32_t deadline_left() { return native::csr_read<Csr::xdeadline>() - committed_low(); }

void stop_behind_this_instruction() {
  if (!deadline_reached()) set_deadline(1);
}

}  // namespace veil::fw
