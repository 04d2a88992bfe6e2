// From reset to the first guest instruction: conceals the firmware's memory, checks that machine and boot block fit,
// makes the tables, sets the guest's first state.
#include <algorithm>
#include <cstdint>

#include "firmware/allocator/paging.h"
#include "firmware/allocator/segments.h"
#include "firmware/boot/native.h"
#include "firmware/dispatcher/dispatcher.h"
#include "firmware/dispatcher/interpret.h"
#include "firmware/dispatcher/report.h"
#include "firmware/dispatcher/snapshot.h"
#include "firmware/dispatcher/state.h"
#include "firmware/vcpu/native_machine.h"
#include "x86/semantics/processor.h"

extern "C" {
// Read by the TLB refill handler (trap.S).
[[gnu::section(".tables")]] uint16_t veil_page_slots[veil::platform::dram_max >> veil::fw::kPageShift];
[[gnu::section(".tables")]] veil::fw::CodePage veil_code_pages[4096];
void veil_translation_exit();
}

namespace veil::fw {
namespace {

constexpr uint32_t kBootVersion = 1;
constexpr uint32_t kTrampolineWords = 8;  // one line before the first translation
// Translations begin here: the first lines share places in the instruction cache with trap.S, which begins the
// firmware.
constexpr uint32_t kFirstTranslation = 1024;
static_assert((platform::translation_cache_address - platform::firmware_address) % (128 * 1024) == 0);
constexpr uint32_t kSmallestCache = 1024;

[[gnu::section(".tables")]] Block blocks[6144];
[[gnu::section(".tables")]] ExitRecord exit_records[12288];
[[gnu::section(".tables")]] uint16_t hash_heads[8192];
alignas(16) [[gnu::section(".tables")]] uint8_t scratch[192 * 1024];

void conceal() {
  const uint32_t dram = native::host(platform::host::dram_size);
  if (dram < platform::dram_min || dram > platform::dram_max) fail("memory size out of range");
  firmware.guest_memory = dram - platform::concealed_size;
  native::csr_write<isa::Csr::xbound>(firmware.guest_memory);
  native::csr_write<isa::Csr::xlock>(1);
  if (native::csr_read<isa::Csr::xbound>() != firmware.guest_memory) fail("concealment failed");
  native::csr_write<isa::Csr::xtlbflush>(1);
  native::csr_write<isa::Csr::xjtflush>(~0u);
}

void check_boot_block() {
  const platform::BootBlock& boot = boot_block();
  if (boot.magic != platform::boot_magic || boot.version != kBootVersion) fail("no boot block");
  const uint32_t width =
      native::csr_read<isa::Csr::xconfig>() >> isa::xconfig::width_shift & ((1u << isa::xconfig::width_bits) - 1);
  if (boot.width == 0 || boot.width > width) fail("translations are to be wider than the core");
  if (!platform::knobs_in_range(boot)) fail("a knob of the boot block is out of range");
  if (translator::scratch_bytes() > sizeof scratch) fail("translator wants more scratch memory");
}

// Translations leave through the first line of the cache, which every jump in the cache reaches:
// lui t0, %hi(exit); jalr zero, %lo(exit)(t0).
void make_cache() {
  const uint32_t base = platform::translation_cache_address;
  auto* code = reinterpret_cast<uint32_t*>(base);
  const uint32_t exit = reinterpret_cast<uint32_t>(&veil_translation_exit);
  const uint32_t high = (exit + 0x800) >> 12;
  code[0] = isa::enc::lui(5, high);
  code[1] = isa::enc::jalr(0, 5, static_cast<int32_t>(exit - (high << 12)));
  native::sync_code(base, 8);

  uint32_t bytes = boot_block().cache_bytes;
  if (bytes == 0 || bytes > platform::window::translation_cache_size) bytes = platform::window::translation_cache_size;
  if (bytes < kSmallestCache) bytes = kSmallestCache;
  constexpr uint32_t kMostWords = (platform::window::translation_cache_size - kFirstTranslation) / 4;
  const uint32_t words = std::min(bytes / 4 - kTrampolineWords, kMostWords) & ~7u;
  const uint32_t pages = (firmware.guest_memory >> kPageShift);
  firmware.observer.start();
  firmware.cache.reset({.code = {code + kFirstTranslation / 4, words},
                        .blocks = blocks,
                        .exits = exit_records,
                        .hash = hash_heads,
                        .page_slots = {veil_page_slots, pages},
                        .pages = veil_code_pages},
                       base + kFirstTranslation, firmware.observer);
}

// Flat 32-bit protected mode, as multiboot leaves it (Multiboot Specification 0.6.96, section 3.2).
void set_guest_state() {
  platform::GuestState& state = guest_state();
  state = platform::GuestState{};
  platform::FirmwareState& known = firmware_state();
  known = platform::FirmwareState{};
  for (uint32_t* selector = &known.es_selector; selector <= &known.gs_selector; selector += 3) *selector = ~0u;
  state.eax = boot_block().entry_eax;
  state.ebx = boot_block().entry_ebx;
  state.eip = boot_block().entry_eip;
  state.eflags = 2;
  state.cs = 0x08;
  state.es = state.ss = state.ds = state.fs = state.gs = 0x10;
  state.cr0 = x86::sem::kCr0Pe | x86::sem::kCr0Et;
  state.dr6 = x86::sem::kDr6Fixed;
  state.dr7 = x86::sem::kDr7Fixed;
  for (uint32_t* hidden = &state.es_base; hidden <= &state.gs_base; hidden += 3) {
    hidden[1] = ~0u;
    hidden[2] = hidden == &state.cs_base ? x86::sem::kFlatCode : x86::sem::kFlatData;
  }
}

void set_segments() {
  for (unsigned segment = 0; segment < 6; ++segment) {
    set_segment_registers(segment, 0, ~0u, isa::segattr::read | (segment == 1 ? 0 : isa::segattr::write));
  }
}

// What the translation cache has been made for.
struct CacheMadeFor {
  uint32_t width = 0;
  uint32_t cache_bytes = 0;
  bool operator==(const CacheMadeFor&) const = default;
};
CacheMadeFor made_for;

CacheMadeFor wanted_cache() { return {boot_block().width, boot_block().cache_bytes}; }

}  // namespace

translator::Scratch& translator_scratch() { return *reinterpret_cast<translator::Scratch*>(scratch); }

extern "C" [[noreturn]] void veil_boot() {
  native::set_tier(isa::Tier::boot);
  conceal();
  check_boot_block();
  clear_decode_cache();
  firmware.bus.reset(firmware.console, {.guest_bytes = firmware.guest_memory, .rtc_start = boot_block().rtc_start});
  make_cache();
  made_for = wanted_cache();
  set_guest_state();
  set_segments();
  say_whether_flat();
  NativeMachine::update_jump_tag();
  dispatch();
}

// The hardware has forgotten which pages have translated code.
static void mark_code_pages() {
  const uint32_t pages = firmware.guest_memory >> kPageShift;
  for (uint32_t page = 0; page < pages; ++page) {
    if (veil_page_slots[page] != 0) firmware.observer.granules_added(page);
  }
}

// From a saved machine (dispatcher/snapshot.h). Its translations stay if they are right for this core.
extern "C" [[noreturn]] void veil_resume() {
  native::set_tier(isa::Tier::boot);
  const uint32_t guest_memory = firmware.guest_memory;
  conceal();
  if (firmware.guest_memory != guest_memory) fail("the saved machine had another size of memory");
  check_boot_block();
  firmware.console.restart();
  resume_counts();
  if (made_for == wanted_cache()) {
    native::sync_code(platform::translation_cache_address, platform::window::translation_cache_size);
    firmware.observer.start();
    firmware.cache.announce();
    mark_code_pages();
  } else {
    forget_all_jumps();
    make_cache();
    made_for = wanted_cache();
  }
  say_whether_flat();
  NativeMachine::load_hardware();
  dispatch();
}

}  // namespace veil::fw
