// A whole simulated board: SoC, boot ROM, SDRAM chip that checks its data sheet, serial line; an SD card if one is put
// in.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "boards/sim/sd_card.h"
#include "boards/sim/serial_line.h"

namespace veil::boards {

class Board {
 public:
  static const unsigned kBitCycles;  // of the serial line

  // seed: of what is in flip-flops at power-on
  explicit Board(uint32_t seed = 0);
  ~Board();
  Board(const Board&) = delete;
  Board& operator=(const Board&) = delete;

  // Before the first cycle.
  SdCard& insert(std::vector<uint8_t> image, bool high_capacity = true);
  void cycle();
  SerialLine line{kBitCycles};
  [[nodiscard]] bool ended() const;
  [[nodiscard]] unsigned leds() const;
  [[nodiscard]] uint64_t cycles() const;
  [[nodiscard]] uint64_t cycles_per_second() const;    // of the board that is simulated
  [[nodiscard]] const std::string& violation() const;  // of a data sheet (SDRAM, SD card); empty: none
  [[nodiscard]] std::vector<uint8_t>& dram();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace veil::boards
