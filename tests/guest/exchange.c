// xadd, cmpxchg, cmpxchg8b, xchg with memory; with and without lock; 8, 16, 32 bits.
#include "op.h"

OP(xadd_b, "xaddb %%dl, %%al") OP(xadd_w, "xaddw %%dx, %%ax") OP(xadd_d, "xaddl %%edx, %%eax")
OP_MEMORY(xadd_mb, "lock; xaddb %%dl, op_cell") OP_MEMORY(xadd_mw, "xaddw %%dx, op_cell")
OP_MEMORY(xadd_md, "lock; xaddl %%edx, op_cell") OP(xadd_same, "xaddl %%eax, %%eax")
// the accumulator is compared with ECX or memory
OP(cmpxchg_b, "cmpxchgb %%dl, %%cl") OP(cmpxchg_w, "cmpxchgw %%dx, %%cx") OP(cmpxchg_d, "cmpxchgl %%edx, %%ecx")
OP(cmpxchg_mb, "movl %%ecx, op_cell\n\tlock; cmpxchgb %%dl, op_cell\n\tmovl op_cell, %%ecx")
OP(cmpxchg_mw, "movl %%ecx, op_cell\n\tcmpxchgw %%dx, op_cell\n\tmovl op_cell, %%ecx")
OP(cmpxchg_md, "movl %%ecx, op_cell\n\tlock; cmpxchgl %%edx, op_cell\n\tmovl op_cell, %%ecx")
OP_MEMORY(xchg_mb, "xchgb %%dl, op_cell") OP_MEMORY(xchg_mw, "xchgw op_cell, %%dx") OP_MEMORY(xchg_md, "xchgl %%edx, op_cell")
OP_MEMORY(lock_add, "lock; addl %%edx, op_cell") OP_MEMORY(lock_sub, "lock; subw %%dx, op_cell")
OP_MEMORY(lock_xor, "lock; xorb %%dl, op_cell") OP_MEMORY(lock_inc, "lock; incl op_cell")
OP_MEMORY(lock_dec, "lock; decw op_cell") OP_MEMORY(lock_neg, "lock; negb op_cell") OP_MEMORY(lock_not, "lock; notl op_cell")
OP_MEMORY(lock_adc, "lock; adcl %%edx, op_cell") OP_MEMORY(lock_sbb, "lock; sbbb %%dl, op_cell")

static const struct {
  const char *name;
  operation *run;
} operations[] = {
#define ROW(name) {#name, name}
    ROW(xadd_b), ROW(xadd_w), ROW(xadd_d), ROW(xadd_mb), ROW(xadd_mw), ROW(xadd_md), ROW(xadd_same), ROW(cmpxchg_b),
    ROW(cmpxchg_w), ROW(cmpxchg_d), ROW(cmpxchg_mb), ROW(cmpxchg_mw), ROW(cmpxchg_md), ROW(xchg_mb), ROW(xchg_mw),
    ROW(xchg_md), ROW(lock_add), ROW(lock_sub), ROW(lock_inc), ROW(lock_dec), ROW(lock_neg), ROW(lock_not),
    ROW(lock_adc), ROW(lock_sbb)};

static uint32_t cmpxchg8b(uint64_t *cell, uint64_t *expected, uint64_t value) {
  uint32_t low = (uint32_t)*expected, high = (uint32_t)(*expected >> 32), equal;
  __asm__ volatile("lock; cmpxchg8b (%3)\n\tpushfl\n\tpopl %2"
                   : "+a"(low), "+d"(high), "=D"(equal)
                   : "S"(cell), "b"((uint32_t)value), "c"((uint32_t)(value >> 32))
                   : "cc", "memory");
  *expected = (uint64_t)high << 32 | low;
  return equal & kZf;
}

int main(void) {
  unsigned values = op_value_count(8);
  uint32_t all = 0;
  for (unsigned at = 0; at < sizeof operations / sizeof *operations; ++at) {
    uint32_t digest = 0, defined = kArithmetic;
    for (unsigned i = 0; i < values; ++i) {
      for (unsigned j = 0; j < values; ++j) {
        struct io io = {op_values[i], op_values[values - 1 - j], j & 1 ? op_values[i] : op_values[j], i & 1 ? kArithmetic : 0};
        operations[at].run(&io);
        digest = op_fold(digest, &io, defined);
      }
    }
    all = op_line(all, operations[at].name, digest);
  }
  // xor leaves AF undefined
  struct io xor = {0x1122334f, 0x0f, 0, kArithmetic};
  lock_xor(&xor);
  guest_check("lock_xor", xor.a, 0x11223340);
  guest_check("lock_xor", xor.flags & ~(uint32_t)kAf, 0);

  struct io io = {7, 100, 7, 0};
  cmpxchg_d(&io);
  guest_check("cmpxchg equal", io.c, 100);
  io = (struct io){8, 100, 7, 0};
  cmpxchg_d(&io);
  guest_check("cmpxchg different", io.a, 7);
  uint64_t cell = 0x1122334455667788, expected = cell;
  guest_check("cmpxchg8b equal", cmpxchg8b(&cell, &expected, 0xaabbccddeeff0011), kZf);
  guest_check("cmpxchg8b stored", cell == 0xaabbccddeeff0011, 1);
  expected ^= (uint64_t)1 << 40;
  guest_check("cmpxchg8b different", cmpxchg8b(&cell, &expected, 5), 0);
  guest_check("cmpxchg8b loaded", expected == cell, 1);
  guest_check("cmpxchg8b kept", cell == 0xaabbccddeeff0011, 1);
  return guest_report("exchange", all);
}
