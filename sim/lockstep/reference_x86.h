// An x86 that owes Veil nothing: Unicorn (QEMU's translator), flat 32-bit protected mode, one instruction at a time.
#pragma once

#include <unicorn/unicorn.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/trace/shadow.h"

namespace veil::lockstep {

class ReferenceX86 {
 public:
  // `memory` is guest memory at the start; the reference keeps its own copy.
  explicit ReferenceX86(std::span<const uint8_t> memory);
  ReferenceX86(const ReferenceX86&) = delete;
  ReferenceX86& operator=(const ReferenceX86&) = delete;
  ~ReferenceX86();

  void set(const sim::GuestState& state);
  sim::GuestState get() const;
  // Executes the instruction at `eip`; a repeated string instruction to its end. `jumps`: it may go anywhere, itself
  // included. Returns an empty text, or why it could not.
  std::string step(uint32_t eip, unsigned length, bool repeats, bool jumps);

  std::span<uint8_t> memory() { return memory_; }
  // Host code has changed guest memory: forget what was translated from it.
  void changed(uint32_t address, uint32_t bytes);
  // Stores of step() since the last call.
  std::vector<sim::FinalStore> take_stores();

 private:
  static void on_write(uc_engine*, uc_mem_type, uint64_t address, int size, int64_t, void* self);

  uc_engine* engine_ = nullptr;
  std::vector<uint8_t> memory_;  // page-aligned part of it is mapped, see the constructor
  std::vector<sim::FinalStore> stores_;
};

}  // namespace veil::lockstep
