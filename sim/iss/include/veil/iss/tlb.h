// The two levels of the TLB, exactly as the core has them (rtl/core/guest/tlb.sv, tlb_second.sv): which page is
// replaced decides which access traps, so ISS and RTL must agree on it. A look-up that hits changes nothing.
//
// Invariant: at most one entry of a level has a page.
#pragma once

#include <cstdint>

#include "veil/isa/native.h"
#include "veil/iss/state.h"

namespace veil::iss {

inline constexpr unsigned kTlbColumns = 4;
inline constexpr uint32_t kTlbMarks = 1u << 14;  // pages 64 MiB apart share a mark

// First level: the place of the page's entry in State::tlb, or -1. Pages are bits 31:12 of an address, shifted down.
int tlb_find(const State& s, uint32_t page);
// A page that the first level lacks, from the second or flat, into the first: its place there, or -1 if the firmware
// must say. The column of entry `keep` (-1: none) is spared.
int tlb_walk(State& s, uint32_t page, int keep);
// Effects of xtlbva, xtlbflush (one, all) and xtlbmark.
void tlb_enter(State& s, const TlbEntry& entry);
void tlb_drop(State& s, uint32_t page);
void tlb_drop_all(State& s);
void tlb_mark(State& s, uint32_t page, bool marked);

}  // namespace veil::iss
