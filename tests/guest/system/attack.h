// What the attacks share. A hostile guest knows where concealed memory is; tests/system/attack.py tells it:
//   window, size   the concealed window (addresses of its own), and how long it is
//   mmio           the host port
// all in hexadecimal. The concealed part of DRAM begins where the guest's own memory ends.
#pragma once

#include "supervisor.h"

struct region {
  uint32_t start;
  uint32_t bytes;
};
enum { kRegions = 4 };
// Concealed part of DRAM, concealed window, host port (a page), the last page below 4 GiB.
extern struct region forbidden[kRegions];
extern uint32_t memory_end;  // of the guest

enum { kNothing = 0xffffffff };  // what every read of absent memory gives

// An instruction that may fault: what follows it is taken up at `resume_at`, with the vector in `trapped` (0: none).
extern volatile uint32_t resume_at, trapped;
#define ATTEMPT(text, ...)                                                     \
  do {                                                                         \
    trapped = 0;                                                               \
    __asm__ volatile("movl $99f, resume_at\n\t" text "\n99:\n\t" __VA_ARGS__); \
  } while (0)

void attack_start(void);  // tables, handlers, regions

// Every kind of data access at an address where nothing is.
void attack_data(uint32_t address);
// The same, a store and a load only.
static inline void attack_word(uint32_t address) {
  uint32_t value;
  __asm__ volatile("movl %2, (%1)\n\tmovl (%1), %0" : "=r"(value) : "r"(address), "r"(0xdeadbeef) : "memory");
  guest_check("read", value, kNothing);
}
// Calls `attack` for pages of the forbidden regions: all of them, or every `stride`-th and the first and last few.
void attack_pages(uint32_t stride, void (*attack)(uint32_t));

typedef uint32_t attack_case(unsigned n);
attack_case attack_flat, attack_sweep, attack_frames, attack_every_frame, attack_neighbours, attack_strings,
    attack_ports;
attack_case attack_segments, attack_limits, attack_far_bits, attack_ring3, attack_fetch;
attack_case attack_gdt, attack_ldt, attack_page_table, attack_idt, attack_tss, attack_directory;
