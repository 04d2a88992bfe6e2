// Guest memory without the guest access path: one instruction whose accesses the hardware would not complete is done
// with the page walk and plain loads and stores. Whatever it was (a page fault, accessed and dirty bits, a page without
// memory, more stores than the store buffer has, too many pages in one set of the TLB), this way ends.
//
// Stores wait in a list, where loads see them, until apply(): up to there the instruction may fail and leaves nothing.
#pragma once

#include <cstdint>

#include "veil/x86/insn.h"
#include "veil/x86/machine.h"

namespace veil::fw::software {

// An instruction begins: no stores.
void begin();
// Linear addresses; a page that may not be accessed is a #PF (does not return). A page without memory reads all ones
// and loses what is written to it.
uint32_t load(uint32_t linear, x86::Width width, bool user);
uint32_t load_to_write(uint32_t linear, x86::Width width, bool user);  // what forbids a store faults
void store(uint32_t linear, x86::Width width, uint32_t value, bool user);
// One byte of code
uint8_t fetch(uint32_t linear, bool user);
// The stores happen; translations made from what they change are dropped.
void apply();

}  // namespace veil::fw::software
