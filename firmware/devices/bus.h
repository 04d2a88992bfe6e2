// Carries accesses to devices and their interrupt lines to the 8259s, as a wiring table says. What is on the bus is not
// known here (pc.h).
//
// Everything is a pure function of what went in: the caller says what time it is (`now`, in units of guest time:
// committed guest instructions, or the host's clock in the same unit, isa/platform.toml [time]), and `now` never goes
// back. The rules:
//  - when `now` reaches next_event(), call advance(now) before the next instruction begins;
//  - after an access and after advance both next_event() and interrupt_pending() may be new;
//  - if interrupt_pending() and the guest takes interrupts, acknowledge() gives the vector (once: it changes the
//    8259s);
//  - accesses cannot be undone: they are made when nothing of the instruction can fail any more.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "firmware/devices/device.h"
#include "firmware/devices/pic.h"

namespace veil::fw {

// What an access to a range is like.
struct Traits {
  bool whole = false;       // one access of any width; otherwise a byte at a time
  bool catch_up = false;    // all devices are brought to the present first: it may show what was masked until now
  bool read_acts = false;   // a read may change the device's line or its next event
  bool write_acts = false;  // so may a write
};

struct PortRange {
  uint16_t first = 0;
  uint16_t ports = 0;
  uint8_t device = 0;
  uint8_t region = 0;
  Traits traits;
};

// Guest physical addresses.
struct MemoryRange {
  uint32_t first = 0;
  uint32_t bytes = 0;
  uint8_t device = 0;
  uint8_t region = 0;
  Traits traits;
};

struct LineWire {
  uint8_t irq = 0;
  uint8_t device = 0;
};

// Numbers of the ranges by port, plus 1; 0: nothing is there.
template <size_t kPorts>
constexpr std::array<uint8_t, kPorts> index_ports(std::span<const PortRange> ranges) {
  std::array<uint8_t, kPorts> index{};
  for (size_t n = 0; n < ranges.size(); ++n) {
    for (uint32_t port = ranges[n].first; port < ranges[n].first + uint32_t{ranges[n].ports}; ++port) {
      index[port] = static_cast<uint8_t>(n + 1);
    }
  }
  return index;
}

struct Wiring {
  std::span<const PortRange> ports;
  std::span<const uint8_t> port_index;  // index_ports(ports); nothing is beyond its end
  std::span<const MemoryRange> memory;
  std::span<const LineWire> lines;
};

class Bus {
 public:
  static constexpr uint64_t kNever = veil::fw::kNever;

  // `devices`, by the numbers that the wiring gives them: at most 16, each with one line at most. All of it outlives
  // the bus.
  void reset(const Wiring& wiring, std::span<Device* const> devices, PicPair& pics);

  // `bytes`: 1, 2 or 4. Where no device is, all ones are read and writes are ignored, as on an ISA bus.
  uint32_t in(uint16_t port, unsigned bytes, uint64_t now);
  void out(uint16_t port, unsigned bytes, uint32_t value, uint64_t now);
  // The same for memory-mapped devices. An access belongs to the device in whose range it begins.
  bool maps(uint32_t physical) const { return memory_range(physical) != nullptr; }
  uint32_t load(uint32_t physical, unsigned bytes, uint64_t now);
  void store(uint32_t physical, unsigned bytes, uint32_t value, uint64_t now);

  // When something will happen that no access causes (kNever: nothing will). An event whose interrupt is masked in the
  // 8259s is not among them: it is made up for at the next access that could tell.
  uint64_t next_event() const { return next_event_; }
  void advance(uint64_t now);

  // The processor's INTR, and its acknowledge cycle.
  bool interrupt_pending() const { return pics_->interrupt_pending(); }
  uint8_t acknowledge() { return pics_->acknowledge(); }

 private:
  const PortRange* port_range(uint16_t port) const;
  const MemoryRange* memory_range(uint32_t physical) const;
  template <class Range>
  uint32_t read(const Range& range, uint32_t at, unsigned bytes, uint64_t now);
  template <class Range>
  void write(const Range& range, uint32_t at, unsigned bytes, uint32_t value, uint64_t now);
  void drive(unsigned line, uint64_t now);
  void acted(uint8_t device, uint64_t now);
  void plan();  // next_event_

  Wiring wiring_;
  std::span<Device* const> devices_;
  PicPair* pics_ = nullptr;
  // By line of the wiring: its device's next event, as of its last access that acts or advance().
  static constexpr unsigned kMostLines = 16, kMostDevices = 16;
  static constexpr uint8_t kNoLine = 0xff;
  std::array<uint64_t, kMostLines> events_{};
  std::array<uint8_t, kMostDevices> line_of_{};
  uint64_t next_event_ = kNever;
};

}  // namespace veil::fw
