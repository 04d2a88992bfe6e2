// Code is found as the processor finds it: code segment, page tables, ends of pages and of memory.
#include "sim/trace/guest_code.h"

#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <vector>

#include "veil/isa/platform.h"

using namespace veil;

namespace {

constexpr uint32_t kDram = 8u << 20;

void put(std::vector<uint8_t>& dram, uint32_t at, uint32_t value) {
  if (at >= platform::concealed_window) at = at - platform::concealed_window + kDram - platform::concealed_size;
  std::memcpy(dram.data() + at, &value, sizeof value);
}

void field(std::vector<uint8_t>& dram, uint32_t offset, uint32_t value) {
  put(dram, platform::guest_state_address + offset, value);
}

std::vector<uint8_t> read(const std::vector<uint8_t>& dram, uint32_t eip, size_t bytes) {
  const sim::Shadow shadow(dram);
  std::vector<uint8_t> code(bytes);
  code.resize(sim::read_guest_code(shadow, eip, code));
  return code;
}

}  // namespace

TEST_CASE("flat, with a segment's base, and up to the end of memory") {
  std::vector<uint8_t> dram(kDram);
  put(dram, 0x1000, 0x44332211);
  CHECK(read(dram, 0x1001, 3) == std::vector<uint8_t>{0x22, 0x33, 0x44});
  field(dram, platform::guest_state::cs_base, 0x800);
  CHECK(read(dram, 0x800, 2) == std::vector<uint8_t>{0x11, 0x22});
  field(dram, platform::guest_state::cs_base, 0);
  const uint32_t end = kDram - platform::concealed_size;
  CHECK(read(dram, end - 2, 8).size() == 2);  // nothing of concealed memory
  CHECK(read(dram, end, 8).empty());
  CHECK(read(dram, platform::concealed_window, 8).empty());
}

TEST_CASE("through page tables, page by page") {
  constexpr uint32_t kPresent = 1;
  std::vector<uint8_t> dram(kDram);
  field(dram, platform::guest_state::cr0, 0x80000001);
  field(dram, platform::guest_state::cr3, 0x10000);
  put(dram, 0x10000 + 4 * 0x100, 0x11000 | kPresent);  // 0x40000000
  put(dram, 0x11000, 0x30000 | kPresent);
  put(dram, 0x11004, 0x20000 | kPresent);
  put(dram, 0x30ffc, 0xddccbbaa);
  put(dram, 0x20000, 0x44332211);
  CHECK(read(dram, 0x40000ffe, 4) == std::vector<uint8_t>{0xcc, 0xdd, 0x11, 0x22});
  CHECK(read(dram, 0x40001ffe, 4).size() == 2);  // the next page is not present
  CHECK(read(dram, 0x1000, 4).empty());
  put(dram, 0x11004, platform::concealed_window | kPresent);
  CHECK(read(dram, 0x40001000, 4).empty());
}
