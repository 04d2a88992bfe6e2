// What every device of the PC is to the bus. Accesses come whole, as wide as the wiring table says; time comes with
// each
// (`now`, which never goes back).
#pragma once

#include <cstdint>

#include "firmware/devices/time.h"

namespace veil::fw {

// Where in a device: `region` is the number that the wiring table gives the range, `offset` counts from its beginning.
struct Place {
  uint8_t region = 0;
  uint32_t offset = 0;
  unsigned bytes = 1;  // 1, 2 or 4
};

// An interrupt line. `edge`: it has fallen and risen again since the last time that somebody asked.
struct Line {
  bool high = false;
  bool edge = false;
};

class Device {
 public:
  virtual uint32_t read(const Place& at, uint64_t now) = 0;
  virtual void write(const Place& at, uint32_t value, uint64_t now) = 0;
  // When something will happen that no access causes; kNever.
  virtual uint64_t next_event() const { return kNever; }
  virtual void advance(uint64_t) {}
  virtual Line interrupt(uint64_t) { return {}; }

 protected:
  ~Device() = default;
};

}  // namespace veil::fw
