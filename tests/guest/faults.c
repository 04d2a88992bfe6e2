// A page fault at every access: the routine runs in ring 3 while its pages (code, stack, data) and the second pages of GDT and IDT are
// missing, belong to the kernel or may not be written. The handler checks error code and CR2, gives back that one page, and the
// instruction starts again. The result must be that of a run without faults. Four ways:
//   once      everything is missing at the start
//   each      everything is taken away again before each instruction (single steps), so that every access of it faults
//   kth       everything is taken away once, before the k-th instruction, for every k
//   few       no more than `few` pages are there at a time, without single steps, so that translations run
// n= scales how many k are tried.
#include <stdio.h>
#include <stdlib.h>

#include "system/supervisor.h"

enum missing { kAbsent, kKernelOnly, kNotWritable, kWays };
static const char* const missing_names[kWays] = {"absent", "kernel's", "read-only"};
static enum missing missing;
static unsigned faults, steps, take_at, few, there;
static bool take_each;
static unsigned order[kMaxPages];  // pages that are there, the oldest first

static void give(const struct user_page* page) {
  *page_entry(page->address) |= kPresent | kWrite | (page->kind == kSystemTable ? 0 : kUser);
  invlpg(page->address);
}

static bool take(const struct user_page* page) {
  const bool table = page->kind == kSystemTable;
  if (missing == kNotWritable && (table || page->kind == kOnlyRead)) return false;
  if (missing == kKernelOnly && table) return false;
  *page_entry(page->address) &= ~(missing == kAbsent ? kPresent : missing == kKernelOnly ? kUser : kWrite);
  return true;
}

static void give_all(void) {
  for (unsigned i = 0; i < user_page_count; ++i) give(&user_page_list[i]);
}

static void take_all(void) {
  for (unsigned i = 0; i < user_page_count; ++i) {
    if (take(&user_page_list[i])) invlpg(user_page_list[i].address);
  }
  there = 0;
}

// QEMU 7.2 reads and writes the stack of far calls, far returns and iret as the kernel's; judge=qemu lets it.
static bool far_on_qemu(const struct frame* frame) {
  if (!guest_option("judge") || !(frame->cs & 3) || !(*page_entry(frame->eip) & kPresent)) return false;
  const uint8_t opcode = *(const uint8_t*)frame->eip;
  return opcode == 0x9a || opcode == 0xff || (opcode >= 0xca && opcode <= 0xcf);
}

static void check_error(const struct frame* frame, const struct user_page* page, uint32_t entry) {
  const bool table = page->kind == kSystemTable;
  guest_check("present", frame->error & kFaultPresent, entry & kPresent);
  if (!far_on_qemu(frame)) guest_check("user", frame->error & kFaultUser, table ? 0 : kFaultUser);
  if (missing == kNotWritable) guest_check("write", frame->error & kFaultWrite, kFaultWrite);
  if (page->kind == kOnlyRead) guest_check("write to source", frame->error & kFaultWrite, 0);
  if (page->kind == kOnlyWrite) guest_check("write to target", frame->error & kFaultWrite, kFaultWrite);
  guest_check("error", frame->error & ~7u, 0);
  // Ring 0 touches these pages only when it reads a descriptor on its way to ring 3.
  if (!table) guest_check("ring", frame->cs & 3, 3);
}

static struct frame* page_fault(struct frame* frame) {
  const uint32_t address = read_cr2();
  for (unsigned i = 0; i < user_page_count; ++i) {
    const struct user_page* page = &user_page_list[i];
    if ((address ^ page->address) >= kPage) continue;
    check_error(frame, page, *page_entry(address));
    if (few && there == few) {
      take(&user_page_list[order[0]]);
      invlpg(user_page_list[order[0]].address);
      for (unsigned k = 1; k < there; ++k) order[k - 1] = order[k];
      --there;
    }
    order[there++] = i;
    give(page);
    ++faults;
    return frame;
  }
  system_unexpected(frame);
  return frame;
}

static struct frame* single_step(struct frame* frame) {
  ++steps;
  guest_check("single step", read_dr6() >> 14 & 1, 1);
  write_dr6(0);
  if (take_each || steps == take_at) take_all();
  return frame;
}

static uint32_t undisturbed(void) {
  routine_prepare();
  routine_run(0);
  return routine_digest();
}

static void run(const char* what, uint32_t flags, uint32_t wanted) {
  faults = steps = 0;
  routine_prepare();
  take_all();
  routine_run(flags);
  give_all();
  guest_check(what, routine_digest(), wanted);
}

int main(void) {
  const unsigned n = guest_scale(4);
  supervisor_start(true);
  system_handle(14, page_fault);
  system_handle(1, single_step);
  const uint32_t wanted = undisturbed();
  guest_check("the same again", undisturbed(), wanted);
  printf("routine: %08x\n", (unsigned)wanted);
  for (missing = 0; missing < kWays; ++missing) {
    run("once", 0, wanted);
    const unsigned once = faults;
    take_each = true;
    run("each", kFlagTrap, wanted);
    take_each = false;
    guest_check("instructions that fault", faults > steps / 8, 1);
    const unsigned total = steps;
    const unsigned stride = n < 64 ? 64 / n : 1;
    for (take_at = missing + 1; take_at < total; take_at += stride) run("kth", kFlagTrap, wanted);
    take_at = 0;
    for (few = kMaxPages - 1; few >= 8; --few) run("few", 0, wanted);
    few = 0;
    printf("%s: %u faults\n", missing_names[missing], once);
  }
  return guest_report("faults", wanted);
}
