// Partial registers: every byte and word register as source and destination, mixed with whole reads; movzx, movsx, cbw,
// cwde, cwd, cdq, bswap, xchg, xlat, lahf, sahf, setting and complementing the carry.
#include "op.h"

// Four whole registers go through a step and come out; ECX and EBX take part, so this has its own frame.
struct four {
  uint32_t a, c, d, b;
};
#define STEP(name, text)                                                                                              \
  static void name(struct four *r) {                                                                                  \
    __asm__ volatile(text : "+a"(r->a), "+c"(r->c), "+d"(r->d), "+b"(r->b) : : "cc", "memory");                       \
  }
#define BYTES(X) X(al) X(ah) X(cl) X(ch) X(dl) X(dh) X(bl) X(bh)

#define MOVE_TO(to)                                                                                                    \
  STEP(mov_##to, "movb $0x5a, %%" #to "\n\taddl $0x01010101, %%eax\n\taddl $0x01010101, %%ebx")                       \
  STEP(add_##to, "addb %%" #to ", %%" #to "\n\taddb $0x7e, %%" #to "\n\tadcl %%eax, %%edx\n\tsbbl %%ecx, %%ebx")       \
  STEP(all_##to,                                                                                                       \
       "movb %%al, %%" #to "\n\trorl $8, %%eax\n\tmovb %%ah, %%" #to "\n\trorl $8, %%eax\n\txorb %%bl, %%" #to           \
       "\n\trorl $8, %%ebx\n\taddb %%bh, %%" #to "\n\trorl $8, %%ebx\n\tsubb %%ch, %%" #to "\n\trorl $8, %%ecx\n\torb %%dh, %%" #to \
       "\n\trorl $8, %%edx\n\tincb %%" #to "\n\tnotb %%" #to "\n\tnegb %%" #to "\n\trolb $3, %%" #to "\n\tadcb %%cl, %%" #to)          \
  STEP(zero_##to, "movzbl %%" #to ", %%eax\n\tmovsbl %%" #to ", %%ecx\n\tmovzbw %%" #to ", %%dx\n\tmovsbw %%" #to ", %%bx")   \
  STEP(swap_##to, "xchgb %%al, %%" #to "\n\txchgb %%" #to ", %%bh\n\txchgb %%dh, %%" #to)                              \
  STEP(flag_##to, "cmpb $0x80, %%" #to "\n\tsetb %%" #to "\n\tsbbb %%" #to ", %%" #to "\n\tmovl %%eax, %%edx")
BYTES(MOVE_TO)

STEP(words, "movw %%ax, %%cx\n\taddw %%bx, %%ax\n\tmovw %%dx, %%bx\n\tmovl %%eax, %%edx\n\tincw %%dx\n\tmovw $0x8001, %%ax\n\taddl %%eax, %%ecx")
STEP(extends, "cbtw\n\tmovl %%eax, %%ecx\n\tcwtl\n\tmovl %%eax, %%ebx\n\tcltd\n\taddl %%edx, %%ebx\n\tcwtd\n\tmovzwl %%cx, %%eax\n\tmovswl %%cx, %%ecx")
STEP(swaps, "bswapl %%eax\n\tbswapl %%edx\n\txchgl %%eax, %%ebx\n\txchgw %%ax, %%cx\n\txchgl %%ecx, %%edx\n\txchgw %%bx, %%dx")
STEP(flags_in_ah, "movb %%bl, %%ah\n\tsahf\n\tadcb $0, %%cl\n\tsetp %%dl\n\tcmpb %%cl, %%bl\n\tlahf\n\tmovb %%ah, %%ch")
STEP(carries, "stc\n\tadcb $0, %%al\n\tclc\n\tsbbb $0, %%ah\n\tcmc\n\tadcl %%ecx, %%edx\n\tcmc\n\trclb $1, %%bl\n\tadcw $0x7fff, %%cx")
STEP(narrow_shift, "movb %%al, %%cl\n\tshlb %%cl, %%bh\n\tshrw %%cl, %%dx\n\tsarb $1, %%ah\n\trolw $5, %%ax\n\tshldw $4, %%ax, %%bx\n\tmovzbl %%bh, %%ecx")
STEP(narrow_memory, "movl %%eax, op_cell\n\tmovb %%ch, op_cell+1\n\tmovw %%bx, op_cell+2\n\tmovl op_cell, %%edx\n\tmovb op_cell+2, %%ah\n\t"
                    "movzwl op_cell+1, %%ecx\n\tmovsbl op_cell+3, %%ebx\n\tmovswl op_cell+2, %%eax\n\taddb %%dh, op_cell\n\tadcl op_cell, %%eax")
STEP(immediate_bytes, "movb $0x80, %%ah\n\tmovb $1, %%al\n\timulw $3, %%ax, %%dx\n\tmovw $0xffff, %%bx\n\tincb %%bh\n\tdecb %%bl\n\ttestb $0x81, %%ah\n\tsete %%cl")

static uint8_t translation[256];
static uint32_t xlat(uint32_t a) {
  __asm__ volatile("xlatb" : "+a"(a) : "b"(translation) : "memory");
  return a;
}

static const struct {
  const char *name;
  void (*run)(struct four *r);
} steps[] = {
#define ROWS(to) {"mov_" #to, mov_##to}, {"add_" #to, add_##to}, {"all_" #to, all_##to}, \
                 {"zero_" #to, zero_##to}, {"swap_" #to, swap_##to}, {"flag_" #to, flag_##to},
    BYTES(ROWS){"words", words},
    {"extends", extends},
    {"swaps", swaps},
    {"flags_in_ah", flags_in_ah},
    {"carries", carries},
    {"narrow_shift", narrow_shift},
    {"narrow_memory", narrow_memory},
    {"immediate_bytes", immediate_bytes},
};

int main(void) {
  unsigned rounds = guest_scale(40);
  uint32_t all = 0, state = 0x1234567;
  struct four r = {0x11223344, 0x55667788, 0x99aabbcc, 0xddeeff00};
  mov_ah(&r);
  guest_check("mov ah", r.a, 0x12235b45);
  guest_check("ebx", r.b, 0xdef00001);
  for (unsigned at = 0; at < sizeof steps / sizeof *steps; ++at) {
    uint32_t digest = 0;
    for (unsigned i = 0; i < rounds; ++i) {
      r = (struct four){guest_random(&state), guest_random(&state), guest_random(&state), guest_random(&state)};
      r.a ^= (i & 1) * 0x80;
      steps[at].run(&r);
      digest = guest_mix(guest_mix(guest_mix(guest_mix(digest, r.a), r.b), r.c), r.d);
    }
    all = op_line(all, steps[at].name, digest);
  }
  for (unsigned i = 0; i < 256; ++i) translation[i] = (uint8_t)(i * 7 + 3);
  for (unsigned i = 0; i < 256; i += 15) guest_check("xlat", xlat(0xabcdef00 + i), 0xabcdef00 + (uint8_t)(i * 7 + 3));
  return guest_report("partial", all);
}
