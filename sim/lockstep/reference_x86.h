// An x86 that owes Veil nothing: Unicorn (QEMU's translator) in 32-bit protected mode, one instruction at a time, in
// both rings and with any segments. It is given its system state; it never changes it by itself (guest_checker.h).
//
// Unicorn 2.0.1 does not translate linear addresses, so its own paging stays off: its address space is the guest's
// linear one, into which pages are mapped when they are first touched, as ReferencePages finds them.
#pragma once

#include <unicorn/unicorn.h>

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "sim/lockstep/reference_pages.h"
#include "sim/trace/shadow.h"

namespace veil::lockstep {

struct ReferenceSegment {
  uint32_t selector = 0;
  uint32_t base = 0;
  uint32_t limit = 0;
  uint32_t attr = 0;  // bits 23:8 of a descriptor's high word; 0: no segment
  bool operator==(const ReferenceSegment&) const = default;
};

// What instructions depend on beyond registers and flags.
struct ReferenceSystem {
  uint32_t cr0 = 0, cr3 = 0;
  uint32_t cpl = 0;
  std::array<ReferenceSegment, 6> segments{};  // es cs ss ds fs gs
  bool operator==(const ReferenceSystem&) const = default;
};

// How a step ended.
enum class Stepped : uint8_t {
  done,
  fault,      // the reference would have raised an exception: `error` says which
  no_memory,  // it reached a physical page without memory
  ahead,      // it wanted code that is not the instruction's, before executing that
};

class ReferenceX86 {
 public:
  // `memory` is guest memory at the start; the reference keeps its own copy.
  explicit ReferenceX86(std::span<const uint8_t> memory);
  ReferenceX86(const ReferenceX86&) = delete;
  ReferenceX86& operator=(const ReferenceX86&) = delete;
  ~ReferenceX86();

  void set(const sim::GuestState& state);
  sim::GuestState get() const;
  // False: the reference cannot be brought into this state. `flush`: forget all pages, as the guest has asked for.
  bool set_system(const ReferenceSystem& system, bool flush);
  const ReferenceSystem& system() const { return system_; }

  // Executes the instruction at `eip`; a repeated string instruction to its end. `jumps`: it may go anywhere, itself
  // included.
  Stepped step(uint32_t eip, unsigned length, bool repeats, bool jumps);
  const std::string& error() const { return error_; }
  // After Stepped::fault: the vector; for a page fault the linear address.
  uint8_t exception() const { return static_cast<uint8_t>(exception_); }
  uint32_t missing() const { return missing_; }

  std::span<uint8_t> memory() { return memory_; }
  // Memory at a linear address, as far as there is any.
  size_t read(uint32_t linear, std::span<uint8_t> bytes) const;
  // Bytes of code at `eip`, as far as there are any.
  size_t code(uint32_t eip, std::span<uint8_t> bytes) const;
  // Host code has changed guest memory: forget what was translated from it.
  void changed(uint32_t physical, uint32_t bytes);
  // Stores of step() since the last call (physical addresses), its changes of page tables among them.
  std::vector<sim::FinalStore> take_stores();

 private:
  static void on_write(uc_engine*, uc_mem_type, uint64_t address, int size, int64_t, void* self);
  static bool on_missing(uc_engine*, uc_mem_type, uint64_t address, int size, int64_t, void* self);
  static void on_exception(uc_engine*, uint32_t vector, void* self);

  uc_err start(uint32_t eip, uint64_t until, size_t count);
  bool map(uint32_t linear, bool write, bool mark);
  void map_all();
  void unmap(uint32_t linear, size_t bytes);
  void unmap_all();
  bool load_segments(const ReferenceSystem& system);
  void resolve_stores();
  void forget_exception();
  Stepped outcome(uc_err error, uint32_t eip, unsigned length);

  uc_engine* engine_ = nullptr;
  uc_context* fresh_ = nullptr;  // of a processor that has done nothing
  std::vector<uint8_t> memory_;
  ReferencePages pages_;
  ReferenceSystem system_;
  bool whole_ = false;                          // linear = physical: all of memory is mapped
  std::map<uint32_t, uint32_t> mapped_;         // linear page -> frame
  std::multimap<uint32_t, uint32_t> by_frame_;  // and back
  std::vector<sim::FinalStore> linear_stores_;  // of the running step
  std::vector<sim::FinalStore> stores_;
  std::string error_;
  bool no_memory_ = false;
  uint32_t missing_ = 0;  // linear address that could not be reached
  bool missing_code_ = false;
  int exception_ = -1;
};

}  // namespace veil::lockstep
