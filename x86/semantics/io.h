// in and out: after everything that can fault, since a port cannot be read twice.
#pragma once

#include "x86/semantics/string.h"

namespace veil::x86::sem {

template <InterpreterMachine M, class I>
void in(M& m, const I& i) {
  const auto port = static_cast<uint16_t>(read<1>(m, i));
  if (port_allowed(m, port, i.width(0))) write<0>(m, i, m.in(port, i.width(0)));
}

template <InterpreterMachine M, class I>
void out(M& m, const I& i) {
  const auto port = static_cast<uint16_t>(read<0>(m, i));
  if (port_allowed(m, port, i.width(1))) m.out(port, i.width(1), read<1>(m, i) & mask(i.width(1)));
}

}  // namespace veil::x86::sem
