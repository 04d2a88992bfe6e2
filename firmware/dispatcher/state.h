// What the firmware works on: the guest state block and the boot block at their places in the window ([guest_state],
// [boot_block] of isa/platform.toml), and the one object that holds everything else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "firmware/allocator/translation_cache.h"
#include "firmware/allocator/write_history.h"
#include "firmware/boot/native.h"
#include "firmware/devices/pc.h"

namespace veil::fw {

// Reads see gated stores. The interpreter writes it only with gated stores; the dispatcher, between instructions,
// plainly.
inline platform::GuestState& guest_state() {
  return *reinterpret_cast<platform::GuestState*>(platform::guest_state_address);
}
inline platform::FirmwareState& firmware_state() {
  return *reinterpret_cast<platform::FirmwareState*>(platform::firmware_state_address);
}
inline const platform::BootBlock& boot_block() {
  return *reinterpret_cast<const platform::BootBlock*>(platform::boot_block_address);
}

class HostConsole final : public Console {
 public:
  void put(uint8_t byte) override;
  std::optional<uint8_t> take() override;
  bool ended() const override { return ended_; }
  void restart() { ended_ = false; }  // another run's input

 private:
  bool ended_ = false;
};

// Tells hardware and observers what the translation cache does.
class HardwareObserver final : public CacheObserver {
 public:
  void code_changed(uint32_t native, uint32_t words) override;
  void jump_forgotten(uint32_t guest_eip) override;
  void granules_added(uint32_t page) override;
  void made(const Block& block) override;
  void dropped(const Block& block) override;
  void start();

 private:
  bool tracing_ = false;  // what the boot block says, in a line that is at hand
};

struct Firmware {
  HostConsole console;
  Pc bus;
  HardwareObserver observer;
  TranslationCache cache;
  WriteHistory writes;
  uint32_t guest_memory = 0;          // bytes: the guest's physical limit (xbound)
  uint64_t next_event = Bus::kNever;  // of the bus, as the deadline has it
};
extern Firmware firmware;

// Memory that a translation may use while it is made.
translator::Scratch& translator_scratch();

// Guest physical bytes from an address to the end of its page; none if they are not memory.
std::span<const uint8_t> guest_code(uint32_t physical);

}  // namespace veil::fw
