// The last step: exit stubs after the body, and the offsets that lead to them.
#pragma once

#include <span>

#include "backend/schedule.h"
#include "veil/translator.h"

namespace veil::translator {

struct Emitted {
  bool ok = false;  // false: no room
  uint32_t words = 0;
  uint32_t exits = 0;
  uint32_t gate = 0;  // word offset; 0: none
};

Emitted emit_exits(const Code& code, const Body& body, const ScheduleScratch& scratch, const Request& request,
                   std::span<uint32_t> out, std::span<Exit> exits);

}  // namespace veil::translator
