// A whole simulated board: SoC, boot ROM, SDRAM chip that checks its data sheet, serial line. No SD card in its slot.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "boards/sim/serial_line.h"

namespace veil::boards {

class Board {
 public:
  static const unsigned kBitCycles;  // of the serial line

  explicit Board(uint32_t seed = 0);  // seed: of what is in flip-flops at power-on
  ~Board();
  Board(const Board&) = delete;
  Board& operator=(const Board&) = delete;

  void cycle();
  SerialLine line{kBitCycles};
  [[nodiscard]] bool ended() const;
  [[nodiscard]] unsigned leds() const;
  [[nodiscard]] uint64_t cycles() const;
  [[nodiscard]] uint64_t cycles_per_second() const;    // of the board that is simulated
  [[nodiscard]] const std::string& violation() const;  // of the SDRAM's data sheet; empty: none
  [[nodiscard]] std::vector<uint8_t>& dram();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace veil::boards
