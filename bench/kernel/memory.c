// Frames and address spaces. A task's page is made when it is first touched: program text is mapped from the image itself, data and
// pages after a fork are copied when they are written, the rest starts as zeros.
#include "kernel.h"

#include <stdlib.h>
#include <string.h>

enum { kCopyOnWrite = 0x200, kSharedPage = 0x400, kFrameMask = ~0xfff, kEntries = 1024, kFirstUser = kUserStart >> 22, kLastUser = (kUserStackTop - 1) >> 22 };

static uint8_t* pool;
static unsigned frame_count, free_count;
static uint16_t* users;  // of each frame
static uint32_t* kernel_directory;

static bool in_pool(uint32_t frame) { return frame - (uint32_t)pool < frame_count * kPage; }
static uint16_t* users_of(uint32_t frame) { return &users[(frame - (uint32_t)pool) / kPage]; }

static uint32_t take_frame(void) {
  static unsigned next;
  for (unsigned i = 0; i < frame_count; ++i) {
    next = next + 1 < frame_count ? next + 1 : 0;
    if (users[next] == 0) {
      users[next] = 1;
      --free_count;
      return (uint32_t)pool + next * kPage;
    }
  }
  guest_panic("out of memory");
}

static uint32_t take_zeros(void) {
  const uint32_t frame = take_frame();
  uint32_t to = frame, count = kPage / 4;
  __asm__ volatile("rep stosl" : "+D"(to), "+c"(count) : "a"(0) : "memory");
  return frame;
}

static void give_frame(uint32_t frame) {
  if (in_pool(frame) && --*users_of(frame) == 0) ++free_count;
}

unsigned memory_free_frames(void) { return free_count; }

// The kernel's own addresses, up to the end of the pool, are mapped one to one in every space.
void memory_start(unsigned frames) {
  users = calloc(frames, sizeof *users);
  uint8_t* room = malloc((frames + 1) * kPage);  // the last: what follows the pool is not mapped
  if (!room || !users) guest_panic("memory for the pool");
  pool = (uint8_t*)(((uint32_t)room + kPage - 1) & ~(kPage - 1));
  frame_count = free_count = frames;
  kernel_directory = (uint32_t*)take_zeros();
  for (uint32_t address = 0; address < (uint32_t)pool + frames * kPage; address += kPage) {
    uint32_t* entry = &kernel_directory[address >> 22];
    if (!*entry) *entry = take_zeros() | kPresent | kWrite;
    ((uint32_t*)(*entry & kFrameMask))[address / kPage % kEntries] = address | kPresent | kWrite;
  }
  write_cr3((uint32_t)kernel_directory);
  write_cr0(read_cr0() | kCr0Paging | kCr0Wp);
}

uint32_t* space_new(void) {
  uint32_t* directory = (uint32_t*)take_frame();
  memcpy(directory, kernel_directory, kPage);
  return directory;
}

static uint32_t* entry_of(uint32_t* directory, uint32_t address) {
  uint32_t* table = &directory[address >> 22];
  if (!*table) *table = take_zeros() | kPresent | kWrite | kUser;
  return (uint32_t*)(*table & kFrameMask) + address / kPage % kEntries;
}

void space_copy(uint32_t* to, uint32_t* from) {
  for (unsigned i = kFirstUser; i <= kLastUser; ++i) {
    if (!from[i]) continue;
    uint32_t* table = (uint32_t*)(from[i] & kFrameMask);
    for (unsigned k = 0; k < kEntries; ++k) {
      if (!table[k]) continue;
      if ((table[k] & kWrite) && !(table[k] & kSharedPage)) table[k] = (table[k] & ~kWrite) | kCopyOnWrite;
      if (in_pool(table[k] & kFrameMask)) ++*users_of(table[k] & kFrameMask);
      *entry_of(to, i << 22 | k << 12) = table[k];
    }
  }
  write_cr3(read_cr3());  // pages have lost their write permission
}

void space_drop(uint32_t* directory) {
  if (read_cr3() == (uint32_t)directory) write_cr3((uint32_t)kernel_directory);
  for (unsigned i = kFirstUser; i <= kLastUser; ++i) {
    if (!directory[i]) continue;
    const uint32_t* table = (const uint32_t*)(directory[i] & kFrameMask);
    for (unsigned k = 0; k < kEntries; ++k) {
      if (table[k]) give_frame(table[k] & kFrameMask);
    }
    give_frame(directory[i] & kFrameMask);
  }
  give_frame((uint32_t)directory);
}

// Writable or waiting to be copied, and in the pool: not the image's, not the shared page.
unsigned space_own_pages(const uint32_t* directory) {
  unsigned count = 0;
  for (unsigned i = kFirstUser; i <= kLastUser; ++i) {
    if (!directory[i]) continue;
    const uint32_t* table = (const uint32_t*)(directory[i] & kFrameMask);
    for (unsigned k = 0; k < kEntries; ++k) {
      count += table[k] && !(table[k] & kSharedPage) && in_pool(table[k] & kFrameMask);
    }
  }
  return count;
}

static void copy_page(uint32_t* entry) {
  const uint32_t old = *entry & kFrameMask;
  uint32_t frame = old;
  if (!in_pool(old) || *users_of(old) > 1) {
    frame = take_frame();
    memcpy((void*)frame, (const void*)old, kPage);
    give_frame(old);
  }
  *entry = frame | kPresent | kWrite | kUser;
}

// The page that belongs at `address`, made now; false if nothing belongs there.
static bool make_page(uint32_t* entry, uint32_t address) {
  const uint32_t page = address & kFrameMask;
  for (unsigned i = 0; i < segment_count; ++i) {
    const struct segment* segment = &segments[i];
    if (address < segment->start || address >= segment->end) continue;
    if (page >= segment->file_end) break;  // zeros
    const uint8_t* data = segment->data + (page - segment->start);
    if (page + kPage <= segment->file_end) {
      *entry = (uint32_t)data | kPresent | kUser | (segment->writable ? kCopyOnWrite : 0);
    } else {  // the rest of the last page belongs to others
      const uint32_t frame = take_zeros();
      memcpy((void*)frame, data, segment->file_end - page);
      *entry = frame | kPresent | kUser | (segment->writable ? kWrite : 0);
    }
    return true;
  }
  const bool image = segment_count && address >= segments[segment_count - 1].start && address < segments[segment_count - 1].end;
  const bool heap = address >= kUserHeap && address < current->heap_end;
  const bool stack = address >= kUserStackLow && address < kUserStackTop;
  const bool shared = page == kUserShared;
  if (!image && !heap && !stack && !shared) return false;
  *entry = take_zeros() | kPresent | kWrite | kUser | (shared ? kSharedPage : 0);
  return true;
}

// From ring 3, or from the kernel itself as it reads or writes a task's memory: WP makes it respect copy on write.
struct frame* page_fault(struct frame* frame) {
  const uint32_t address = read_cr2();
  if (!current || address < kUserStart || address >= kUserStackTop) kill(frame);
  uint32_t* entry = entry_of(current->directory, address);
  if (!(frame->error & kFaultPresent)) {
    if (!make_page(entry, address)) kill(frame);
  } else if ((frame->error & kFaultWrite) && (*entry & kCopyOnWrite)) {
    copy_page(entry);
  } else {
    kill(frame);
  }
  invlpg(address);
  return frame;
}
