// All sixteen conditions by setcc, cmovcc (16 and 32 bits, register and memory) and jcc (short and near), on all
// combinations of flags, and straight after cmp, test, sub, inc and logic of every width; loop, loope, loopne, jecxz.
#include "op.h"

#define CONDITIONS(X)                                                                                              \
  X(o, flags & kOf) X(no, !(flags & kOf)) X(b, flags & kCf) X(ae, !(flags & kCf)) X(e, flags & kZf)                \
  X(ne, !(flags & kZf)) X(be, flags & (kCf | kZf)) X(a, !(flags & (kCf | kZf))) X(s, flags & kSf)                  \
  X(ns, !(flags & kSf)) X(p, flags & kPf) X(np, !(flags & kPf)) X(l, less(flags)) X(ge, !less(flags))              \
  X(le, (flags & kZf) || less(flags)) X(g, !(flags & kZf) && !less(flags))

static bool less(uint32_t flags) { return !(flags & kSf) != !(flags & kOf); }

#define STUBS(cc, expression)                                                                            \
  static bool holds_##cc(uint32_t flags) { return expression; }                                          \
  OP(set_##cc, "set" #cc " %%al\n\tset" #cc " %%dh\n\tmovb $0x55, op_cell\n\tset" #cc " op_cell\n\tmovb op_cell, %%cl") \
  OP(cmov_##cc, "cmov" #cc " %%edx, %%eax\n\tcmov" #cc "w %%ax, %%cx")                                   \
  OP(cmovm_##cc, "movl %%edx, op_cell\n\tcmov" #cc "l op_cell, %%eax\n\tcmov" #cc "w op_cell+2, %%cx")   \
  OP(j_##cc, "j" #cc " 1f\n\tmovl $1, %%eax\n1:\tleal 2(%%edx), %%edx\n\tj" #cc " 2f\n\t.skip 140, 0x90\n\tmovl $3, %%ecx\n2:") \
  OP(cmpd_##cc, "cmpl %%edx, %%eax\n\tset" #cc " %%cl\n\tj" #cc " 1f\n\torl $0x100, %%ecx\n1:")           \
  OP(cmpw_##cc, "cmpw %%dx, %%ax\n\tcmov" #cc " %%edx, %%ecx")                                           \
  OP(cmpb_##cc, "cmpb %%dl, %%al\n\tj" #cc " 1f\n\tincl %%ecx\n1:")                                      \
  OP(testd_##cc, "testl %%edx, %%eax\n\tset" #cc " %%ch")                                                \
  OP(sub_##cc, "subl %%edx, %%eax\n\tj" #cc " 1f\n\tmovl %%edx, %%ecx\n1:")                              \
  OP(dec_##cc, "decl %%eax\n\tset" #cc " %%cl")                                                          \
  OP(andb_##cc, "andb %%dl, %%al\n\tset" #cc " %%cl")                                                    \
  OP(addw_##cc, "addw %%dx, %%ax\n\tset" #cc " %%cl")                                                    \
  OP(sbb_##cc, "sbbl %%edx, %%eax\n\tset" #cc " %%cl")                                                   \
  OP(two_##cc, "cmpl %%edx, %%eax\n\tset" #cc " %%cl\n\tset" #cc " %%ch\n\tj" #cc " 1f\n\tcmpl $5, %%edx\n\tset" #cc " %%cl\n1:")
CONDITIONS(STUBS)

struct row {
  const char *name;
  bool (*holds)(uint32_t flags);
  operation *set, *cmov, *cmov_memory, *jump;
  operation *after[10];
};
static const struct row rows[] = {
#define ROW(cc, expression)                                                                                     \
  {#cc, holds_##cc, set_##cc, cmov_##cc, cmovm_##cc, j_##cc,                                                    \
   {cmpd_##cc, cmpw_##cc, cmpb_##cc, testd_##cc, sub_##cc, dec_##cc, andb_##cc, addw_##cc, sbb_##cc, two_##cc}},
    CONDITIONS(ROW)};

static uint32_t test_flags(const struct row *row, uint32_t flags, uint32_t digest) {
  bool holds = row->holds(flags);
  struct io in = {0x11223344, 0x55667788, 0x99aabbcc, flags}, out = in;
  row->set(&out);
  guest_check(row->name, out.a, 0x11223300 + holds);
  guest_check(row->name, out.b, 0x55660088u + ((uint32_t)holds << 8));
  guest_check(row->name, out.c, 0x99aabb00u + holds);
  guest_check(row->name, out.flags, flags);
  digest = op_fold(digest, &out, kArithmetic);
  out = in;
  row->cmov(&out);
  guest_check(row->name, out.a, holds ? in.b : in.a);
  guest_check(row->name, out.c, holds ? 0x99aa7788 : in.c);
  out = in;
  row->cmov_memory(&out);
  guest_check(row->name, out.a, holds ? in.b : in.a);
  guest_check(row->name, out.c, holds ? 0x99aa5566 : in.c);
  out = in;
  row->jump(&out);
  guest_check(row->name, out.a, holds ? in.a : 1);
  guest_check(row->name, out.b, in.b + 2);
  guest_check(row->name, out.c, holds ? in.c : 3);
  return op_fold(digest, &out, kArithmetic);
}

OP(do_loop, "movl $0, %%eax\n1:\tincl %%eax\n\tloop 1b")
OP(do_loope, "movl $0, %%eax\n1:\tincl %%eax\n\tcmpl $4, %%eax\n\tsetl %%dl\n\tcmpb $1, %%dl\n\tloope 1b")
OP(do_loopne, "movl $0, %%eax\n1:\tincl %%eax\n\tcmpl %%edx, %%eax\n\tloopne 1b")
OP(do_jecxz, "movl $1, %%eax\n\tjecxz 1f\n\tmovl $2, %%eax\n1:")
OP(do_jcxz, "movl $1, %%eax\n\tjcxz 1f\n\tmovl $2, %%eax\n1:")

static uint32_t test_loops(uint32_t digest) {
  for (uint32_t c = 1; c < 8; ++c) {
    struct io io = {0, 5, c, kArithmetic};
    do_loop(&io);
    guest_check("loop", io.a, c);
    guest_check("loop", io.c, 0);
    digest = op_fold(digest, &io, kCf);
    io = (struct io){0, 5, c, 0};
    do_loope(&io);
    guest_check("loope", io.a, c < 4 ? c : 4);
    digest = op_fold(digest, &io, kArithmetic);
    io = (struct io){0, 3, c, 0};
    do_loopne(&io);
    guest_check("loopne", io.a, c < 3 ? c : 3);
    digest = op_fold(digest, &io, kArithmetic);
  }
  static const uint32_t counts[] = {0, 1, 0x10000, 0xffff0000, 0xffff};
  for (unsigned i = 0; i < 5; ++i) {
    struct io io = {0, 0, counts[i], kArithmetic};
    do_jecxz(&io);
    guest_check("jecxz", io.a, counts[i] ? 2 : 1);
    do_jcxz(&io);
    guest_check("jcxz", io.a, counts[i] & 0xffff ? 2 : 1);
    guest_check("flags", io.flags, kArithmetic);
    digest = op_fold(digest, &io, kArithmetic);
  }
  return digest;
}

int main(void) {
  unsigned values = op_value_count(8);
  uint32_t all = 0;
  for (unsigned at = 0; at < sizeof rows / sizeof *rows; ++at) {
    uint32_t digest = 0;
    for (unsigned k = 0; k < 64; k += values < 5 ? 5 : 1) {
      uint32_t flags = (k & 1 ? kCf : 0) | (k & 2 ? kPf : 0) | (k & 4 ? kAf : 0) | (k & 8 ? kZf : 0) | (k & 16 ? kSf : 0) |
                       (k & 32 ? kOf : 0);
      digest = test_flags(&rows[at], flags, digest);
    }
    for (unsigned i = 0; i < values; ++i) {
      for (unsigned j = 0; j < values; ++j) {
        for (unsigned k = 0; k < 10; ++k) {
          struct io io = {op_values[i], op_values[j], 0x30, (i ^ j) & 1 ? kCf : 0};
          rows[at].after[k](&io);
          digest = op_fold(digest, &io, kCf | kPf | kZf | kSf | kOf);
        }
      }
    }
    all = op_line(all, rows[at].name, digest);
  }
  all = op_line(all, "loops", test_loops(0));
  return guest_report("condition", all);
}
