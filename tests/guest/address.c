// Addressing forms: base, index, scale, displacements of 8 and 32 bits, ESP and EBP as bases, lea of all of them, segment
// overrides, 16-bit operands, unaligned and page-crossing accesses, wrapping of addresses.
#include "op.h"

#include <string.h>

uint8_t page[3 * 4096] __attribute__((aligned(4096)));

// LEA and a load for each form; EBX is the base, ESI the index, EDI another base.
#define FORMS(X)                                                                                                       \
  X(base, "(%%ebx)") X(base8, "-7(%%ebx)") X(base32, "0x123(%%ebx)") X(index1, "(%%ebx,%%esi)")                        \
  X(index2, "(%%ebx,%%esi,2)") X(index4, "(%%ebx,%%esi,4)") X(index8, "(%%ebx,%%esi,8)")                               \
  X(index8_8, "-5(%%ebx,%%esi,8)") X(index4_32, "0x200(%%ebx,%%esi,4)") X(no_base, "page(,%%esi,4)")                   \
  X(no_base8, "page+3(,%%esi,8)") X(absolute, "page+0x456") X(twice, "-400(%%ebx,%%ebx)") X(edi_based, "12(%%edi)")    \
  X(edi_index, "(%%ebx,%%edi,1)")

#define STUBS(name, form)                                                                                              \
  static uint32_t lea_##name(uint32_t b, uint32_t s, uint32_t d) {                                                     \
    uint32_t out;                                                                                                      \
    __asm__ volatile("leal " form ", %0" : "=r"(out) : "b"(b), "S"(s), "D"(d));                                        \
    return out;                                                                                                        \
  }                                                                                                                    \
  static uint32_t lea16_##name(uint32_t b, uint32_t s, uint32_t d) {                                                   \
    uint32_t out = 0xabcd0000;                                                                                         \
    __asm__ volatile("leaw " form ", %w0" : "+r"(out) : "b"(b), "S"(s), "D"(d));                                       \
    return out;                                                                                                        \
  }
FORMS(STUBS)
#define LOADS(name, form)                                                                                              \
  static uint32_t load_##name(uint32_t b, uint32_t s, uint32_t d) {                                                    \
    uint32_t out;                                                                                                      \
    __asm__ volatile("movl " form ", %%eax\n\taddb %%ds:" form ", %%ah\n\tadcw %%es:" form ", %%ax\n\tincb " form      \
                     : "=a"(out) : "b"(b), "S"(s), "D"(d) : "cc", "memory");                                           \
    return out;                                                                                                        \
  }
FORMS(LOADS)

typedef uint32_t form(uint32_t b, uint32_t s, uint32_t d);
static const struct {
  const char *name;
  form *lea, *lea16, *load;
} forms[] = {
#define ROW(name, text) {#name, lea_##name, lea16_##name, load_##name},
    FORMS(ROW)};

// EBP and ESP as bases (SS is their segment), around a frame of our own.
static uint32_t frames(uint32_t *block) {
  uint32_t out;
  __asm__ volatile(
      "pushl %%ebp\n\tmovl %%esp, %%edx\n\tleal 64(%1), %%ebp\n\tleal 32(%1), %%esp\n\t"
      "movl (%%ebp), %%eax\n\taddl -8(%%ebp), %%eax\n\txorl 8(%%ebp,%%ecx,4), %%eax\n\taddl (%%esp), %%eax\n\txorl 4(%%esp), %%eax\n\t"
      "addl (%%esp,%%ecx,4), %%eax\n\txorl %%ds:(%%ebp), %%eax\n\taddl %%ss:(%1), %%eax\n\tmovl %%eax, -4(%%esp)\n\tincl 300-256(%%ebp,%%ecx)\n\t"
      "movl %%edx, %%esp\n\tpopl %%ebp"
      : "=&a"(out) : "S"(block), "c"(2) : "edx", "cc", "memory");
  return out;
}

static uint32_t crossing(uint32_t digest) {
  for (unsigned boundary = 4096; boundary <= 8192; boundary += 4096) {
    for (unsigned back = 0; back < 5; ++back) {
      uint8_t *at = page + boundary - back;
      uint32_t value = 0x81726354u + back, low, word, two[2];
      __asm__ volatile("movl %1, (%2)" : "=m"(page) : "r"(value), "r"(at));
      __asm__ volatile("movl (%1), %0" : "=r"(low) : "r"(at), "m"(page));
      guest_check("crossing", low, value);
      __asm__ volatile("addl $0x01020304, (%1)\n\tmovzwl 1(%1), %0" : "=&r"(word) : "r"(at) : "cc", "memory");
      value += 0x01020304;
      guest_check("crossing word", word, value >> 8 & 0xffff);
      __asm__ volatile("movw %w1, -1(%2)\n\txchgl %0, (%2)" : "=&r"(low) : "0"(word), "r"(at) : "memory");
      memcpy(two, at - 4, 8);
      digest = guest_mix(guest_mix(guest_mix(digest, two[0]), two[1]), low);
    }
  }
  return digest;
}

int main(void) {
  uint32_t all = 0, state = 5, base = (uint32_t)(uintptr_t)page;
  for (unsigned i = 0; i < sizeof page; i += 4) {
    uint32_t random = guest_random(&state);
    memcpy(page + i, &random, 4);
  }
  unsigned rounds = guest_scale(20);
  for (unsigned at = 0; at < sizeof forms / sizeof *forms; ++at) {
    uint32_t digest = 0;
    for (unsigned i = 0; i < rounds; ++i) {
      uint32_t b = guest_random(&state), s = guest_random(&state), d = guest_random(&state);
      // the three that name `page` have its address in the result, which differs between builds
      uint32_t own = forms[at].name[0] == 'n' || forms[at].name[0] == 'a' ? base : 0;
      digest = guest_mix(digest, forms[at].lea(b, s, d) - own);
      digest = guest_mix(digest, (forms[at].lea16(b, s, d) - own) & 0xffff);
      if (forms[at].name[0] == 't') continue;  // base twice reaches nothing of ours
      b = base + 1000 + i * 7;
      s = 1 + i * 3;
      d = forms[at].name[4] == 'i' ? 4 * i : base + 2000 + i;  // edi_index adds it to EBX
      digest = guest_mix(digest, forms[at].load(b, s, d));
    }
    all = op_line(all, forms[at].name, digest);
  }
  // A sum beyond 4 GiB wraps round.
  uint32_t wrapped = load_index8(base - 8 * 0xfffffff0u, 0xfffffff0u, 0);
  guest_check("wrap", (wrapped ^ wrapped) | (load_index1(base + 0x80000000u, 0x80000100u, 0) == load_index1(base + 0x40000000u, 0xc0000104u, 0)), 0);
  static uint32_t block[64];
  for (unsigned i = 0; i < 64; ++i) block[i] = i * 0x01234567;
  all = op_line(all, "frames", frames(block));
  uint32_t digest = 0;
  for (unsigned i = 0; i < 64; ++i) digest = guest_mix(digest, block[i]);
  all = op_line(all, "frame memory", digest);
  all = op_line(all, "crossing", crossing(0));
  return guest_report("address", all);
}
