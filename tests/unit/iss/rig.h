// A machine with memory, a host that writes down what it is told, and a place to put code: what ISS tests start from.
#pragma once

#include <cstring>
#include <initializer_list>
#include <vector>

#include "veil/isa/native.h"
#include "veil/isa/platform.h"
#include "veil/iss/iss.h"
#include "veil/iss/tlb.h"

namespace veil::iss::test {

namespace enc = isa::enc;
namespace xs = isa::xstatus;

inline constexpr uint32_t kDram = platform::dram_min;
inline constexpr uint32_t kCode = platform::reset_pc;
inline constexpr uint32_t kHandler = kCode + 0x8000;
inline constexpr uint32_t kData = 0x00010000;  // DRAM outside the concealed part
inline constexpr uint32_t kBound = kDram - platform::concealed_size;

constexpr uint32_t num(isa::Csr c) { return static_cast<uint32_t>(c); }
constexpr uint32_t num(isa::Cause c) { return static_cast<uint32_t>(c); }

struct TestHost : Host {
  struct Write {
    uint32_t offset, value;
  };
  std::vector<Write> writes;
  std::vector<uint32_t> logs;
  uint32_t answer = 0;
  Machine* machine = nullptr;
  uint32_t read(uint32_t) override { return answer; }
  void write(uint32_t offset, uint32_t value) override {
    writes.push_back({offset, value});
    if (offset == platform::host::exit) machine->stop();
  }
  void log(uint32_t value) override { logs.push_back(value); }
};

struct Rig {
  std::vector<uint8_t> dram;
  TestHost host;
  Machine m;

  explicit Rig(const isa::Config& config = *isa::find_config("w4", 2))
      : dram(kDram), m(config, std::span<uint8_t>(dram), &host) {
    host.machine = &m;
    s().mtvec = kHandler;
  }

  State& s() { return m.state(); }
  uint32_t word(uint32_t address) {
    uint32_t value = 0;
    std::memcpy(&value, dram.data() + *m.dram_offset(address), 4);
    return value;
  }
  void set_word(uint32_t address, uint32_t value) { std::memcpy(dram.data() + *m.dram_offset(address), &value, 4); }
  void code(uint32_t address, std::initializer_list<uint32_t> words) {
    for (uint32_t w : words) {
      set_word(address, w);
      address += 4;
    }
    m.flush_decoded();
  }
  // One group at pc 0 of the code area.
  sim::GroupRecord group(std::initializer_list<uint32_t> words, uint32_t at = kCode) {
    code(at, words);
    s().pc = at;
    return step();
  }
  sim::GroupRecord step() {
    sim::GroupRecord record;
    m.step_group(record);
    return record;
  }
  // Speculative mode from the present registers, as after a CSR write.
  void speculate() {
    s().committed_x = m.state().x;
    s().committed_f = m.state().f;
    s().xstatus |= xs::spec;
  }
  // A TLB entry: linear page -> physical page with bits of [tlb].
  void map(uint32_t linear, uint32_t physical, uint32_t bits, uint64_t granules = 0) {
    tlb_enter(s(), {true, linear & ~0xfffu, (physical & ~0xfffu) | bits, granules});
  }
  void guest_memory(uint32_t linear = kData, uint32_t physical = kData) {
    s().xbound = kBound;
    map(linear, physical, isa::tlb::write | isa::tlb::user);
  }
};

}  // namespace veil::iss::test
