// The host port: guest console on standard input and output (raw bytes), the firmware's own report on standard error,
// exit, size of memory, the time since the start.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "sim/engine/engine.h"

namespace veil::cli {

class Console final : public sim::HostPort {
 public:
  explicit Console(uint32_t dram_bytes) : dram_bytes_(dram_bytes) {}
  ~Console() override {
    flush();
    hide();
  }

  uint32_t read(uint32_t offset) override;
  void write(uint32_t offset, uint32_t value) override;

  // The value of the exit register, once written.
  std::optional<uint32_t> exit() const { return exit_; }
  // The firmware waits until the machine, all of which is in memory now, has been saved.
  bool to_be_saved() const { return to_be_saved_; }
  void saved() { to_be_saved_ = false; }
  void flush();
  // Why standard output takes no more; 0: it does.
  int output_error() const { return output_error_; }
  // Shows a line that is no output of the guest: on the terminal's last line, removed before anything else is written.
  // Only while the guest's own output is at the start of a line.
  void show(const std::string& line);
  void hide();

 private:
  uint32_t take_input();
  uint32_t take_time();
  void put(char byte);

  uint32_t dram_bytes_;
  std::optional<uint32_t> exit_;
  bool to_be_saved_ = false;
  std::string output_;
  std::string report_;
  std::string input_;
  size_t input_next_ = 0;
  bool input_ended_ = false;
  int output_error_ = 0;
  bool at_line_start_ = true;
  bool shown_ = false;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  uint32_t time_high_ = 0;  // as of the last read of the low word
};

}  // namespace veil::cli
