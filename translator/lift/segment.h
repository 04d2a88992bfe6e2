// Which native segment a guest access goes through.
#pragma once

#include "veil/isa/native.h"
#include "veil/x86/machine.h"

namespace veil::translator {

// `flat`: ES CS SS DS have base 0 and limit 4 GiB. A code segment is never writable, flat or not: stores through CS
// keep their segment, which faults.
constexpr uint8_t native_segment(bool flat, x86::Seg seg, bool store) {
  using x86::Seg;
  const bool plain = flat && seg != Seg::fs && seg != Seg::gs && !(store && seg == Seg::cs);
  return plain ? static_cast<uint8_t>(isa::Seg::flat) : static_cast<uint8_t>(seg);
}

}  // namespace veil::translator
