// The IA-32 page walk: two levels, 4 KB pages (SDM vol. 3, 4.3). Pure over a memory, so the firmware's TLB refill and
// the host's reference machine walk alike.
//
// Memory has: uint32_t limit(), the guest's physical memory ends there; uint32_t load(uint32_t physical) and
// void store(uint32_t physical, uint32_t value), words below the limit.
//
// An entry at or above the limit is in no memory: it reads all ones, as all unassigned memory does, and is
// neither loaded nor stored. Such an entry is present, allows everything, and names frame 0xfffff, which has no
// memory either. So a page table in concealed memory shows nothing of it.
#pragma once

#include <cstdint>

namespace veil::x86 {

namespace page {
// Bits of directory and table entries (SDM vol. 3, tables 4-5 and 4-6).
inline constexpr uint32_t kPresent = 1u << 0, kWrite = 1u << 1, kUser = 1u << 2, kAccessed = 1u << 5, kDirty = 1u << 6,
                          kFrame = 0xfffff000;
// Bits of a page fault's error code (SDM vol. 3, 4.7). No execute-disable here, so a fetch is a read.
inline constexpr uint32_t kErrorPresent = 1u << 0, kErrorWrite = 1u << 1, kErrorUser = 1u << 2;
}  // namespace page

struct PageAccess {
  bool write = false;
  bool user = false;  // CPL 3, and not one of the processor's own accesses to its tables
};

struct PageWalk {
  enum class Status : uint8_t {
    ok,
    unmarked,  // allowed, but accessed or dirty bits have to be set first, which was not asked for
    fault,
  };
  Status status = Status::ok;
  uint32_t error = 0;     // fault: error code
  uint32_t physical = 0;  // ok: of the byte asked for
  // What a TLB entry that this access fills may allow. `write` without the access being one only if D is set.
  // With CR0.WP = 0 a supervisor's write to a read-only page gives an entry that is written, but not user's.
  bool write = false;
  bool user = false;
};

enum class PageMarks : uint8_t {
  set,   // accessed and dirty bits, as the processor does
  keep,  // nothing is stored; `unmarked` where something would be
};

// The address of `linear`, walked from `cr3` with CR0.WP as given. A directory entry that is present is marked
// accessed even if the table's entry then faults; the table's entry only when the access is allowed.
template <class Memory>
PageWalk walk_pages(Memory&& memory, uint32_t cr3, bool write_protect, uint32_t linear, PageAccess access,
                    PageMarks marks) {
  const auto load = [&](uint32_t at) { return at < memory.limit() ? memory.load(at) : ~0u; };
  const auto store = [&](uint32_t at, uint32_t value) {
    if (at < memory.limit()) memory.store(at, value);
  };
  const uint32_t error = (access.write ? page::kErrorWrite : 0) | (access.user ? page::kErrorUser : 0);
  PageWalk walk;

  const uint32_t directory_at = (cr3 & page::kFrame) | (linear >> 22) << 2;
  const uint32_t directory = load(directory_at);
  if ((directory & page::kPresent) == 0) {
    walk.status = PageWalk::Status::fault;
    walk.error = error;
    return walk;
  }
  if ((directory & page::kAccessed) == 0) {
    if (marks == PageMarks::keep) {
      walk.status = PageWalk::Status::unmarked;
      return walk;
    }
    store(directory_at, directory | page::kAccessed);
  }

  const uint32_t table_at = (directory & page::kFrame) | (linear >> 12 & 0x3ff) << 2;
  const uint32_t table = load(table_at);
  const uint32_t both = directory & table;
  const bool writable = (both & page::kWrite) != 0;
  const bool users = (both & page::kUser) != 0;
  const bool overridden = access.write && !writable && !access.user && !write_protect;
  const bool allowed = (!access.user || users) && (!access.write || writable || overridden);
  if ((table & page::kPresent) == 0 || !allowed) {
    walk.status = PageWalk::Status::fault;
    walk.error = error | ((table & page::kPresent) != 0 ? page::kErrorPresent : 0);
    return walk;
  }
  const uint32_t marked = table | page::kAccessed | (access.write ? page::kDirty : 0);
  if (marked != table) {
    if (marks == PageMarks::keep) {
      walk.status = PageWalk::Status::unmarked;
      return walk;
    }
    store(table_at, marked);
  }
  walk.physical = (table & page::kFrame) | (linear & ~page::kFrame);
  walk.write = overridden || (writable && (marked & page::kDirty) != 0);
  walk.user = users && !overridden;
  return walk;
}

}  // namespace veil::x86
