#include "sim/loader/load.h"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "sim/loader/bundle.h"
#include "sim/loader/elf_image.h"
#include "sim/loader/error.h"
#include "sim/loader/file.h"
#include "sim/loader/multiboot.h"
#include "sim/loader/reorder.h"
#include "sim/loader/symbols.h"
#include "veil/isa/platform.h"

namespace veil::loader {
namespace {

std::vector<uint8_t> read_firmware(const std::string& path) {
  return read_file(path, platform::concealed_size * uint64_t{16}, platform::ExitStatus::internal);
}

Image parse_firmware(const std::vector<uint8_t>& bytes, const std::string& path) {
  constexpr auto kStatus = platform::ExitStatus::internal;
  Image image = parse_elf(bytes, path, EM_RISCV, "RISC-V", kStatus);
  constexpr uint64_t kFirst = platform::firmware_address;
  constexpr uint64_t kEnd = platform::boot_block_address;
  for (const Segment& segment : image.segments) {
    if (segment.address < kFirst || segment.end() > kEnd) {
      throw Error(kStatus,
                  fmt::format("{}: segment {:#010x}..{:#010x} is outside the firmware's part of concealed memory", path,
                              segment.address, segment.end()));
    }
  }
  if (image.entry != platform::reset_pc) {
    throw Error(kStatus,
                fmt::format("{}: starts at {:#010x}, the core at {:#010x}", path, image.entry, platform::reset_pc));
  }
  return image;
}

std::string base_name(const std::string& path) { return std::filesystem::path(path).filename().string(); }

std::string with_arguments(const std::string& name, const std::string& arguments) {
  return arguments.empty() ? name : name + " " + arguments;
}

// What the user decides, written into the boot block at its place in concealed memory.
void write_boot_block(const Request& request, platform::BootBlock block, std::span<uint8_t> concealed) {
  for (const platform::Knob& knob : platform::kKnobs) block.*knob.field = request.knobs.*knob.value;
  block.width = request.width;
  block.flags = request.flags;
  block.rtc_start = request.rtc_start;
  block.interrupt_at = request.interrupt_at;
  block.interrupt_vector = request.interrupt_vector;
  block.save_at = static_cast<uint32_t>(request.save_at);
  block.save_at_high = static_cast<uint32_t>(request.save_at >> 32);
  std::memcpy(concealed.data() + platform::window::boot_block, &block, sizeof block);
}

uint32_t constant_bytes(const std::vector<uint8_t>& firmware_file) {
  const uint32_t end = find_symbol(firmware_file, "veil_constant_end").value_or(platform::firmware_address);
  return std::clamp(end, platform::firmware_address, platform::boot_block_address) - platform::firmware_address;
}

// The firmware in the concealed window has been compiled for one operation at a time: reorders its code and forms
// groups.
void form_groups(const std::vector<uint8_t>& firmware_file, uint32_t constant_bytes, unsigned width,
                 std::span<uint8_t> concealed) {
  const uint32_t text_end = find_symbol(firmware_file, "veil_text_end").value_or(platform::firmware_address);
  std::vector<uint32_t> words(constant_bytes / 4);
  uint8_t* firmware = concealed.data() + platform::window::firmware;
  std::memcpy(words.data(), firmware, 4 * words.size());
  const std::span code = std::span(words).first((text_end - platform::firmware_address) / 4);
  // Whatever looks like an address is taken for one: the tables of switches are among the constants. (Code that makes
  // the address of a label without a symbol by itself would go unseen; neither the compiler's nor ours does.)
  std::vector<uint32_t> pointers = code_symbols(firmware_file);
  pointers.insert(pointers.end(), words.begin() + static_cast<std::ptrdiff_t>(code.size()), words.end());
  reorder(code, width, entry_points(code, platform::firmware_address, pointers));
  bundle(code, width);
  std::memcpy(firmware, words.data(), 4 * code.size());
}

}  // namespace

Machine load(const Request& request) {
  constexpr auto kStatus = platform::ExitStatus::image;
  Machine machine;
  machine.guest_bytes = request.memory_bytes - platform::concealed_size;
  // A file that is larger than the guest's memory cannot fit, whatever is in it (debug information aside: hence twice).
  const uint64_t limit = uint64_t{machine.guest_bytes} * 2;
  const GuestImage guest = parse_guest(read_file(request.image, limit, kStatus), request.image);
  std::vector<Module> modules;
  for (const ModuleFile& file : request.modules) {
    modules.push_back(
        {with_arguments(base_name(file.path), file.arguments), read_file(file.path, machine.guest_bytes, kStatus)});
  }

  machine.dram.assign(request.memory_bytes, 0);
  const std::span<uint8_t> dram(machine.dram);
  // The name without directories: a run must not depend on where the image lies.
  const std::string command_line = with_arguments(base_name(request.image), request.append);
  const uint32_t info = place_guest(guest, request.image, command_line, modules, dram.first(machine.guest_bytes));
  machine.entry_eip = guest.image.entry;

  const auto firmware_file = read_firmware(request.firmware);
  const Image firmware = parse_firmware(firmware_file, request.firmware);
  machine.firmware_constant_bytes = constant_bytes(firmware_file);
  const auto concealed = dram.subspan(machine.guest_bytes);
  for (const Segment& segment : firmware.segments) {
    std::copy(segment.data.begin(), segment.data.end(),
              concealed.begin() + static_cast<std::ptrdiff_t>(segment.address - platform::concealed_window));
  }
  if (request.width > 1) form_groups(firmware_file, machine.firmware_constant_bytes, request.width, concealed);
  platform::BootBlock block;
  block.magic = platform::boot_magic;
  block.version = 1;
  block.entry_eip = machine.entry_eip;
  block.entry_eax = kMultibootEax;
  block.entry_ebx = info;
  write_boot_block(request, block, concealed);
  return machine;
}

// Code and constants come from the file: those in the snapshot are in groups for the core that it was made on.
Machine load(const Request& request, Snapshot snapshot) {
  const auto firmware_file = read_firmware(request.firmware);
  if (firmware_id(firmware_file) != snapshot.firmware) {
    throw Error(platform::ExitStatus::image, "the saved machine has another firmware: " + request.firmware);
  }
  Machine machine;
  machine.dram = std::move(snapshot.dram);
  machine.guest_bytes = static_cast<uint32_t>(machine.dram.size()) - platform::concealed_size;
  machine.firmware_constant_bytes = constant_bytes(firmware_file);
  const auto concealed = std::span(machine.dram).subspan(machine.guest_bytes);
  for (const Segment& segment : parse_firmware(firmware_file, request.firmware).segments) {
    const uint32_t at = segment.address - platform::concealed_window;
    if (at >= machine.firmware_constant_bytes) continue;
    const size_t bytes = std::min<size_t>(segment.data.size(), machine.firmware_constant_bytes - at);
    std::copy_n(segment.data.begin(), bytes, concealed.begin() + at);
  }
  if (request.width > 1) form_groups(firmware_file, machine.firmware_constant_bytes, request.width, concealed);
  platform::BootBlock block;
  std::memcpy(&block, concealed.data() + platform::window::boot_block, sizeof block);
  machine.entry_eip = block.entry_eip;
  block.resume = 1;
  write_boot_block(request, block, concealed);
  return machine;
}

std::string beside_command(const std::string& file) {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  return (self.parent_path() / file).string();
}

std::string find_firmware(const std::string& asked) {
  if (!asked.empty()) return asked;
  if (const char* named = std::getenv("VEIL_FIRMWARE"); named != nullptr && *named != '\0') return named;
  return beside_command("firmware/veil.elf");
}

}  // namespace veil::loader
