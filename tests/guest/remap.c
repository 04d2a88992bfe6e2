// Code whose page changes its frame: the same linear address runs other bytes. Every change is flushed before its bytes
// are relied on, so every result is the architecture's. Blocks that jump inside the page; an instruction that crosses
// into a page which is mapped elsewhere, written, forbidden or missing, each while the code is hot.
#include <string.h>

#include "system/supervisor.h"

enum { kFrames = 6, kHot = 30, kPageFault = 14 };
static uint8_t frames[kFrames][kPage] __attribute__((aligned(kPage)));
static uint8_t user_room[kPage] __attribute__((aligned(kPage)));
// Two pages of linear addresses, with nothing of their own.
enum { kWindow = 0x00c00000 };
static uint8_t* const window = (uint8_t*)kWindow;

enum flush { kInvlpg, kCr3, kFlushes };

static void flush(uint32_t address, enum flush how) {
  if (how == kInvlpg) {
    invlpg(address);
  } else {
    write_cr3(read_cr3());
  }
}

static void map(unsigned page, const uint8_t* frame, uint32_t bits, enum flush how) {
  const uint32_t address = kWindow + page * kPage;
  *page_entry(address) = (uint32_t)frame | bits;
  flush(address, how);
}
enum { kAll = kPresent | kWrite | kUser | kAccessed | kDirty };

static uint32_t call(const uint8_t* code, uint32_t argument) {
  uint32_t result;
  __asm__ volatile("call *%2" : "=a"(result), "+c"(argument) : "r"(code) : "edx", "memory", "cc");
  return result;
}

static uint8_t* put(uint8_t* at, const void* bytes, unsigned count) {
  memcpy(at, bytes, count);
  return at + count;
}

// mov eax, value; ret
static void put_routine(uint8_t* at, uint32_t value) {
  at = put(at, "\xb8", 1);
  at = put(at, &value, 4);
  put(at, "\xc3", 1);
}

// The page names another frame while a block of the old one runs, and nothing flushes: either frame's code may come next,
// and the result is not looked at. Afterwards the page names the first frame, flushed, and its code alone may run.
static void stale_way(enum flush how) {
  uint32_t* const entry = page_entry(kWindow);
  const uint32_t first = (uint32_t)frames[0] | kAll, second = (uint32_t)frames[1] | kAll;
  for (unsigned i = 0; i < 2; ++i) {
    // mov [entry], ecx; jmp +0x100
    uint8_t* at = put(frames[i], "\x89\x0d", 2);
    at = put(at, &entry, 4);
    put(at, "\xe9\xf5\0\0\0", 5);
    put_routine(frames[i] + 0x100, i);
  }
  for (unsigned i = 0; i < 4 * kHot; ++i) {
    map(0, frames[0], kAll, how);
    (void)call(window, second);
  }
  for (unsigned i = 0; i < kHot; ++i) {
    map(0, frames[0], kAll, how);
    guest_check("first frame", call(window, first), 0);
  }
}

// Two frames take turns under a page that jumps inside itself, returns into itself and jumps through a register.
static uint32_t turns(enum flush how) {
  static const uint8_t code[] = {
      0xeb, 0x0e,                            // jmp +0x10
      [0x10] = 0xe8, 0x0b, 0, 0, 0,          // call +0x20
      0x8d, 0x15, 0x40, 0x00, 0xc0, 0x00,    // lea edx, [window + 0x40]
      0xff, 0xe2,                            // jmp edx
      [0x20] = 0xb8, 0, 0, 0, 0, 0xc3,       // mov eax, value; ret
      [0x40] = 0x05, 0, 0, 0, 0, 0xc3};      // add eax, value; ret
  uint32_t digest = 0;
  for (unsigned i = 0; i < 2; ++i) {
    memcpy(frames[i], code, sizeof code);
    frames[i][0x21] = (uint8_t)(i + 1);
    frames[i][0x41] = (uint8_t)(0x10 * (i + 1));
  }
  for (unsigned round = 0; round < 6; ++round) {
    const unsigned i = round & 1;
    map(0, frames[i], kAll, how);
    for (unsigned n = 0; n < kHot; ++n) guest_check("turn", call(window, 0), 0x11 * (i + 1));
    digest = guest_mix(digest, 0x11 * (i + 1));
  }
  return digest;
}

// In a frame: jmp to `mov eax, value` at `offset` before the end of the page, which goes on in the next frame.
static void put_crossing(uint8_t* first, uint8_t* second, unsigned before_end, uint32_t value) {
  uint8_t code[6] = {0xb8};
  memcpy(code + 1, &value, 4);
  code[5] = 0xc3;
  const int32_t distance = (int32_t)(kPage - before_end) - 5;
  put(put(first, "\xe9", 1), &distance, 4);
  put(first + kPage - before_end, code, before_end);
  put(second, code + before_end, 6 - before_end);
}

