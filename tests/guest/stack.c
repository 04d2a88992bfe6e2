// push and pop of everything, pusha, popa, pushf, popf, 16-bit forms, ESP as operand, enter with nesting and leave, ret with
// a count, calls through registers and memory, bound inside its limits.
#include "op.h"

// Runs with a stack of its own, filled with a pattern, so that what is below and above can be looked at.
uint32_t area[64];
uint32_t saved_esp, final_esp, registers[8];

#define ON_AREA(name, text)                                                                                  \
  static void name(void) {                                                                                   \
    __asm__ volatile(                                                                                        \
        "movl %%esp, saved_esp\n\tmovl $area+160, %%esp\n\tmovl $0x1a1a1a1a, %%eax\n\t"                      \
        "movl $0x2b2b2b2b, %%ecx\n\tmovl $0x3c3c3c3c, %%edx\n\tmovl $0x4d4d4d4d, %%ebx\n\t"                  \
        "movl $0x5e5e5e5e, %%esi\n\tmovl $0x6f6f6f6f, %%edi\n\t" text                                        \
        "\n\tmovl %%eax, registers\n\tmovl %%ecx, registers+4\n\tmovl %%edx, registers+8\n\t"                \
        "movl %%ebx, registers+12\n\tmovl %%esi, registers+16\n\tmovl %%edi, registers+20\n\t"               \
        "movl %%esp, final_esp\n\tmovl saved_esp, %%esp"                                                     \
        : : : "eax", "ecx", "edx", "ebx", "esi", "edi", "cc", "memory");                                     \
  }

ON_AREA(push_registers, "pushl %%eax\n\tpushl %%ecx\n\tpushl %%edi\n\tpopl %%ebx\n\tpopl %%esi")
ON_AREA(push_immediates, "pushl $5\n\tpushl $-5\n\tpushl $0x12345678\n\tpushw $0x1234\n\tpushw $-2\n\tpopl %%eax\n\tpopw %%cx\n\tpushw %%cx\n\tpushw %%dx")
ON_AREA(push_memory, "pushl area+4\n\tpushl %%esp\n\tpopl %%ecx\n\tpushw area+10\n\tpopw area+2\n\tpopl area+12\n\tpushl (%%esp)\n\tpopl %%edx\n\tsubl $area, %%ecx\n\tmovl $0, area+152")
ON_AREA(push_esp, "pushl %%esp\n\tpushl %%esp\n\tpopl %%eax\n\tpopl %%edx\n\tsubl $area, %%eax\n\tsubl $area, %%edx")
ON_AREA(pop_esp, "movl $area+120, %%eax\n\tpushl %%eax\n\tpopl %%esp\n\tpushl %%ecx\n\tmovl $0, %%eax")
ON_AREA(pop_at_esp, "pushl $1\n\tpushl $2\n\tpushl $3\n\tpopl (%%esp)\n\tpushl 4(%%esp)\n\tpopl 4(%%esp)\n\tpopl -8(%%esp)")
ON_AREA(all_registers, "pushal\n\tmovl $9, 12(%%esp)\n\txorl %%eax, %%eax\n\tmovl %%eax, %%ecx\n\tmovl %%eax, %%ebx\n\tpopal\n\tmovl $0, area+136")
ON_AREA(all_words, "pushaw\n\txorl %%eax, %%eax\n\txorl %%edx, %%edx\n\tmovl %%eax, %%esi\n\tpopaw\n\tmovl $0, area+148")
ON_AREA(flags, "movl $0x8d5, %%eax\n\tpushl %%eax\n\tpopfl\n\tpushfl\n\tpopl %%ecx\n\tandl $0x8d5, %%ecx\n\tpushw $0x44\n\tpopfw\n\tpushfw\n\t"
               "popw %%dx\n\tandl $0x8d5, %%edx\n\tpushfl\n\tpopl %%esi\n\tandl $0xdff, %%esi\n\tmovl %%esi, area+156\n\tmovw $0, area+156")
ON_AREA(enter_plain, "movl %%ebp, area\n\tmovl $0x77777777, %%ebp\n\tenter $24, $0\n\tmovl %%esp, %%eax\n\tsubl %%ebp, %%eax\n\tmovl %%ebp, %%ecx\n\t"
                     "subl $area, %%ecx\n\tleave\n\tmovl %%ebp, %%edx\n\tmovl area, %%ebp\n\tmovl $0, area")
