// The hardware's side of console and translation cache.
#include "firmware/allocator/paging.h"
#include "firmware/dispatcher/state.h"

namespace veil::fw {

namespace {

constexpr uint32_t kReady = 1;             // console_tx
constexpr uint32_t kByteThere = 1u << 31;  // console_rx
constexpr uint32_t kInputEnded = 1u << 30;
constexpr uint32_t kTraceTranslations = 1;  // boot block flags

uint32_t window_offset(const Block& block) { return reinterpret_cast<uint32_t>(&block) - platform::concealed_window; }

}  // namespace

void HostConsole::put(uint8_t byte) {
  while ((native::host(platform::host::console_tx) & kReady) == 0) {
  }
  native::host(platform::host::console_tx) = byte;
}

std::optional<uint8_t> HostConsole::take() {
  const uint32_t word = native::host(platform::host::console_rx);
  ended_ = (word & kInputEnded) != 0;
  if ((word & kByteThere) == 0) return std::nullopt;
  return static_cast<uint8_t>(word);
}

void HardwareObserver::start() { tracing_ = (boot_block().flags & kTraceTranslations) != 0; }

void HardwareObserver::code_changed(uint32_t native, uint32_t words) { native::sync_code(native, words * 4); }

void HardwareObserver::jump_forgotten(uint32_t guest_eip) { forget_jump(guest_eip); }

// Without paging the page's only linear address is its physical one; with it, the places where it is mapped are
// unknown. The mark is for times without paging: the hardware must ask for the page's granules then.
void HardwareObserver::granules_added(uint32_t page) {
  constexpr uint32_t kMarked = 1, kAll = 1;
  native::csr_write<isa::Csr::xtlbmark>(page << kPageShift | kMarked);
  if (paging_on()) native::csr_write<isa::Csr::xtlbflush>(kAll);
}

void HardwareObserver::made(const Block& block) {
  if (tracing_) [[unlikely]]
    native::log(platform::Log::translation_made, window_offset(block));
}

void HardwareObserver::dropped(const Block& block) {
  if (tracing_) [[unlikely]]
    native::log(platform::Log::translation_dropped, window_offset(block));
}

std::span<const uint8_t> guest_code(uint32_t physical) {
  if (physical >= firmware.guest_memory) return {};
  return {reinterpret_cast<const uint8_t*>(physical), kPageBytes - (physical & (kPageBytes - 1))};
}

}  // namespace veil::fw
