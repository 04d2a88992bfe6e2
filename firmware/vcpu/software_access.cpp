#include "firmware/vcpu/software_access.h"

#include <array>

#include "firmware/allocator/code_writes.h"
#include "firmware/allocator/paging.h"
#include "firmware/dispatcher/report.h"
#include "firmware/vcpu/native_machine.h"

namespace veil::fw::software {
namespace {

constexpr uint32_t kPageMask = (1u << kPageShift) - 1;

struct Byte {
  uint32_t physical;
  uint8_t value;
};
// The longest: a call through a gate with 31 parameters, 140 bytes, and a few descriptors.
std::array<Byte, 256> stores;
uint32_t count = 0;
// The page that code has been fetched from last.
constexpr uint32_t kNoPage = 1;
uint32_t code_page = kNoPage;
uint32_t code_frame = 0;

uint32_t physical_of(uint32_t linear, bool write, bool user) {
  const x86::PageWalk w = walk(linear, {.write = write, .user = user}, x86::PageMarks::set);
  if (w.status == x86::PageWalk::Status::fault) NativeMachine::page_fault(linear, w.error);
  return w.physical;
}

// Physical addresses of the bytes of an access: the first page's, and the second's if there is one.
struct Place {
  uint32_t first;
  uint32_t in_first;  // bytes
  uint32_t second;
  uint32_t at(uint32_t n) const { return n < in_first ? first + n : second + n - in_first; }
};
Place place_of(uint32_t linear, uint32_t bytes, bool write, bool user) {
  const uint32_t room = kPageMask + 1 - (linear & kPageMask);
  Place p{physical_of(linear, write, user), bytes, 0};
  if (room < bytes) {
    p.in_first = room;
    p.second = physical_of(linear + room, write, user);
  }
  return p;
}

uint8_t byte_at(uint32_t physical) {
  for (uint32_t n = count; n-- > 0;) {
    if (stores[n].physical == physical) return stores[n].value;
  }
  return physical < firmware.guest_memory ? *reinterpret_cast<const volatile uint8_t*>(physical) : 0xff;
}

uint32_t load_from(uint32_t linear, x86::Width width, bool write, bool user) {
  const uint32_t bytes = x86::sem::bytes(width);
  const Place p = place_of(linear, bytes, write, user);
  uint32_t value = 0;
  for (uint32_t n = 0; n < bytes; ++n) value |= static_cast<uint32_t>(byte_at(p.at(n))) << (8 * n);
  return value;
}

}  // namespace

void begin() {
  count = 0;
  code_page = kNoPage;
}

uint32_t load(uint32_t linear, x86::Width width, bool user) { return load_from(linear, width, false, user); }
uint32_t load_to_write(uint32_t linear, x86::Width width, bool user) { return load_from(linear, width, true, user); }

void store(uint32_t linear, x86::Width width, uint32_t value, bool user) {
  const uint32_t bytes = x86::sem::bytes(width);
  const Place p = place_of(linear, bytes, true, user);
  for (uint32_t n = 0; n < bytes; ++n) {
    if (p.at(n) >= firmware.guest_memory) continue;
    if (count == stores.size()) fail("one instruction stores too much");
    stores[count++] = {p.at(n), static_cast<uint8_t>(value >> (8 * n))};
  }
}

uint8_t fetch(uint32_t linear, bool user) {
  if ((linear & ~kPageMask) != code_page) {
    code_frame = physical_of(linear, false, user) & ~kPageMask;
    code_page = linear & ~kPageMask;
  }
  return byte_at(code_frame | (linear & kPageMask));
}

void apply() {
  for (uint32_t n = 0; n < count; ++n) {
    code_written(stores[n].physical, 1);
    *reinterpret_cast<volatile uint8_t*>(stores[n].physical) = stores[n].value;
  }
  count = 0;
}

}  // namespace veil::fw::software
