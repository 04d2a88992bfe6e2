// One translation and what is needed to look at it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "veil/translator.h"

namespace veil::translator::test {

inline constexpr uint32_t kNativeBase = 0x7ff00100;
inline constexpr uint32_t kDispatcherExit = 0x7ff00000;

struct Translated {
  Result result;
  std::vector<uint32_t> words;
  std::vector<Exit> exits;
};

// What a request says besides.
struct Circumstances {
  uint32_t dispatcher_exit = kDispatcherExit;
  uint32_t indirect_exit = 0;
  uint32_t interpret_exit = 0;
  bool supervisor = false;  // and counted_time
  bool flat = true;
  bool paging = false;
  std::span<const uint8_t> beyond = {};
  bool checks = false;
};

Translated translate_code(std::span<const uint8_t> code, const Options& options, uint32_t eip,
                          const Circumstances& circumstances = {});

}  // namespace veil::translator::test
