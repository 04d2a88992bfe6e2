// Where bytes of the guest's console go to and come from: the host port on the machine, a buffer in unit tests.
#pragma once

#include <cstdint>
#include <optional>

namespace veil::fw {

class Console {
 public:
  virtual void put(uint8_t byte) = 0;
  virtual std::optional<uint8_t> take() = 0;  // a byte that has come in, if any
  virtual bool ended() const = 0;             // take() has found that no more will come

 protected:
  ~Console() = default;
};

}  // namespace veil::fw