ON_AREA(enter_one, "movl %%ebp, area\n\tmovl $area+200, %%ebp\n\tenter $8, $1\n\tmovl (%%esp), %%eax\n\tmovl 8(%%esp), %%ecx\n\tsubl $area, %%ecx\n\tleave\n\t"
                   "movl %%ebp, %%edx\n\tsubl $area, %%edx\n\tmovl area, %%ebp\n\tmovl $0, area\n\tmovl $0, area+152\n\tmovl $0, area+156")
ON_AREA(enter_three, "movl %%ebp, area\n\tmovl $area+200, %%ebp\n\tenter $4, $3\n\tpushl $7\n\tmovl 8(%%esp), %%eax\n\tsubl $area, %%eax\n\tmovl 12(%%esp), %%ecx\n\t"
                     "movl 16(%%esp), %%edx\n\tleave\n\tmovl %%ebp, %%ebx\n\tsubl $area, %%ebx\n\tmovl area, %%ebp\n\tmovl $0, area\n\tmovl $0, area+144\n\tmovl $0, area+156")
ON_AREA(return_count, "pushl $1\n\tpushl $2\n\tpushl $3\n\tcall 1f\n\tjmp 2f\n1:\tmovl 8(%%esp), %%eax\n\tret $8\n2:\tmovl $0, area+144")
ON_AREA(calls, "movl $1f, %%eax\n\tcall *%%eax\n\tmovl $1f, area\n\tcall *area\n\tmovl $area-4, %%edx\n\tmovl $1, %%esi\n\tcall *(%%edx,%%esi,4)\n\t"
               "jmp 2f\n1:\tincl %%ecx\n\tret\n2:\tmovl $3f, area\n\tmovl $4f, %%ebx\n\tjmp *area\n\tincl %%ecx\n3:\tjmp *%%ebx\n\tincl %%ecx\n4:\t"
               "movl $0, area\n\tmovl $0, area+156\n\tmovl $0, %%eax\n\tmovl $0, %%edx\n\tmovl $0, %%ebx")
ON_AREA(call_next, "call 1f\n1:\tpopl %%eax\n\tsubl $1b, %%eax\n\tmovl $0, area+156")
ON_AREA(stack_arithmetic, "subl $16, %%esp\n\tmovl $3, (%%esp)\n\taddl %%eax, (%%esp)\n\tmovw $9, 6(%%esp)\n\tleal 8(%%esp), %%ecx\n\tsubl $area, %%ecx\n\tandl $-16, %%esp\n\t"
                          "xchgl %%esp, %%edx\n\txchgl %%edx, %%esp\n\tpushl %%ebx\n\taddl $20, %%esp")
ON_AREA(bounds, "movl $-3, area\n\tmovl $7, area+4\n\tmovl $-3, %%eax\n\tboundl %%eax, area\n\tmovl $7, %%ecx\n\tboundl %%ecx, area\n\tmovl $0x00050002, area+8\n\t"
                "movl $4, %%edx\n\tboundw %%dx, area+8")

static const struct {
  const char *name;
  void (*run)(void);
} cases[] = {
#define ROW(name) {#name, name}
    ROW(push_registers), ROW(push_immediates), ROW(push_memory), ROW(push_esp), ROW(pop_esp), ROW(pop_at_esp),
    ROW(all_registers), ROW(all_words), ROW(flags), ROW(enter_plain), ROW(enter_one), ROW(enter_three),
    ROW(return_count), ROW(calls), ROW(call_next), ROW(stack_arithmetic), ROW(bounds)};

int main(void) {
  uint32_t all = 0;
  for (unsigned round = guest_scale(4); round; --round) {
    for (unsigned at = 0; at < sizeof cases / sizeof *cases; ++at) {
      for (unsigned i = 0; i < 64; ++i) area[i] = 0x01010101 * i + round;
      cases[at].run();
      uint32_t digest = final_esp - (uint32_t)(uintptr_t)area;
      for (unsigned i = 0; i < 6; ++i) digest = guest_mix(digest, registers[i]);
      // the frame pointers that enter pushes are addresses: made relative
      for (unsigned i = 0; i < 64; ++i) {
        uint32_t value = area[i], offset = value - (uint32_t)(uintptr_t)area;
        digest = guest_mix(digest, offset < sizeof area ? offset : value);
      }
      if (round == 1) {
        all = op_line(all, cases[at].name, digest);
        if (guest_option("lines")) continue;
        for (unsigned i = 0; i < 6; ++i) printf(" %08x", (unsigned)registers[i]);
        printf("\n");
      }
    }
  }
  return guest_report("stack", all);
}
