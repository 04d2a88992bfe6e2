#include "firmware/devices/bus.h"

#include <algorithm>

namespace veil::fw {
namespace {

constexpr uint32_t ones(unsigned bytes) { return bytes == 4 ? ~0u : (1u << 8 * bytes) - 1; }

}  // namespace

void Bus::reset(const Wiring& wiring, std::span<Device* const> devices, PicPair& pics) {
  wiring_ = wiring;
  devices_ = devices;
  pics_ = &pics;
  line_of_.fill(kNoLine);
  for (unsigned n = 0; n < wiring_.lines.size(); ++n) {
    const uint8_t device = wiring_.lines[n].device;
    line_of_[device] = static_cast<uint8_t>(n);
    events_[n] = devices_[device]->next_event();
  }
  plan();
}

// ---------------------------------------------------------------- time and interrupt lines
void Bus::plan() {
  uint64_t next = kNever;
  for (unsigned n = 0; n < wiring_.lines.size(); ++n) {
    if (events_[n] < next && pics_->heard(wiring_.lines[n].irq)) next = events_[n];
  }
  next_event_ = next;
}

void Bus::drive(unsigned line, uint64_t now) {
  const LineWire& wire = wiring_.lines[line];
  Device& device = *devices_[wire.device];
  const Line level = device.interrupt(now);
  if (level.edge) {
    pics_->set_line(wire.irq, false);
    pics_->set_line(wire.irq, true);
  }
  pics_->set_line(wire.irq, level.high);
  events_[line] = device.next_event();
}

void Bus::advance(uint64_t now) {
  for (unsigned n = 0; n < wiring_.lines.size(); ++n) {
    devices_[wiring_.lines[n].device]->advance(now);
    drive(n, now);
  }
  plan();
}

void Bus::acted(uint8_t device, uint64_t now) {
  const uint8_t line = line_of_[device];
  if (line == kNoLine) return plan();  // the controllers: other lines may be masked now
  const uint64_t before = events_[line];
  drive(line, now);
  if (events_[line] != before) plan();
}

// ---------------------------------------------------------------- accesses
const PortRange* Bus::port_range(uint16_t port) const {
  const uint8_t number = port < wiring_.port_index.size() ? wiring_.port_index[port] : uint8_t{0};
  return number == 0 ? nullptr : &wiring_.ports[number - 1U];
}

const MemoryRange* Bus::memory_range(uint32_t physical) const {
  for (const MemoryRange& range : wiring_.memory) {
    if (physical - range.first < range.bytes) return &range;
  }
  return nullptr;
}

template <class Range>
uint32_t Bus::read(const Range& range, uint32_t at, unsigned bytes, uint64_t now) {
  if (range.traits.catch_up) advance(now);
  const uint32_t value = devices_[range.device]->read({range.region, at - range.first, bytes}, now);
  if (range.traits.read_acts) acted(range.device, now);
  return value & ones(bytes);
}

template <class Range>
void Bus::write(const Range& range, uint32_t at, unsigned bytes, uint32_t value, uint64_t now) {
  if (range.traits.catch_up) advance(now);
  devices_[range.device]->write({range.region, at - range.first, bytes}, value & ones(bytes), now);
  if (range.traits.write_acts) acted(range.device, now);
}

uint32_t Bus::in(uint16_t port, unsigned bytes, uint64_t now) {
  if (const PortRange* range = port_range(port); range != nullptr && (bytes == 1 || range->traits.whole)) {
    return read(*range, port, bytes, now);
  }
  uint32_t value = 0;
  for (unsigned i = 0; i < bytes; ++i) {
    const auto at = static_cast<uint16_t>(port + i);
    const PortRange* range = port_range(at);
    const bool there = range != nullptr && !range->traits.whole;
    value |= (there ? read(*range, at, 1, now) : 0xff) << (8 * i);
  }
  return value;
}

void Bus::out(uint16_t port, unsigned bytes, uint32_t value, uint64_t now) {
  if (const PortRange* range = port_range(port); range != nullptr && (bytes == 1 || range->traits.whole)) {
    return write(*range, port, bytes, value, now);
  }
  for (unsigned i = 0; i < bytes; ++i) {
    const auto at = static_cast<uint16_t>(port + i);
    const PortRange* range = port_range(at);
    if (range != nullptr && !range->traits.whole) write(*range, at, 1, value >> (8 * i), now);
  }
}

uint32_t Bus::load(uint32_t physical, unsigned bytes, uint64_t now) {
  const MemoryRange* range = memory_range(physical);
  if (range == nullptr) return ones(bytes);
  if (range->traits.whole) return read(*range, physical, bytes, now);
  uint32_t value = 0;
  for (unsigned i = 0; i < bytes; ++i) value |= read(*range, physical + i, 1, now) << (8 * i);
  return value;
}

void Bus::store(uint32_t physical, unsigned bytes, uint32_t value, uint64_t now) {
  const MemoryRange* range = memory_range(physical);
  if (range == nullptr) return;
  if (range->traits.whole) return write(*range, physical, bytes, value, now);
  for (unsigned i = 0; i < bytes; ++i) write(*range, physical + i, 1, value >> (8 * i), now);
}

}  // namespace veil::fw
