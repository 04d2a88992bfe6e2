// Writes near and into code, a case for each pattern that programs have: `do=` says which, n= how many rounds. Every result is checked;
// tests/system/codewrites.py also looks at what the writes have cost. Routines run often enough between writes to be translated.
#include <string.h>

#include "system/supervisor.h"

enum { kHot = 40 };  // calls after which a routine is translated, by default thresholds
static uint8_t buffer[3 * kPage] __attribute__((aligned(4096)));

typedef uint32_t routine_type(uint32_t);

static uint32_t call(const uint8_t* code, uint32_t argument) {
  routine_type* entry;
  memcpy(&entry, &code, sizeof entry);
  __asm__ volatile("" : : : "memory");
  return entry(argument);
}

static void call_often(const uint8_t* code, unsigned times, uint32_t wanted) {
  for (unsigned i = 0; i < times; ++i) guest_check("result", call(code, i) - i, wanted);
}

// mov eax, [esp + 4]; add eax, value; ret
static uint8_t* emit_add(uint8_t* at, uint32_t value) {
  static const uint8_t start[] = {0x8b, 0x44, 0x24, 0x04, 0x05};
  memcpy(at, start, sizeof start);
  memcpy(at + sizeof start, &value, 4);
  at[sizeof start + 4] = 0xc3;
  return at + sizeof start + 5;
}

// A loop that counts in a word of its own page, another granule.
static uint32_t own_page(unsigned n) {
  uint32_t count, left = 100 * n;
  __asm__ volatile(
      ".pushsection .text.own_page, \"ax\"\n\t.balign 4096\n"
      "own_page_loop:\n\tincl own_page_word\n\tdecl %%ecx\n\tjnz own_page_loop\n\tret\n\t"
      ".skip 1000\nown_page_word: .long 0\n\t.balign 4096\n\t.popsection\n\t"
      "call own_page_loop\n\tmovl own_page_word, %0"
      : "=r"(count), "+c"(left)
      :
      : "cc", "memory");
  guest_check("count", count, 100 * n);
  return count;
}

// The same, with the word in the very granule of the loop.
static uint32_t own_granule(unsigned n) {
  uint32_t count, left = 100 * n;
  __asm__ volatile(
      ".pushsection .text.own_granule, \"ax\"\n\t.balign 64\n"
      "own_granule_loop:\n\tincl own_granule_word\n\tdecl %%ecx\n\tjnz own_granule_loop\n\tret\n\t.balign 4\n"
      "own_granule_word: .long 0\n\t.balign 64\n\t.popsection\n\t"
      "call own_granule_loop\n\tmovl own_granule_word, %0"
      : "=r"(count), "+c"(left)
      :
      : "cc", "memory");
  guest_check("count", count, 100 * n);
  return count;
}

// The loop changes an immediate of the block that runs, each time.
static uint32_t running_block(unsigned n) {
  uint32_t sum = 0;
  for (unsigned i = 0; i < n; ++i) {
    uint32_t one, count = 20;
    __asm__ volatile(
        "xorl %0, %0\n1:\taddl $1, %0\n2:\tincb 2b-1\n\tdecl %1\n\tjnz 1b\n\tmovb $1, 2b-1"
        : "=&b"(one), "+c"(count)
        :
        : "cc", "memory");
    guest_check("sum", one, 210);
    sum += one;
  }
  return sum;
}

// The store changes the instruction after it: inc ECX (41) becomes inc EDX (42), and back.
static uint32_t next_instruction(unsigned n) {
  uint32_t c = 0, d = 0;
  for (unsigned i = 0; i < 20 * n; ++i) {
    __asm__ volatile("movb $0x42, 1f\n1:\tincl %%ecx\n\tmovb $0x41, 1b\n\tjmp 2f\n2:\tincl %%ecx" : "+c"(c), "+d"(d) : : "cc", "memory");
  }
  guest_check("next, changed", d, 20 * n);
  guest_check("next, back", c, 20 * n);
  return c + d;
}

// The immediate of a routine lies in two pages; each half changes in turn.
static uint32_t crossing(unsigned n) {
  uint8_t* const code = buffer + kPage - 7;
  uint8_t* const value = code + 5;
  emit_add(code, 0);
  uint32_t wanted = 0;
  for (unsigned i = 1; i <= n; ++i) {
    value[i % 4] = (uint8_t)i;
    memcpy(&wanted, value, 4);
    call_often(code, kHot, wanted);
  }
  return wanted;
}

// The page of the code has a second linear address, through which it is written, and then run.
static uint32_t second_mapping(unsigned n) {
  supervisor_start(false);
  uint8_t* const alias = buffer + 2 * kPage;
  *page_entry((uint32_t)alias) = (uint32_t)buffer | kPresent | kWrite;
  invlpg((uint32_t)alias);
  emit_add(buffer + 96, 0);
  for (unsigned i = 1; i <= n; ++i) {
    alias[96 + 5] = (uint8_t)i;
    call_often(buffer + 96, kHot, i & 0xff);
    buffer[96 + 6] = 1;
    call_often(alias + 96, kHot, 0x100 + (i & 0xff));
    alias[96 + 6] = 0;
  }
  return call(buffer + 96, 0);
}

