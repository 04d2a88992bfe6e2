// A multiboot image on HostMachine with the least of a PC around it: console, exit port. For tests of the system side
// without firmware.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/loader/file.h"
#include "sim/loader/multiboot.h"
#include "x86/host/host_system.h"

namespace veil::test {

class SystemGuest {
 public:
  static constexpr uint32_t kMemory = 16u << 20;

  SystemGuest(const std::string& path, const std::string& arguments) : memory_(kMemory), machine(memory_) {
    const auto bytes = loader::read_file(path, 16u << 20, platform::ExitStatus::image);
    const loader::GuestImage image = loader::parse_guest(bytes, path);
    auto& words = machine.state.words;
    words.ebx = loader::place_guest(image, path, path + " " + arguments, {}, memory_);
    words.eax = loader::kMultibootEax;
    words.eip = image.image.entry;
    words.cs = 8;
    words.es = words.ss = words.ds = words.fs = words.gs = 16;
    machine.port_in = [](uint16_t port, unsigned) { return port == 0x3fd ? 0x60u : 0xffffffffu; };
    machine.port_out = [this](uint16_t port, unsigned, uint32_t value) {
      if (port == 0xe9 || (port == 0x3f8 && !divisor_)) console += static_cast<char>(value);
      if (port == 0x3fb) divisor_ = (value & 0x80) != 0;
      if (port == 0xf4) exit_status = (value << 1 | 1) & 0xff;
    };
  }

  // Until the guest ends, at most `most` boundaries between instructions. `interrupt_at`: before which of them `vector`
  // is asked for.
  void run(uint64_t most, uint64_t interrupt_at = ~0ull, uint8_t vector = 0x27) {
    std::optional<uint8_t> irq;
    for (uint64_t n = 0; n < most && !exit_status; ++n) {
      if (n == interrupt_at) irq = vector;
      if (x86::system_step(machine, *cache_, irq) == x86::Step::stopped) return;
      ++steps;
    }
  }

 private:
  std::vector<uint8_t> memory_;
  std::unique_ptr<x86::DecodeCache<x86::HostMachine, 14>> cache_ =
      std::make_unique<x86::DecodeCache<x86::HostMachine, 14>>();
  bool divisor_ = false;

 public:
  x86::HostMachine machine;
  std::string console;
  std::optional<uint32_t> exit_status;
  uint64_t steps = 0;
};

}  // namespace veil::test
