#include "veil/iss/tlb.h"

#include <cstddef>

namespace veil::iss {

namespace {

constexpr uint32_t kPageShift = 12, kPageBits = 20;

uint32_t log2_of(size_t v) { return 63u - static_cast<uint32_t>(__builtin_clzll(v)); }

// By how many bits a column's hash rotates each field of the page number; -1: it leaves the field out.
constexpr int kRotate[kTlbColumns][5] = {{0, 0, 0, 0, -1}, {0, 1, 2, -1, 0}, {0, 2, -1, 1, 3}, {0, 3, 3, 2, -1}};

uint32_t first_row(uint32_t page, unsigned column, uint32_t width) {
  uint32_t row = 0;
  for (uint32_t bit = 0; bit < kPageBits; bit++) {
    const uint32_t field = bit / width;
    if (field >= 5 || kRotate[column][field] < 0) continue;
    row ^= (page >> bit & 1) << (bit + static_cast<uint32_t>(kRotate[column][field])) % width;
  }
  return row;
}

uint32_t second_row(uint32_t page, uint32_t width) {
  uint32_t row = 0;
  for (uint32_t bit = 0; bit < kPageBits; bit += width) row ^= page >> bit;
  return row & ((1u << width) - 1);
}

// A Galois register of 16 bits; two of its bits, far apart, choose what is replaced.
unsigned choose(uint16_t& random) {
  const unsigned which = (random >> 9 & 1u) << 1 | (random & 1u);
  random = static_cast<uint16_t>(random >> 1 ^ ((random & 1) != 0 ? 0xb400 : 0));
  return which;
}

int place(const State& s, uint32_t page, unsigned column) {
  const size_t rows = s.tlb.size() / kTlbColumns;
  return static_cast<int>(column * rows + first_row(page, column, log2_of(rows)));
}

TlbEntry* second_set(State& s, uint32_t page) {
  return &s.tlb2[second_row(page, log2_of(s.tlb2.size() / kTlbColumns)) * kTlbColumns];
}

bool has(const TlbEntry& entry, uint32_t page) { return entry.valid && entry.page >> kPageShift == page; }

}  // namespace

int tlb_find(const State& s, uint32_t page) {
  for (unsigned c = 0; c < kTlbColumns; c++) {
    const int at = place(s, page, c);
    if (has(s.tlb[static_cast<size_t>(at)], page)) return at;
  }
  return -1;
}

int tlb_walk(State& s, uint32_t page, int keep) {
  const TlbEntry* found = nullptr;
  const TlbEntry* set = second_set(s, page);
  for (unsigned way = 0; way < kTlbColumns; way++) {
    if (has(set[way], page)) found = &set[way];
  }
  const TlbEntry flat{true, page << kPageShift, page << kPageShift | isa::tlb::write | isa::tlb::user, 0};
  if (found == nullptr) {
    const uint32_t mark = page & (kTlbMarks - 1);
    const bool marked = (s.tlb_marks[mark / 64] >> mark % 64 & 1) != 0;
    if (s.xtlbflat == 0 || marked || flat.page >= s.xbound) return -1;
    found = &flat;
  }
  unsigned column = choose(s.tlb_random);
  const size_t rows = s.tlb.size() / kTlbColumns;
  if (keep >= 0 && static_cast<size_t>(keep) / rows == column) column ^= 1;
  for (unsigned c = kTlbColumns; c-- > 0;) {
    if (!s.tlb[static_cast<size_t>(place(s, page, c))].valid) column = c;
  }
  const int at = place(s, page, column);
  s.tlb[static_cast<size_t>(at)] = *found;
  return at;
}

void tlb_enter(State& s, const TlbEntry& entry) {
  const uint32_t page = entry.page >> kPageShift;
  if (const int at = tlb_find(s, page); at >= 0) s.tlb[static_cast<size_t>(at)] = {};
  TlbEntry* set = second_set(s, page);
  unsigned way = choose(s.tlb2_random);
  for (unsigned w = kTlbColumns; w-- > 0;) {
    if (!set[w].valid) way = w;
  }
  for (unsigned w = 0; w < kTlbColumns; w++) {
    if (has(set[w], page)) way = w;
  }
  set[way] = entry;
}

void tlb_drop(State& s, uint32_t page) {
  if (const int at = tlb_find(s, page); at >= 0) s.tlb[static_cast<size_t>(at)] = {};
  TlbEntry* set = second_set(s, page);
  for (unsigned w = 0; w < kTlbColumns; w++) {
    if (has(set[w], page)) set[w] = {};
  }
}

void tlb_drop_all(State& s) {
  for (TlbEntry& entry : s.tlb) entry = {};
  for (TlbEntry& entry : s.tlb2) entry = {};
}

void tlb_mark(State& s, uint32_t page, bool marked) {
  tlb_drop(s, page);
  const uint32_t mark = page & (kTlbMarks - 1);
  const uint64_t bit = 1ull << mark % 64;
  s.tlb_marks[mark / 64] = (s.tlb_marks[mark / 64] & ~bit) | (marked ? bit : 0);
}

}  // namespace veil::iss
