// An SD card in SPI mode at its pins, as far as a boot loader needs one (SD specifications, part 1, physical layer
// simplified, chapter 7): reset, voltage check, initialisation that takes a few tries, single-block reads. Block or
// byte addressed.
//
// What a real card would not accept is a violation, kept as a sentence: a clock faster than 400 kHz before the card
// is initialised or than 25 MHz after, fewer than 74 clocks before the first command, a command before the one that it
// needs, a wrong CRC where the card looks at it.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace veil::boards {

class SdCard {
 public:
  SdCard(std::vector<uint8_t> image, uint64_t period_ps, bool high_capacity = true);

  // One clock of the board; returns the card's data pin (high when it is not selected).
  bool cycle(bool cs_n, bool sck, bool mosi);
  [[nodiscard]] const std::string& violation() const { return violation_; }
  [[nodiscard]] unsigned sectors_read() const { return sectors_read_; }
  std::vector<uint8_t>& image() { return image_; }
  // Answers the n-th read (from 0) with an error token.
  void fail_read(unsigned n) { failing_read_ = n; }

 private:
  enum class State : uint8_t { off, idle, ready };

  void rising(bool mosi);
  void falling();
  void take(uint8_t byte);
  void execute();
  void read_block(uint32_t sector);
  void fail(const std::string& what);

  std::vector<uint8_t> image_;
  uint64_t period_;
  bool high_capacity_;
  std::string violation_;
  State state_ = State::off;
  bool application_ = false;  // the next command is one of the application's (ACMD)
  unsigned init_tries_ = 0;
  unsigned sectors_read_ = 0, reads_ = 0, failing_read_ = ~0u;
  uint64_t cycles_ = 0, rose_ = 0;
  unsigned idle_clocks_ = 0;
  bool sck_ = false, selected_ = false, out_ = true;
  unsigned bits_ = 0;
  uint8_t in_ = 0, sending_ = 0xff;
  std::vector<uint8_t> command_;
  std::deque<uint8_t> answer_;
};

}  // namespace veil::boards
