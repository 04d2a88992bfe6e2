// 16-bit addresses in 32-bit code (prefix 67): all eight base and index pairs, displacements, wrapping at 64 KiB, string
// instructions with SI, DI and CX, loop with CX. Guests only: the memory is below 64 KiB, and put back afterwards.
#include "op.h"

#include <string.h>

enum { kBase = 0x7000, kBytes = 512 };

#define FORMS(X)                                                                                                    \
  X(bx_si, "(%%bx,%%si)") X(bx_di, "(%%bx,%%di)") X(si, "(%%si)") X(di, "0x7000(%%di)") X(bx, "(%%bx)")             \
  X(si8, "16(%%si)") X(di8, "-8(%%di)") X(bx16, "0x123(%%bx)") X(bx_si8, "-4(%%bx,%%si)")
#define STUBS(name, form)                                                                                           \
  static uint32_t lea_##name(uint32_t b, uint32_t s, uint32_t d) {                                                  \
    uint32_t out;                                                                                                   \
    __asm__ volatile("addr16 leal " form ", %0" : "=r"(out) : "b"(b), "S"(s), "D"(d));                              \
    return out;                                                                                                     \
  }                                                                                                                 \
  static uint32_t load_##name(uint32_t b, uint32_t s, uint32_t d) {                                                 \
    uint32_t out;                                                                                                   \
    __asm__ volatile("movl " form ", %%eax\n\taddw %%ax, " form "\n\tadcb " form ", %%ah"                           \
                     : "=a"(out) : "b"(b), "S"(s), "D"(d) : "cc", "memory");                                        \
    return out;                                                                                                     \
  }
FORMS(STUBS)

typedef uint32_t form(uint32_t b, uint32_t s, uint32_t d);
static const struct {
  const char *name;
  form *lea, *load;
  uint32_t b, s, d;  // reach the buffer; the upper halves must not matter
} forms[] = {
#define ROW(name, b, s, d) {#name, lea_##name, load_##name, b, s, d}
    ROW(bx_si, 0x11117000, 0x22220010, 0), ROW(bx_di, 0x7100, 0, 0xffff0003), ROW(si, 0, 0x77777050, 0),
    ROW(di, 0, 0, 0x55550040), ROW(bx, 0x12347033, 0, 0), ROW(si8, 0, 0x7000, 0), ROW(di8, 0, 0, 0x7080),
    ROW(bx16, 0xabcd6f00, 0, 0), ROW(bx_si8, 0xf000, 0x8010, 0)};

static uint32_t bp_forms(void) {  // SS is the segment
  uint32_t out;
  __asm__ volatile("pushl %%ebp\n\tmovl $0xaaaa7020, %%ebp\n\tmovl (%%bp), %%eax\n\taddl 8(%%bp,%%si), %%eax\n\txorl -4(%%bp,%%di), %%eax\n\tpopl %%ebp"
                   : "=&a"(out) : "S"(0x33330004), "D"(0x44440008) : "cc", "memory");
  return out;
}

// A bare displacement of 16 bits, with ModRM and with the accumulator's own form, and xlat through BX.
static uint32_t displacements(void) {
  uint32_t out;
  __asm__ volatile(".byte 0x67, 0xa1, 0x10, 0x70\n\t.byte 0x67, 0x8b, 0x0e, 0x14, 0x70\n\taddl %%ecx, %%eax\n\t"
                   ".byte 0x67, 0xa3, 0x18, 0x70\n\taddr16 xlatb" : "=&a"(out) : "b"(0x77777000) : "ecx", "cc", "memory");
  return out;
}

int main(void) {
  static uint8_t saved[kBytes];
  uint8_t *low;
  uint32_t base = kBase, all = 0, state = 8;
  __asm__("" : "=r"(low) : "0"(base));
  memcpy(saved, low, kBytes);
  for (unsigned i = 0; i < kBytes; ++i) low[i] = (uint8_t)guest_random(&state);
  for (unsigned at = 0; at < sizeof forms / sizeof *forms; ++at) {
    uint32_t digest = 0;
    for (unsigned i = 0; i < guest_scale(10); ++i) {
      uint32_t b = guest_random(&state), s = guest_random(&state), d = guest_random(&state);
      uint32_t address = forms[at].lea(b, s, d);
      guest_check("lea", address >> 16, 0);
      digest = guest_mix(digest, address);
      digest = guest_mix(digest, forms[at].load(forms[at].b, forms[at].s, forms[at].d));
    }
    all = op_line(all, forms[at].name, digest);
  }
  all = op_line(all, "bp", bp_forms());
  all = op_line(all, "displacement", displacements());
  uint32_t s = 0x11117000, d = 0x22227100, c = 0x33330010;
  __asm__ volatile("addr16 rep movsb" : "+S"(s), "+D"(d), "+c"(c) : : "memory");
  guest_check("si", s, 0x11117010);
  guest_check("di", d, 0x22227110);
  guest_check("cx", c, 0x33330000);
  guest_check("copied", (uint32_t)memcmp(low, low + 256, 16), 0);
  c = 0x55550003;
  uint32_t count = 0;
  __asm__ volatile("1:\tincl %1\n\taddr16 loop 1b" : "+c"(c), "+r"(count) : : "cc");
  guest_check("loop cx", count, 3);
  guest_check("cx after", c, 0x55550000);
  uint32_t digest = 0;
  for (unsigned i = 0; i < kBytes; ++i) digest = guest_mix(digest, low[i]);
  memcpy(low, saved, kBytes);
  all = op_line(all, "memory", digest);
  return guest_report("addr16", all);
}
