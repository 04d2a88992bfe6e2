// Translations against the interpreter: the same guest code, state and memory through both.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "guest_code.h"
#include "translated.h"
#include "veil/iss/iss.h"
#include "x86/host/host_machine.h"

namespace veil::translator::test {

class Comparison {
 public:
  explicit Comparison(unsigned width);

  // Runs `code` (at kCodeAt) through translation and interpreter, from a random state. Empty: no difference. Otherwise
  // what differs, with the translation.
  std::string run(const std::vector<uint8_t>& code, const Options& options, uint32_t seed);

  // Of FS, which translations never take for flat; base 0 and 4 GiB at first.
  void set_fs(uint32_t base, uint32_t limit);
  bool supervisor = false;  // system instructions are translated (rings 0 to 2)
  // What the guest state block has besides the registers, at the start; EFLAGS: without the arithmetic flags.
  platform::GuestState system;
  platform::FirmwareState firmware;
  bool flat = true;  // accesses that name no segment; otherwise every access names one
  // A repeated string instruction with ECX = count, EDI = ESI + distance. `passes` counts commits in its middle.
  std::string run_repeat(const std::vector<uint8_t>& code, const Options& options, uint32_t seed, uint32_t count,
                         uint32_t distance, bool down);
  uint64_t passes = 0;

  uint64_t instructions = 0;  // that both have executed
  uint64_t rolled_back = 0;   // runs that ended with a rollback

 private:
  void start_state(uint32_t seed);
  void load_native(const Translated& block);
  std::string run_native();
  std::string compare(const Translated& block, bool stopped);
  std::string compare_start();
  std::string compare_state();

  bool trapped_ = false;
  std::vector<uint8_t> dram_;
  iss::Machine machine_;
  std::vector<uint8_t> memory_;  // the interpreter's
  std::vector<uint8_t> initial_;
  x86::HostMachine reference_;
  x86::HostMachine::State start_;
  x86::Segment fs_{0, 0xffffffff, 0xcf9300};
  std::unique_ptr<x86::DecodeCache<x86::HostMachine, 10>> cache_;
};

}  // namespace veil::translator::test
