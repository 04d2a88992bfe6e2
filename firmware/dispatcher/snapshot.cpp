#include "firmware/dispatcher/snapshot.h"

#include "firmware/dispatcher/clock.h"
#include "firmware/dispatcher/state.h"

namespace veil::fw {
namespace {

// What the hardware counts, as of the moment when the machine was saved.
struct Saved {
  uint64_t committed = 0;
  uint64_t time = 0;
};
Saved saved;
bool done = false;  // in this run, of the machine that it began with

}  // namespace

uint64_t save_deadline() {
  const uint64_t at = static_cast<uint64_t>(boot_block().save_at_high) << 32 | boot_block().save_at;
  return at == 0 || done ? kNever : at;
}

void save_if_due(uint64_t committed) {
  if (committed < save_deadline()) return;
  done = true;
  saved = {committed, guest_time()};
  native::host(platform::host::snapshot) = 1;
  while (native::host(platform::host::snapshot) != 0) {
  }
}

void resume_counts() {
  done = false;
  native::csr_write<isa::Csr::xgic>(static_cast<uint32_t>(saved.committed));
  native::csr_write<isa::Csr::xgich>(static_cast<uint32_t>(saved.committed >> 32));
  resume_time(saved.time);
}

}  // namespace veil::fw
