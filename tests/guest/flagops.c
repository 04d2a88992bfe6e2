// clc stc cmc cld std lahf sahf pushf popf, flags kept by mov, lea, not, inc, string moves; nops; into that does not trap.
#include "op.h"

OP(clc_, "clc") OP(stc_, "stc") OP(cmc_, "cmc") OP(lahf_, "lahf") OP(sahf_, "sahf")
OP(lahf_sahf, "lahf\n\txorl %%edx, %%edx\n\tsahf\n\tadcl $0, %%edx")
OP(kept, "movl %%edx, %%ecx\n\tleal 4(%%ecx,%%edx), %%eax\n\tnotl %%eax\n\tmovzbl %%al, %%edx\n\tbswapl %%eax\n\txchgl %%eax, %%ecx\n\tpushl %%eax\n\tpopl %%ecx\n\tcltd\n\tcwtl")
OP(inc_keeps, "incl %%eax\n\tadcl $0, %%edx\n\tdecl %%ecx\n\tsbbl $0, %%ecx")
OP(into_, "cmpb $0, %%al\n\tinto\n\tsetb %%dl")
OP(nops, "nop\n\txchgl %%eax, %%eax\n\t.byte 0x66, 0x90\n\t.byte 0x0f, 0x1f, 0x44, 0x00, 0x00\n\tpause\n\tleal 0(%%esi), %%esi")
OP(zero_count, "movb $32, %%cl\n\tshll %%cl, %%eax\n\tmovb $0, %%cl\n\trcrl %%cl, %%edx\n\tsarb %%cl, %%dl\n\tshldl %%cl, %%eax, %%edx")
OP(carry_chain, "rcll $1, %%eax\n\trcll $1, %%edx\n\trcll $1, %%ecx\n\tadcl %%eax, %%eax\n\tadcl %%edx, %%edx\n\tadcl %%ecx, %%ecx\n\tsbbl %%eax, %%ecx\n\tsbbl %%edx, %%edx")
OP(neg_chain, "negl %%eax\n\tadcl $0, %%edx\n\tnegl %%edx\n\tsbbl %%ecx, %%ecx")

static const struct {
  const char *name;
  operation *run;
  uint32_t defined;
} operations[] = {{"clc", clc_, kArithmetic},
                  {"stc", stc_, kArithmetic},
                  {"cmc", cmc_, kArithmetic},
                  {"lahf", lahf_, kArithmetic},
                  {"sahf", sahf_, kArithmetic},
                  {"lahf_sahf", lahf_sahf, kArithmetic},
                  {"kept", kept, kArithmetic},
                  {"inc_keeps", inc_keeps, kArithmetic},
                  {"into", into_, kArithmetic},
                  {"nops", nops, kArithmetic},
                  {"zero_count", zero_count, kArithmetic},
                  {"carry_chain", carry_chain, kArithmetic},
                  {"neg_chain", neg_chain, kArithmetic}};

static uint32_t direction(void) {
  uint32_t up, down;
  __asm__ volatile("std\n\tpushfl\n\tpopl %0\n\tcld\n\tpushfl\n\tpopl %1" : "=r"(down), "=r"(up) : : "cc");
  return (down >> 10 & 1) << 1 | (up >> 10 & 1);
}

int main(void) {
  unsigned values = op_value_count(8);
  uint32_t all = 0;
  for (unsigned at = 0; at < sizeof operations / sizeof *operations; ++at) {
    uint32_t digest = 0;
    for (unsigned i = 0; i < values; ++i) {
      for (unsigned k = 0; k < 64; k += 3) {
        uint32_t flags = (k & 1 ? kCf : 0) | (k & 2 ? kPf : 0) | (k & 4 ? kAf : 0) | (k & 8 ? kZf : 0) | (k & 16 ? kSf : 0) |
                         (k & 32 ? kOf : 0);
        struct io io = {op_values[i], op_values[(i + k) % values], op_values[k % values], flags};
        operations[at].run(&io);
        digest = op_fold(digest, &io, operations[at].defined);
      }
    }
    all = op_line(all, operations[at].name, digest);
  }
  struct io io = {0, 0, 0, kArithmetic};
  lahf_(&io);
  guest_check("lahf", io.a, 0xd700);  // bit 1 reads 1
  guest_check("direction", direction(), 2);
  return guest_report("flagops", all);
}