static void call_crossing(uint32_t wanted) {
  for (unsigned n = 0; n < kHot; ++n) guest_check("crossing", call(window, 0), wanted);
}

// Value whose bytes in the second page are `byte`, the others 0x11.
static uint32_t value_of(unsigned before_end, uint8_t byte) {
  uint32_t value = 0x11111111;
  for (unsigned i = before_end - 1; i < 4; ++i) ((uint8_t*)&value)[i] = byte;
  return value;
}

// The second page of a hot instruction gets another frame, and its old one back.
static uint32_t second_frame(enum flush how) {
  uint32_t digest = 0;
  for (unsigned before_end = 1; before_end <= 4; ++before_end) {
    for (unsigned i = 1; i < 4; ++i) put_crossing(frames[0], frames[i], before_end, value_of(before_end, (uint8_t)(0x20 * i)));
    map(0, frames[0], kAll, how);
    for (unsigned round = 0; round < 6; ++round) {
      const unsigned i = 1 + round % 3;
      map(1, frames[i], kAll, how);
      const uint32_t wanted = value_of(before_end, (uint8_t)(0x20 * i));
      call_crossing(wanted);
      digest = guest_mix(digest, wanted);
    }
    // Both pages are one frame: its start is the instruction's end.
    put_crossing(frames[4], frames[4], before_end, value_of(before_end, 0x77));
    const int32_t distance = (int32_t)(kPage - before_end) - 0x205;
    put(put(frames[4] + 0x200, "\xe9", 1), &distance, 4);
    map(0, frames[4], kAll, how);
    map(1, frames[4], kAll, how);
    for (unsigned n = 0; n < kHot; ++n) guest_check("one frame", call(window + 0x200, 0), value_of(before_end, 0x77));
  }
  return digest;
}

// Bytes in the second page are written, through its own address and through another one.
static uint32_t second_written(enum flush how) {
  uint32_t digest = 0;
  for (unsigned before_end = 1; before_end <= 4; ++before_end) {
    put_crossing(frames[0], frames[1], before_end, value_of(before_end, 0));
    map(0, frames[0], kAll, how);
    map(1, frames[1], kAll, how);
    for (uint8_t round = 1; round < 6; ++round) {
      uint8_t* const at = (round & 1) != 0 ? window + kPage : frames[1];
      for (unsigned i = 0; i < 5 - before_end; ++i) ((volatile uint8_t*)at)[i] = round;
      const uint32_t wanted = value_of(before_end, round);
      call_crossing(wanted);
      digest = guest_mix(digest, wanted);
      // And the first page's part.
      ((volatile uint8_t*)window)[kPage - before_end] = 0x68;  // push value: its own length, so EAX stays
      put(frames[1] + 5 - before_end, "\x58\xc3", 2);         // pop eax; ret
      call_crossing(wanted);
      ((volatile uint8_t*)window)[kPage - before_end] = 0xb8;
      frames[1][5 - before_end] = 0xc3;
    }
  }
  return digest;
}

static struct {
  uint32_t address, error, eip;
  unsigned count;
  uint32_t entry;  // what the second page's becomes
} fault;

static struct frame* page_fault(struct frame* frame) {
  fault.address = read_cr2();
  fault.error = frame->error;
  fault.eip = frame->eip;
  ++fault.count;
  *page_entry(kWindow + kPage) = fault.entry;
  invlpg(kWindow + kPage);
  return frame;
}

// The second page of a hot instruction is missing for once: the fault is at its first byte, before the instruction.
static uint32_t second_missing(enum flush how) {
  uint32_t digest = 0;
  system_handle(kPageFault, page_fault);
  for (unsigned before_end = 1; before_end <= 4; ++before_end) {
    for (unsigned i = 1; i < 3; ++i) put_crossing(frames[0], frames[i], before_end, value_of(before_end, (uint8_t)(0x30 * i)));
    map(0, frames[0], kAll, how);
    for (unsigned round = 0; round < 4; ++round) {
      const unsigned i = 1 + (round & 1);
      map(1, frames[i], kAll, how);
      call_crossing(value_of(before_end, (uint8_t)(0x30 * i)));
      const unsigned next = 3 - i;
      fault.entry = (uint32_t)frames[next] | kAll;
      fault.count = 0;
      map(1, frames[i], kAll & ~kPresent, how);
      guest_check("after the fault", call(window, 0), value_of(before_end, (uint8_t)(0x30 * next)));
      guest_check("faults", fault.count, 1);
      guest_check("address", fault.address, kWindow + kPage);
      guest_check("error", fault.error, 0);
      guest_check("eip", fault.eip, kWindow + kPage - before_end);
      digest = guest_mix(digest, fault.address + fault.eip);
    }
  }
  return digest;
}

