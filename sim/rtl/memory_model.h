// DRAM at the Wishbone port: accepts an access a cycle, answers in order after an SDRAM-like latency.
#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include "sim/rtl/rtl_core.h"

namespace veil::sim::rtl {

class MemoryModel {
 public:
  MemoryModel(std::span<const uint8_t> dram, const MemoryTiming& timing)
      : bytes_(dram.begin(), dram.end()), timing_(timing) {}

  // One cycle of the slave: the master's signals as they are; returns the answer for the same cycle's clock edge.
  struct Answer {
    bool ack = false;
    uint32_t data = 0;
  };
  Answer cycle(uint64_t now, bool stb, bool we, uint32_t address, uint32_t data, unsigned sel) {
    Answer answer;
    if (head_ != tail_ && ready_[head_ & kMask] <= now) {
      answer = {true, word_[head_ & kMask]};
      head_++;
    }
    if (!stb) return answer;
    uint64_t when = now + (we ? timing_.write : timing_.first_word);
    if (!we && burst_next_ == address && head_ != tail_) when = last_ready_ + 1;
    if (when <= last_ready_) when = last_ready_ + 1;
    last_ready_ = when;
    burst_next_ = we ? ~0u : address + 4;
    uint32_t word = 0;
    if (address + 4 <= bytes_.size()) {
      std::memcpy(&word, bytes_.data() + address, 4);
      if (we) {
        for (unsigned b = 0; b < 4; b++) {
          if ((sel >> b & 1) != 0) bytes_[address + b] = static_cast<uint8_t>(data >> b * 8);
        }
      }
    }
    ready_[tail_ & kMask] = when;
    word_[tail_ & kMask] = word;
    tail_++;
    return answer;
  }

  const std::vector<uint8_t>& bytes() const { return bytes_; }

 private:
  static constexpr unsigned kMask = 15;  // a burst is eight words
  std::vector<uint8_t> bytes_;
  MemoryTiming timing_;
  uint64_t ready_[kMask + 1] = {};
  uint32_t word_[kMask + 1] = {};
  unsigned head_ = 0, tail_ = 0;
  uint64_t last_ready_ = 0;
  uint32_t burst_next_ = ~0u;
};

}  // namespace veil::sim::rtl
