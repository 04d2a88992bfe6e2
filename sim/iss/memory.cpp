// The three kinds of access (docs/internals/native-machine.md, "Memory"): every check first, then the effect.
#include <bit>

#include "core.h"
#include "veil/iss/tlb.h"

namespace veil::iss {

using isa::Cause;
using isa::Counter;

namespace {

constexpr uint32_t kPage = 4096;
constexpr unsigned kFlat = static_cast<unsigned>(isa::Seg::flat), kMon = static_cast<unsigned>(isa::Seg::mon);

constexpr uint32_t low_bytes(uint32_t value, uint32_t bytes) {
  return bytes == 4 ? value : value & ((1u << bytes * 8) - 1);
}

uint32_t words_touched(uint32_t offset, uint32_t bytes) { return ((offset & 3) + bytes + 3) / 4; }

uint32_t read_bytes(const uint8_t* p, uint32_t bytes) {
  uint32_t value = 0;
  switch (bytes) {  // sizes known to the compiler
    case 4:
      std::memcpy(&value, p, 4);
      break;
    case 2:
      std::memcpy(&value, p, 2);
      break;
    case 1:
      value = *p;
      break;
    default:
      std::memcpy(&value, p, bytes);
      break;
  }
  return value;
}

// Bytes of the access that fall into the aligned word at `word`.
uint8_t mask_in_word(uint32_t word, uint32_t offset, uint32_t bytes) {
  unsigned mask = 0;
  for (uint32_t i = 0; i < 4; i++) {
    if (word + i - offset < bytes) mask |= 1u << i;
  }
  return static_cast<uint8_t>(mask);
}

bool overlaps(const std::vector<WordBytes>& table, uint32_t offset, uint32_t bytes) {
  for (uint32_t word = offset & ~3u; word < offset + bytes; word += 4) {
    const uint8_t mask = mask_in_word(word, offset, bytes);
    for (const WordBytes& entry : table) {
      if (entry.offset == word && (entry.mask & mask) != 0) return true;
    }
  }
  return false;
}

}  // namespace

// ---------------------------------------------------------------- gated data

uint32_t Core::overlay(uint32_t offset, uint32_t bytes, uint32_t value) const {
  const uint64_t places = 1ull << (offset >> 2 & 63) | 1ull << ((offset + bytes - 1) >> 2 & 63);
  if ((filter_ & places) == 0) return value;
  for (const WordBytes& entry : s.gated) {
    for (uint32_t i = 0; i < 4; i++) {
      const uint32_t at = entry.offset + i - offset;  // wraps below the access
      if (at >= bytes || (entry.mask >> i & 1) == 0) continue;
      value = (value & ~(0xffu << at * 8)) | (entry.data >> i * 8 & 0xff) << at * 8;
    }
  }
  return value;
}

void Core::gate(uint32_t offset, uint32_t bytes, uint32_t value) {
  for (uint32_t word = offset & ~3u; word < offset + bytes; word += 4) {
    const uint32_t data = word <= offset ? value << (offset - word) * 8 : value >> (word - offset) * 8;
    s.gated.push_back({word, mask_in_word(word, offset, bytes), data});
    filter_ |= 1ull << (word >> 2 & 63);
  }
  uint64_t& high = count(Counter::store_buffer_high);
  if (s.gated.size() > high) high = s.gated.size();
}

void Core::drain() {
  for (const WordBytes& entry : s.gated) {
    for (uint32_t i = 0; i < 4; i++) {
      if ((entry.mask >> i & 1) != 0) dram_[entry.offset + i] = static_cast<uint8_t>(entry.data >> i * 8);
    }
  }
  s.gated.clear();
  filter_ = 0;
}

void Core::rebuild_filter() {
  filter_ = 0;
  for (const WordBytes& entry : s.gated) filter_ |= 1ull << (entry.offset >> 2 & 63);
}

// ---------------------------------------------------------------- ordinary accesses

Fault Core::check_native(uint32_t address, uint32_t bytes, bool store) const {
  if ((address & (bytes - 1)) != 0) return fault(store ? Cause::store_misaligned : Cause::load_misaligned, address);
  const bool present = address < dram_.size() || address - platform::concealed_window < platform::concealed_size ||
                       (bytes == 4 && address - platform::mmio < platform::mmio_size);
  if (!present) return fault(store ? Cause::store_access : Cause::load_access, address);
  return {};
}

bool Core::native_load(uint32_t address, uint32_t bytes, uint32_t& value) {
  if (const Fault f = check_native(address, bytes, false)) return trap(f);
  if (const uint8_t* p = memory(address)) {
    value = read_bytes(p, bytes);
    if (filter_ != 0) value = overlay(dram_offset(p), bytes, value);
  } else if (injected) {
    value = read_nondeterministic(0);
  } else {
    value = host_ != nullptr ? host_->read(address - platform::mmio) : 0;
  }
  if (record != nullptr) {
    record->mem = {sim::MemKind::load, false, static_cast<uint8_t>(bytes), address, 0, 0};
  }
  return true;
}

bool Core::native_store(uint32_t address, uint32_t bytes, uint32_t value) {
  if (const Fault f = check_native(address, bytes, true)) return trap(f);
  if (uint8_t* p = memory(address)) {
    std::memcpy(p, &value, bytes);
  } else if (host_ != nullptr) {
    host_->write(address - platform::mmio, value);
  }
  if (record != nullptr) {
    record->mem = {sim::MemKind::store, false, static_cast<uint8_t>(bytes), address, 0, low_bytes(value, bytes)};
  }
  return true;
}

// ---------------------------------------------------------------- guest accesses

// The TLB's entry of a page, out of the first level or brought there; -1: the firmware must say. An access's first part
// keeps its entry when the second's comes in.
int Core::translation(uint32_t page, const Access& access) {
  uint16_t& hint = tlb_hints_[page % tlb_hints_.size()];
  if (s.tlb[hint].valid && s.tlb[hint].page == page << 12) return hint;
  int at = tlb_find(s, page);
  if (at < 0) {
    at = tlb_walk(s, page, access.parts != 0 ? access.part[0].entry : -1);
    if (at < 0) return -1;
    count(Counter::tlb_walks)++;
  }
  hint = static_cast<uint16_t>(at);
  return at;
}

// Checks of one page's part, in the order that the machine's page gives. `entries`: store buffer entries that the
// access's earlier part needs.
Fault Core::check_part(uint32_t linear, uint32_t bytes, bool store, bool guard, uint32_t entries, Access& access) {
  const int at = translation(linear >> 12, access);
  if (at < 0) return fault(store ? Cause::tlb_store : Cause::tlb_load, linear);
  const TlbEntry& entry = s.tlb[static_cast<size_t>(at)];
  if ((store && (entry.physical & isa::tlb::write) == 0) ||
      ((s.xstatus & isa::xstatus::user) != 0 && (entry.physical & isa::tlb::user) == 0)) {
    return fault(Cause::protection, linear);
  }
  if ((entry.physical & isa::tlb::io) != 0) return fault(Cause::io, linear);
  const uint32_t in_page = linear & (kPage - 1);
  const uint32_t physical = (entry.physical & ~(kPage - 1)) | in_page;
  if (physical >= s.xbound) return fault(Cause::bound, linear);
  if (store && ((entry.granules >> (in_page >> 6) | entry.granules >> ((in_page + bytes - 1) >> 6)) & 1) != 0) {
    return fault(Cause::code_write, linear);
  }
  const uint8_t* p = memory(physical);
  if (p == nullptr) return fault(store ? Cause::store_access : Cause::load_access, linear);
  const uint32_t offset = dram_offset(p);
  const uint32_t need = entries + words_touched(offset, bytes);
  if (guard && (store ? overlaps(s.protected_, offset, bytes) : s.protected_.size() + need > config.alias_entries)) {
    return fault(Cause::alias, linear);
  }
  if (store && s.gated.size() + need > config.store_buffer) return fault(Cause::store_overflow, linear);
  access.part[access.parts++] = {physical, offset, bytes, at};
  return {};
}

Fault Core::check_gated(unsigned seg, uint32_t offset, uint32_t bytes, bool store, bool guard, Access& access) {
  if (seg == kMon) {
    Fault f = check_native(offset, bytes, store);
    const uint8_t* p = f ? nullptr : memory(offset);
    if (!f && p == nullptr) f = fault(store ? Cause::store_access : Cause::load_access, offset);
    if (!f && store && s.gated.size() + 1 > config.store_buffer) f = fault(Cause::store_overflow, offset);
    if (!f) access.part[access.parts++] = {offset, dram_offset(p), bytes};
    return f;
  }
  uint32_t linear = offset;
  if (seg != kFlat) {
    const Segment& segment = s.segments[seg];
    linear += segment.base;
    const uint32_t last = offset + bytes - 1;
    const bool kind = (segment.attributes & (store ? isa::segattr::write : isa::segattr::read)) != 0;
    bool inside = last >= offset;
    if ((segment.attributes & isa::segattr::down) != 0) {
      const uint32_t upper = (segment.attributes & isa::segattr::big) != 0 ? 0xffffffffu : 0xffffu;
      inside = inside && offset > segment.limit && last <= upper;
    } else {
      inside = inside && last <= segment.limit;
    }
    if (!kind || !inside) return fault(Cause::segment, linear);
  }
  const uint32_t room = kPage - (linear & (kPage - 1));
  if (bytes <= room) return check_part(linear, bytes, store, guard, 0, access);
  if (const Fault f = check_part(linear, room, store, guard, 0, access)) return f;
  const uint32_t first = words_touched(access.part[0].offset, room);
  return check_part(linear + room, bytes - room, store, guard, first, access);
}

bool Core::gated_load(unsigned seg, uint32_t offset, uint32_t bytes, bool guard, uint32_t& value) {
  Access access;
  if (const Fault f = check_gated(seg, offset, bytes, false, guard, access)) return trap(f);
  value = 0;
  uint32_t done = 0;
  for (unsigned i = 0; i < access.parts; i++) {
    const Access::Part& part = access.part[i];
    uint32_t piece = read_bytes(dram_.data() + part.offset, part.bytes);
    if (filter_ != 0) piece = overlay(part.offset, part.bytes, piece);
    value |= piece << done * 8;
    done += part.bytes;
    if (!guard) continue;
    for (uint32_t word = part.offset & ~3u; word < part.offset + part.bytes; word += 4) {
      s.protected_.push_back({word, mask_in_word(word, part.offset, part.bytes), 0});
    }
  }
  if (record != nullptr) {
    record->mem = {sim::MemKind::load,      false, static_cast<uint8_t>(bytes), access.part[0].physical,
                   access.part[1].physical, 0};
  }
  return true;
}

bool Core::gated_store(unsigned seg, uint32_t offset, uint32_t bytes, bool guard, uint32_t value) {
  Access access;
  if (const Fault f = check_gated(seg, offset, bytes, true, guard, access)) return trap(f);
  uint32_t done = 0;
  for (unsigned i = 0; i < access.parts; i++) {
    const Access::Part& part = access.part[i];
    gate(part.offset, part.bytes, low_bytes(value >> done * 8, part.bytes));
    done += part.bytes;
  }
  if (record != nullptr) {
    record->mem = {sim::MemKind::store,         true,
                   static_cast<uint8_t>(bytes), access.part[0].physical,
                   access.part[1].physical,     low_bytes(value, bytes)};
  }
  return true;
}

}  // namespace veil::iss
