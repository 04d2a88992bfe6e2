// Space handed out from a circular buffer in order of age, every piece contiguous: what is freed is always the oldest.
// Holds no data and no list of pieces: the owner knows where each piece starts, and tells when it frees one.
#pragma once

#include <cstdint>

namespace veil::fw {

class Ring {
 public:
  static constexpr uint32_t kNoRoom = ~0u;

  void reset(uint32_t capacity) { *this = Ring(capacity); }

  Ring() = default;
  explicit Ring(uint32_t capacity) : capacity_(capacity) {}

  uint32_t capacity() const { return capacity_; }

  // Where a piece of n units would start, or kNoRoom if the oldest piece is in the way.
  uint32_t place(uint32_t n) const {
    if (empty_) return n <= capacity_ ? 0 : kNoRoom;
    if (head_ > tail_) {
      if (capacity_ - head_ >= n) return head_;
      return tail_ >= n ? 0 : kNoRoom;  // the rest at the end stays unused this time round
    }
    return tail_ - head_ >= n ? head_ : kNoRoom;  // head == tail: full
  }

  // n > 0 units from `start`, which place() has answered for at least n.
  void take(uint32_t start, uint32_t n) {
    if (empty_) tail_ = start;
    empty_ = false;
    head_ = start + n;
  }

  // The oldest piece goes; the next oldest starts at `next_start`.
  void free_oldest(uint32_t next_start) { tail_ = next_start; }
  void free_last() { *this = Ring(capacity_); }

 private:
  uint32_t capacity_ = 0;
  uint32_t head_ = 0;  // after the youngest piece
  uint32_t tail_ = 0;  // start of the oldest piece
  bool empty_ = true;
};

}  // namespace veil::fw
