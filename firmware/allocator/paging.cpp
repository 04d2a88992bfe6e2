#include "firmware/allocator/paging.h"

#include "firmware/allocator/code_writes.h"
#include "firmware/allocator/jump_cache.h"
#include "firmware/dispatcher/state.h"

extern "C" {
veil::fw::JumpCache veil_jump_cache;  // trap.S reads both
uint32_t veil_jump_tag = veil::fw::JumpCache::tag_of(0);
}

namespace veil::fw {
namespace {

constexpr uint32_t kPg = 1u << 31, kWp = 1u << 16;  // CR0
constexpr uint32_t kAll = 1;                        // xtlbflush
constexpr uint32_t kRing3 = 3;

// Guest physical = native physical; loads see gated stores.
struct GuestMemory {
  static uint32_t limit() { return firmware.guest_memory; }
  static uint32_t load(uint32_t physical) { return *reinterpret_cast<const volatile uint32_t*>(physical); }
  static void store(uint32_t physical, uint32_t value) {
    code_written(physical, sizeof value);  // a table may be code as well
    *reinterpret_cast<volatile uint32_t*>(physical) = value;
  }
};

uint32_t cr0() { return *const_cast<const volatile uint32_t*>(&guest_state().cr0); }
// Tags of the jump table (xjttag): one for each context, anew whenever addresses change their meaning.
constexpr uint32_t kContexts = 4, kEpochs = 256 / kContexts;
uint32_t epoch = 0;
uint32_t jump_context = 0;

void write_tag() {
  const uint32_t tag = epoch * kContexts + jump_context;
  native::csr_write<isa::Csr::xjttag>(tag);
  veil_jump_tag = JumpCache::tag_of(tag);
}

// Pages that the jump table may lead to, by some bits of their numbers: invlpg of another page leaves it alone.
constexpr uint32_t kPageBits = 256;
uint32_t jump_pages[kPageBits / 32] = {};
uint32_t jump_page(uint32_t linear) { return linear >> kPageShift ^ linear >> 22; }

void forget_jumps() {
  for (uint32_t& word : jump_pages) word = 0;
  if (++epoch == kEpochs) {
    epoch = 0;
    native::csr_write<isa::Csr::xjtflush>(~0u);
    veil_jump_cache.clear();
  }
  write_tag();
}

uint32_t cr3() { return *const_cast<const volatile uint32_t*>(&guest_state().cr3); }

}  // namespace

bool paging_on() { return (cr0() & kPg) != 0; }

x86::PageWalk walk(uint32_t linear, x86::PageAccess access, x86::PageMarks marks) {
  if (!paging_on()) return {.physical = linear, .write = true, .user = true};
  return x86::walk_pages(GuestMemory{}, cr3(), (cr0() & kWp) != 0, linear, access, marks);
}

std::optional<uint32_t> code_physical(uint32_t linear) {
  const x86::PageWalk w = walk(linear, {.user = guest_state().cpl == kRing3}, x86::PageMarks::keep);
  if (w.status != x86::PageWalk::Status::ok) return std::nullopt;
  return w.physical;
}

void say_whether_flat() { native::csr_write<isa::Csr::xtlbflat>(paging_on() ? 0 : 1); }

void forget_pages() {
  say_whether_flat();  // what was flat is dropped with the rest
  native::csr_write<isa::Csr::xtlbflush>(kAll);
  forget_jumps();
}

void forget_page_entry(uint32_t linear) { native::csr_write<isa::Csr::xtlbflush>(linear & ~kAll); }

void forget_page(uint32_t linear) {
  forget_page_entry(linear);
  const uint32_t page = jump_page(linear);
  if ((jump_pages[page % kPageBits / 32] >> page % 32 & 1) != 0) forget_jumps();
}

// A translation may rest on the next page, too.
void remember_jump(uint32_t eip, uint32_t translation) {
  for (const uint32_t linear : {eip, eip + (1u << kPageShift)}) {
    const uint32_t page = jump_page(linear);
    jump_pages[page % kPageBits / 32] |= 1u << page % 32;
  }
  native::csr_write<isa::Csr::xjtkey>(eip);
  native::csr_write<isa::Csr::xjtval>(translation);
  veil_jump_cache.remember(veil_jump_tag, eip, translation);
}

void forget_all_jumps() {
  native::csr_write<isa::Csr::xjtflush>(~0u);
  veil_jump_cache.clear();
}

void forget_jump(uint32_t eip) {
  native::csr_write<isa::Csr::xjtflush>(eip);
  veil_jump_cache.forget(eip);
}

void set_jump_context(uint32_t context) {
  jump_context = context;
  write_tag();
}

void set_user_mode(bool user) {
  if (user) {
    isa::native::csr_set<isa::Csr::xstatus>(isa::xstatus::user);
  } else {
    isa::native::csr_clear<isa::Csr::xstatus>(isa::xstatus::user);
  }
}

}  // namespace veil::fw