// Two routines take turns at one place, copied there by rep movs.
static uint32_t rep_movs(unsigned n) {
  uint8_t* const one = buffer + kPage;
  emit_add(one, 0x01010101);
  emit_add(one + 128, 0x20202020);
  for (unsigned i = 0; i < n; ++i) {
    const uint8_t* from = one + 128 * (i & 1);
    uint8_t* to = buffer + 200;
    uint32_t words = 32;
    __asm__ volatile("rep movsl" : "+S"(from), "+D"(to), "+c"(words) : : "memory");
    call_often(buffer + 200, kHot, i & 1 ? 0x20202020 : 0x01010101);
  }
  return n;
}

// A compiler that puts every routine into the same place. Each runs `times`.
static uint32_t compile_and_run(unsigned n, unsigned times) {
  uint32_t digest = 1;
  for (unsigned i = 0; i < n; ++i) {
    uint8_t* const code = buffer + (i % 3) * 5;
    const uint32_t value = guest_mix(digest, i);
    emit_add(code, value);
    call_often(code, times, value);
    digest = guest_mix(digest, value);
  }
  return digest;
}
static uint32_t jit_cold(unsigned n) { return compile_and_run(n, 3); }
static uint32_t jit_hot(unsigned n) { return compile_and_run(n, 400); }

// Data beside a routine change before each call, so that its translations come to check themselves; its constant changes
// too, but seldom, and for once only: the very next call must see it.
static uint32_t beside_and_changed(unsigned n) {
  uint8_t* const code = buffer + kPage + 128;
  volatile uint8_t* const beside = code + 40;
  emit_add(code, 0);
  for (unsigned i = 0; i < 10 * n; ++i) {
    for (unsigned k = 0; k < 12; ++k) {
      *beside = (uint8_t)k;
      guest_check("beside", call(code, k), k + (i & 0xff));
    }
    code[5] ^= 0x80;
    guest_check("for once", call(code, 0), (i & 0xff) ^ 0x80);
    code[5] = (uint8_t)(i + 1);
  }
  return call(code, 0);
}

// The routine writes into itself, after the instruction that writes, and back: with data beside it that change, too.
static uint32_t own_bytes(unsigned n) {
  uint32_t sum = 0;
  for (unsigned i = 0; i < 20 * n; ++i) {
    uint32_t value = i & 0x7f, got = 0;
    __asm__ volatile(
        "jmp 2f\n\t.balign 64\n"
        "2:\tincl 9f\n\tmovb %b1, 1f + 2\n\tincl %0\n1:\taddl $0, %0\n\tmovb $0, 1b + 2\n\tjmp 3f\n9:\t.long 0\n3:"
        : "+a"(got), "+q"(value)
        :
        : "cc", "memory");
    sum += got;
  }
  return sum;
}

// A page full of routines that all have run, then other contents: as if another program had been loaded there.
static uint32_t overwrite(unsigned n) {
  for (unsigned i = 1; i <= n; ++i) {
    for (unsigned k = 0; k < 16; ++k) emit_add(buffer + 64 * k, i * k);
    for (unsigned k = 0; k < 16; ++k) call_often(buffer + 64 * k, kHot, i * k);
    memset(buffer, 0, kPage);
  }
  return n;
}

// A routine made on the stack for each call, between locals that change (a nested function of GNU C).
static uint32_t on_the_stack(unsigned n) {
  volatile uint32_t sum = 0;
  for (unsigned i = 0; i < 10 * n; ++i) {
    uint8_t code[16];
    emit_add(code, i);
    __asm__ volatile("" : : "r"(code) : "memory");
    sum += call(code, 1);
  }
  guest_check("sum", sum, 10 * n * (10 * n + 1) / 2);
  return sum;
}

static const struct {
  const char* name;
  uint32_t (*run)(unsigned);
} cases[] = {
    {"own_page", own_page},     {"own_granule", own_granule},       {"running_block", running_block}, {"next_instruction", next_instruction},
    {"crossing", crossing},     {"second_mapping", second_mapping}, {"rep_movs", rep_movs},           {"jit_cold", jit_cold},
    {"jit_hot", jit_hot},       {"overwrite", overwrite},           {"on_the_stack", on_the_stack},
    {"beside_and_changed", beside_and_changed}, {"own_bytes", own_bytes},
};

// Without do= every case runs, a few rounds each.
int main(void) {
  const char* option = guest_option("do");
  char wanted[32] = "";
  if (option) strncpy(wanted, option, sizeof wanted - 1);
  const unsigned n = guest_scale(5);
  uint32_t digest = 0;
  bool found = false;
  for (unsigned i = 0; i < sizeof cases / sizeof *cases; ++i) {
    if (option && strcmp(wanted, cases[i].name) != 0) continue;
    found = true;
    digest = guest_mix(digest, cases[i].run(n));
  }
  guest_check("a case", found, option == 0 || *wanted != 0);
  return guest_report("codewrite", digest);
}