// The same in ring 3, with a second page that becomes the supervisor's.
static uint32_t second_forbidden(enum flush how) {
  uint32_t digest = 0;
  // again: jmp to the instruction; its value goes to EAX, then: dec ecx; jnz again; int kReturnVector
  static const uint8_t then[] = {0x49, 0x0f, 0x85, 0, 0, 0, 0, 0xcd, kReturnVector};
  *page_entry((uint32_t)user_room) |= kUser;
  invlpg((uint32_t)user_room);
  for (unsigned before_end = 1; before_end <= 4; ++before_end) {
    put_crossing(frames[0], frames[1], before_end, value_of(before_end, 0x5a));
    uint8_t* const at = frames[1] + 5 - before_end;
    memcpy(at, then, sizeof then);
    const int32_t distance = -(int32_t)(kPage + (uint32_t)(at - frames[1]) + 7);
    put(at + 3, &distance, 4);
    for (unsigned round = 0; round < 3; ++round) {
      map(0, frames[0], kAll, how);
      map(1, frames[1], round == 1 ? kAll & ~kUser : kAll, how);
      fault.entry = (uint32_t)frames[1] | kAll;
      fault.count = 0;
      struct frame start = {.eip = kWindow, .cs = kUserCode, .eflags = kFlagAlways, .ss = kUserData};
      start.esp = (uint32_t)user_room + kPage;
      start.ecx = kHot;
      start.ds = start.es = start.fs = start.gs = kUserData;
      supervisor_run(&start);
      guest_check("ring 3", supervisor_result.eax, value_of(before_end, 0x5a));
      guest_check("ring 3 faults", fault.count, round == 1);
      if (round == 1) {
        guest_check("ring 3 address", fault.address, kWindow + kPage);
        guest_check("ring 3 error", fault.error, kFaultPresent | kFaultUser);
      }
      digest = guest_mix(digest, supervisor_result.eax);
    }
  }
  return digest;
}

// Instructions of other kinds that cross: a store, a push, a conditional jump back, a call.
static uint32_t kinds(enum flush how) {
  static const struct {
    uint8_t bytes[12];
    uint8_t length;
  } codes[] = {
      {{0x89, 0x0d}, 6},                          // mov [word], ecx: the address is filled in
      {{0x81, 0x05, 0, 0, 0, 0, 3, 0, 0, 0}, 10}, // add dword [word], 3
      {{0x0f, 0x84, 0, 0, 0, 0}, 6},              // je to the next instruction
      {{0x66, 0x81, 0xc1, 0x34, 0x12}, 5},        // add cx, 0x1234
      {{0x69, 0xc9, 7, 0, 0, 0}, 6},              // imul ecx, ecx, 7
      {{0xe8, 0, 0, 0, 0}, 5},                    // call the next instruction; its address is popped after it
  };
  static uint32_t word;
  uint32_t* const word_at = &word;
  uint32_t digest = 0;
  for (unsigned k = 0; k < sizeof codes / sizeof *codes; ++k) {
    for (unsigned before_end = 1; before_end < codes[k].length; ++before_end) {
      uint8_t code[16] = {0};
      memcpy(code, codes[k].bytes, codes[k].length);
      if (k < 2) memcpy(code + 2, &word_at, 4);
      uint8_t* end = code + codes[k].length;
      if (k == 5) end = put(end, "\x5a", 1);  // pop edx
      put(end, "\x89\xc8\xc3", 3);           // mov eax, ecx; ret
      const int32_t distance = (int32_t)(kPage - before_end) - 5;
      put(put(frames[0], "\xe9", 1), &distance, 4);
      put(frames[0] + kPage - before_end, code, before_end);
      put(frames[1], code + before_end, sizeof code - before_end);
      map(0, frames[0], kAll, how);
      map(1, frames[1], kAll, how);
      word = 0;
      for (unsigned n = 0; n < kHot; ++n) digest = guest_mix(digest, call(window, n * 77) + word);
    }
  }
  return digest;
}

// With `flushed=` nothing may differ from another processor's run, not even for a moment.
int main(void) {
  uint32_t digest = 0;
  supervisor_start(false);
  for (unsigned n = guest_scale(2); n; --n) {
    for (enum flush how = 0; how < kFlushes; ++how) {
      if (guest_option("flushed") == 0) stale_way(how);
      digest = guest_mix(digest, turns(how));
      digest = guest_mix(digest, second_frame(how));
      digest = guest_mix(digest, second_written(how));
      digest = guest_mix(digest, second_missing(how));
      digest = guest_mix(digest, second_forbidden(how));
      digest = guest_mix(digest, kinds(how));
    }
  }
  return guest_report("remap", digest);
}
