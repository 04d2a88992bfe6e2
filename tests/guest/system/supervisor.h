// For tests of the system side: paging one to one, a routine in ring 3 on pages of its own, and tables placed so that
// their second page may be missing while the first has what a page fault needs.
#pragma once

#include <stdbool.h>

#include "system.h"

enum { kReturnVector = 0x81, kCallVector = 0x82 };  // ring 3 ends with int 0x81; int 0x82 adds 1 to EAX and comes back

// Pages of the routine (routine.S): source data are only read, destination data only written.
enum { kUserPages = 3 };
extern uint8_t user_source[kUserPages * kPage], user_target[kUserPages * kPage], user_both[kUserPages * kPage];
extern uint8_t user_stack[kUserPages * kPage];
extern const uint8_t routine[], routine_end[];
// Instructions that must not be interrupted, since the one before holds interrupts off (ring 0, kernel_part).
extern const uint8_t after_mov_ss[], after_sti[];
void kernel_part(uint32_t* words);  // ring-0 instructions whose results go to `words`, 16 of them

// Maps the image and everything below the heap; `split` moves GDT and IDT to where their user part can be unmapped.
void supervisor_start(bool split);
// The entry of the page table for `address` (below 4 MiB times the tables that there are).
uint32_t* page_entry(uint32_t address);

// Runs ring 3 from `start` until int 0x81 (or a handler that leaves): the frame of that trap is `supervisor_result`.
void supervisor_run(const struct frame* start);
extern struct frame supervisor_result;
_Noreturn void supervisor_leave(void);

// Fills the routine's data; runs it in ring 3 with `flags` added to EFLAGS; folds registers and data into a digest.
void routine_prepare(void);
void routine_run(uint32_t flags);
uint32_t routine_digest(void);

// Pages that may be missing while the routine runs; the last two are the second pages of GDT and IDT.
enum { kAnyAccess, kOnlyRead, kOnlyWrite, kSystemTable };
struct user_page {
  uint32_t address;
  unsigned kind;
};
enum { kMaxPages = 20 };
extern struct user_page user_page_list[kMaxPages];
extern unsigned user_page_count;
