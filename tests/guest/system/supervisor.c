#include "supervisor.h"

#include <stdlib.h>
#include <string.h>

#define PAGES __attribute__((aligned(4096)))
uint8_t user_source[kUserPages * kPage] PAGES;
uint8_t user_target[kUserPages * kPage] PAGES;
uint8_t user_both[kUserPages * kPage] PAGES;
uint8_t user_stack[kUserPages * kPage] PAGES;
struct user_page user_page_list[kMaxPages];
unsigned user_page_count;

enum { kTables = 4, kTableEntries = 1024 };
static uint32_t directory[kTableEntries] PAGES;
static uint32_t tables[kTables][kTableEntries] PAGES;
// A fault may come while a frame is being popped: the new one goes below what is left of it.
static uint8_t frame_room[4096] __attribute__((aligned(16)));
// The first page ends with what a page fault needs: null and the two kernel segments, vectors 0 to 14.
static uint8_t gdt_pages[2 * kPage] PAGES;
static uint8_t idt_pages[2 * kPage] PAGES;
enum { kGdtFirstPart = 3 * 8, kIdtFirstPart = 15 * 8 };

extern char guest_image_end[];
void supervisor_enter(struct frame* frame);

struct frame supervisor_result;

static struct frame* routine_done(struct frame* frame) {
  supervisor_result = *frame;
  supervisor_leave();
}

static struct frame* add_one(struct frame* frame) {
  ++frame->eax;
  return frame;
}

uint32_t* page_entry(uint32_t address) {
  if (address >> 22 >= kTables) guest_panic("address without a table");
  return &tables[address >> 22][address >> 12 & (kTableEntries - 1)];
}

static void add_pages(const void* start, const void* end, unsigned kind) {
  for (uint32_t page = (uint32_t)start & ~(kPage - 1); page < (uint32_t)end; page += kPage) {
    if (user_page_count == kMaxPages) guest_panic("too many pages");
    user_page_list[user_page_count++] = (struct user_page){page, kind};
    if (kind != kSystemTable) *page_entry(page) |= kUser;
  }
}

static void split_tables(void) {
  const uint32_t gdt = (uint32_t)gdt_pages + kPage - kGdtFirstPart, idt = (uint32_t)idt_pages + kPage - kIdtFirstPart;
  memcpy((void*)gdt, system_gdt, sizeof system_gdt);
  memcpy((void*)idt, system_idt, sizeof system_idt);
  const uint16_t gdtr[3] = {sizeof system_gdt - 1, (uint16_t)gdt, (uint16_t)(gdt >> 16)};
  const uint16_t idtr[3] = {sizeof system_idt - 1, (uint16_t)idt, (uint16_t)(idt >> 16)};
  __asm__ volatile("lgdt %0\n\tlidt %1" : : "m"(gdtr), "m"(idtr));
  add_pages(gdt_pages + kPage, gdt_pages + 2 * kPage, kSystemTable);
  add_pages(idt_pages + kPage, idt_pages + 2 * kPage, kSystemTable);
}

void supervisor_start(bool split) {
  system_start();
  system_tss.esp0 = (uint32_t)(frame_room + sizeof frame_room);
  system_handle(kReturnVector, routine_done);
  system_handle(kCallVector, add_one);
  system_open_gate(kReturnVector, 3);
  system_open_gate(kCallVector, 3);
  for (unsigned i = 0; i < kTables; ++i) {
    directory[i] = (uint32_t)tables[i] | kPresent | kWrite | kUser;
    for (unsigned k = 0; k < kTableEntries; ++k) tables[i][k] = i << 22 | k << 12 | kPresent | kWrite;
  }
  add_pages(routine, routine_end, kOnlyRead);
  add_pages(user_source, user_source + sizeof user_source, kOnlyRead);
  add_pages(user_target, user_target + sizeof user_target, kOnlyWrite);
  add_pages(user_both, user_both + sizeof user_both, kAnyAccess);
  add_pages(user_stack, user_stack + sizeof user_stack, kAnyAccess);
  if (split) split_tables();
  write_cr3((uint32_t)directory);
  write_cr0(read_cr0() | kCr0Paging | kCr0Wp);
}

static void fill(uint8_t* bytes, uint32_t count, uint32_t seed) {
  for (uint32_t i = 0; i < count; i += 4) *(uint32_t*)(bytes + i) = guest_random(&seed);
}

void routine_constants(void);

static uint32_t fold(uint32_t digest, const void* data, unsigned bytes) {
  for (unsigned i = 0; i < bytes; i += 4) digest = guest_mix(digest, *(const uint32_t*)((const uint8_t*)data + i));
  return digest;
}

// Only a window around each border between pages is used.
enum { kWindow = 96 };

static uint8_t* const areas[] = {user_source, user_target, user_both, user_stack};

void routine_prepare(void) {
  for (unsigned i = 0; i < 4; ++i) {
    for (unsigned border = 1; border < kUserPages; ++border) fill(areas[i] + border * kPage - kWindow, 2 * kWindow, 17 + i);
  }
  routine_constants();
}

void supervisor_run(const struct frame* start) {
  struct frame* frame = (struct frame*)(frame_room + sizeof frame_room) - 1;  // where one of ring 3 would be
  *frame = *start;
  supervisor_enter(frame);
}

void routine_run(uint32_t flags) {
  const struct frame start = {.gs = kUserData, .fs = kUserData, .es = kUserData, .ds = kUserData, .ebx = 0x11223344,
                        .eip = (uint32_t)routine, .cs = kUserCode, .eflags = kFlagAlways | flags,
                        .esp = (uint32_t)user_stack + kPage + 8, .ss = kUserData};
  supervisor_run(&start);
}

uint32_t routine_digest(void) {
  uint32_t digest = fold(1, &supervisor_result.edi, 3 * 4);
  digest = fold(digest, &supervisor_result.ebx, 4 * 4);
  digest = guest_mix(digest, supervisor_result.esp);
  digest = guest_mix(digest, supervisor_result.eflags & 0xed5);  // CF PF AF ZF SF DF OF, IF
  digest = guest_mix(digest, supervisor_result.ds ^ supervisor_result.es << 4 ^ supervisor_result.fs << 8 ^ supervisor_result.gs << 12 ^ supervisor_result.ss << 16);
  for (unsigned i = 0; i < 4; ++i) {
    for (unsigned border = 1; border < kUserPages; ++border) {
      digest = fold(digest, areas[i] + border * kPage - kWindow, 2 * kWindow);
    }
  }
  return digest;
}
