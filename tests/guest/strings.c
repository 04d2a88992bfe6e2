// movs stos lods scas cmps: byte, word, dword; no prefix, rep, repe, repne; both directions; counts from 0; overlap and
// odd addresses; against a model in C that works element by element. (ESI, EDI, ECX and EAX are all compared.)
#include "op.h"

#include <string.h>

enum { kRoom = 136 };
struct state {
  uint32_t a, c;
  uint8_t *s, *d;
  uint32_t flags;  // ZF CF and the rest, of scas and cmps
};
static uint8_t memory[kRoom], wanted[kRoom];

#define STRING(name, text)                                                                              \
  static void name##_up(struct state *r) {                                                              \
    __asm__ volatile("pushl %4\n\tpopfl\n\t" text "\n\tpushfl\n\tpopl %4"                               \
                     : "+a"(r->a), "+c"(r->c), "+S"(r->s), "+D"(r->d), "+r"(r->flags) : : "cc", "memory"); \
  }                                                                                                     \
  static void name##_down(struct state *r) {                                                            \
    __asm__ volatile("pushl %4\n\tpopfl\n\tstd\n\t" text "\n\tpushfl\n\tcld\n\tpopl %4"                 \
                     : "+a"(r->a), "+c"(r->c), "+S"(r->s), "+D"(r->d), "+r"(r->flags) : : "cc", "memory"); \
  }
#define FAMILY(op) STRING(op##b, #op "b") STRING(op##w, #op "w") STRING(op##l, #op "l") \
                   STRING(rep_##op##b, "rep; " #op "b") STRING(rep_##op##w, "rep; " #op "w") STRING(rep_##op##l, "rep; " #op "l")
#define COMPARES(op) STRING(repne_##op##b, "repne; " #op "b") STRING(repne_##op##w, "repne; " #op "w") STRING(repne_##op##l, "repne; " #op "l")
FAMILY(movs) FAMILY(stos) FAMILY(lods) FAMILY(scas) FAMILY(cmps) COMPARES(scas) COMPARES(cmps)

enum op { kMovs, kStos, kLods, kScas, kCmps };
enum prefix { kOnce, kRep, kRepne };
static const struct {
  const char *name;
  void (*up)(struct state *r);
  void (*down)(struct state *r);
  enum op op;
  enum prefix prefix;
  uint32_t size;
} operations[] = {
#define ROW(name, op, prefix, size) {#name, name##_up, name##_down, op, prefix, size}
#define ROWS(name, op) ROW(name##b, op, kOnce, 1), ROW(name##w, op, kOnce, 2), ROW(name##l, op, kOnce, 4), \
                       ROW(rep_##name##b, op, kRep, 1), ROW(rep_##name##w, op, kRep, 2), ROW(rep_##name##l, op, kRep, 4)
    ROWS(movs, kMovs), ROWS(stos, kStos), ROWS(lods, kLods), ROWS(scas, kScas), ROWS(cmps, kCmps),
    ROW(repne_scasb, kScas, kRepne, 1), ROW(repne_scasw, kScas, kRepne, 2), ROW(repne_scasl, kScas, kRepne, 4),
    ROW(repne_cmpsb, kCmps, kRepne, 1), ROW(repne_cmpsw, kCmps, kRepne, 2), ROW(repne_cmpsl, kCmps, kRepne, 4)};

static uint32_t get(const uint8_t *at, uint32_t size) {
  uint32_t value = 0;
  for (uint32_t i = 0; i < size; ++i) value |= (uint32_t)at[i] << (8 * i);
  return value;
}
static void set(uint8_t *at, uint32_t size, uint32_t value) {
  for (uint32_t i = 0; i < size; ++i) at[i] = (uint8_t)(value >> (8 * i));
}

static uint32_t subtract_flags(uint32_t a, uint32_t b, uint32_t size) {
  unsigned bits = size * 8;
  uint32_t result = (a - b) & op_mask(bits);
  return (a < b ? kCf : 0) | ((a ^ b ^ result) & kAf) | (((a ^ b) & (a ^ result)) >> (bits - 1) & 1 ? kOf : 0) |
         op_result_flags(result, bits);
}

// The model works on `wanted`; its pointers are offsets.
static void model(unsigned at, struct state *r, uint32_t *s, uint32_t *d, bool down) {
  uint32_t size = operations[at].size, step = down ? 0 - size : size;
  for (;;) {
    if (operations[at].prefix != kOnce && r->c == 0) return;
    switch (operations[at].op) {
      case kMovs: set(wanted + *d, size, get(wanted + *s, size)); break;
      case kStos: set(wanted + *d, size, r->a); break;
      case kLods: r->a = (r->a & ~op_mask(8 * size)) | get(wanted + *s, size); break;
      case kScas: r->flags = subtract_flags(r->a & op_mask(8 * size), get(wanted + *d, size), size); break;
      case kCmps: r->flags = subtract_flags(get(wanted + *s, size), get(wanted + *d, size), size); break;
    }
    if (operations[at].op != kStos && operations[at].op != kScas) *s += step;
    if (operations[at].op != kLods) *d += step;
    if (operations[at].prefix == kOnce) return;
    --r->c;
    if (operations[at].op >= kScas && !(r->flags & kZf) == (operations[at].prefix == kRep)) return;
  }
}

int main(void) {
  unsigned rounds = guest_scale(20);
  uint32_t all = 0, state = 31;
  for (unsigned at = 0; at < sizeof operations / sizeof *operations; ++at) {
    uint32_t digest = 0;
    for (unsigned i = 0; i < rounds * 2; ++i) {
      bool down = i & 1;
      // few different bytes, so that comparisons meet equal ones; sometimes all the same
      uint32_t pattern = guest_random(&state);
      for (unsigned k = 0; k < kRoom; k += 4) {
        uint32_t word = (i & 6) == 6 ? 0x40404040 : (pattern & 0x01010101) + 0x40404040;
        pattern = pattern >> 1 | pattern << 31;
        memcpy(memory + k, &word, 4);
      }
      memcpy(wanted, memory, kRoom);
      uint32_t random = guest_random(&state);
      uint32_t count = i < 2 ? 0 : 1 + random % 9;
      uint32_t s = 48 + (random >> 8) % 12, d = (i & 8) ? s + (random >> 16) % 5 : 48 + (random >> 12) % 12;
      uint32_t a = get(memory + (random >> 20) % 100, 4), flags = i & 2 ? kArithmetic : 0;
      struct state r = {a, count, memory + s, memory + d, flags}, m = {a, count, 0, 0, flags};
      (down ? operations[at].down : operations[at].up)(&r);
      model(at, &m, &s, &d, down);
      guest_check(operations[at].name, r.a, m.a);
      guest_check(operations[at].name, r.c, m.c);
      guest_check(operations[at].name, (uint32_t)(r.s - memory), s);
      guest_check(operations[at].name, (uint32_t)(r.d - memory), d);
      guest_check(operations[at].name, r.flags & kArithmetic, m.flags);
      guest_check(operations[at].name, (uint32_t)memcmp(memory, wanted, kRoom), 0);
      digest = guest_mix(guest_mix(digest, r.c), r.flags & kArithmetic);
      digest = guest_mix(digest, get(memory + s - 4, 4));
    }
    all = op_line(all, operations[at].name, digest);
  }
  return guest_report("strings", all);
}
