// Programs that write code: one patches itself, one compiles expressions into a buffer that it uses again and again. Then segments with
// a base, and single steps.
#include <string.h>

#include "user.h"

typedef uint32_t routine(uint32_t);

static uint32_t run(const uint8_t* code, uint32_t argument) {
  routine* call;
  memcpy(&call, &code, sizeof call);
  __asm__ volatile("" : : : "memory");
  return call(argument);
}

// A loop that increases the immediate of its own addition.
static const uint8_t growing[] = {
    0x8b, 0x4c, 0x24, 0x04,              //  0: mov ecx, [esp + 4]
    0x31, 0xc0,                          //  4: xor eax, eax
    0xe8, 0x00, 0x00, 0x00, 0x00,        //  6: call next
    0x5a,                                // 11: pop edx  (address of 11)
    0x83, 0xc0, 0x01,                    // 12: add eax, 1
    0xfe, 0x42, 0x03,                    // 15: inc byte [edx + 3]: that immediate
    0xe2, 0xf8,                          // 18: loop 12
    0xc6, 0x42, 0x03, 0x01,              // 20: mov byte [edx + 3], 1
    0xc3,                                // 24: ret
};

uint32_t program_patch(unsigned n) {
  uint8_t* const heap = (uint8_t*)call2(kCallGrow, 3 * 4096, 0);
  memcpy(heap + 100, growing, sizeof growing);
  memcpy(heap + 4096 - 14, growing, sizeof growing);  // the patched instruction lies across two pages
  uint32_t sum = 0;
  for (unsigned i = 1; i <= n && i < 16; ++i) {
    check("in a page", run(heap + 100, i + 3), (i + 3) * (i + 4) / 2);
    check("across two pages", run(heap + 4096 - 14, i + 4), (i + 4) * (i + 5) / 2);
    sum += run(heap + 100, 2 * i);
    heap[0] = (uint8_t)i;  // data beside the code
  }
  // Copy on write gives a child its own code.
  const uint32_t child = call0(kCallFork);
  if (!child) {
    heap[100 + 14] = 3;
    leave(run(heap + 100, 2));
  }
  check("child's code", wait_for(child), 7);
  check("parent's code", run(heap + 100, 2), 3);
  report("sum", sum);
  return 0;
}

// Postfix expressions: x is the argument, digits are numbers. Compiled as a stack machine would do it.
static uint32_t compile(uint8_t* at, const char* text) {
  const uint8_t* const start = at;
#define EMIT(...)                            \
  do {                                       \
    static const uint8_t bytes[] = {__VA_ARGS__}; \
    memcpy(at, bytes, sizeof bytes);         \
    at += sizeof bytes;                      \
  } while (0)
  for (; *text; ++text) {
    switch (*text) {
      case 'x':
        EMIT(0xff, 0x74, 0x24, 0x04);  // push dword [esp + 4], patched to where x is
        break;
      case '+':
        EMIT(0x58, 0x01, 0x04, 0x24);  // pop eax; add [esp], eax
        break;
      case '-':
        EMIT(0x58, 0x29, 0x04, 0x24);  // pop eax; sub [esp], eax
        break;
      case '*':
        EMIT(0x58, 0x0f, 0xaf, 0x04, 0x24, 0x89, 0x04, 0x24);  // pop eax; imul eax, [esp]; mov [esp], eax
        break;
      default:
        EMIT(0x6a);  // push imm8
        *at++ = (uint8_t)(*text - '0');
    }
  }
  EMIT(0x58, 0xc3);  // pop eax; ret
#undef EMIT
  return (uint32_t)(at - start);
}

// The depth of the stack at each x, which its displacement needs.
static void place_argument(uint8_t* code, const char* text) {
  unsigned depth = 0;
  for (; *text; ++text) {
    switch (*text) {
      case 'x':
        code[3] = (uint8_t)(4 + 4 * depth++);
        code += 4;
        break;
      case '+':
      case '-':
        --depth;
        code += 4;
        break;
      case '*':
        --depth;
        code += 8;
        break;
      default:
        ++depth;
        code += 2;
    }
  }
}

static uint32_t evaluate(const char* text, uint32_t x) {
  uint32_t stack[16];
  unsigned depth = 0;
  for (; *text; ++text) {
    if (*text == 'x') {
      stack[depth++] = x;
    } else if (*text >= '0' && *text <= '9') {
      stack[depth++] = (uint32_t)(*text - '0');
    } else {
      const uint32_t b = stack[--depth], a = stack[depth - 1];
      stack[depth - 1] = *text == '+' ? a + b : *text == '-' ? a - b : a * b;
    }
  }
  return stack[0];
}

uint32_t program_jit(unsigned n) {
  static const char* const texts[] = {"x1+", "xx*x+3-", "12+3*x-", "xx*x*xx*+x+1+", "98x-*", "x7*2x*-55*+"};
  uint8_t* const buffer = (uint8_t*)call2(kCallGrow, 4096, 0);
  uint32_t digest = 1;
  for (unsigned i = 0; i < 6 * n; ++i) {
    const char* text = texts[i % 6];
    uint8_t* const at = buffer + (i & 1) * 20;
    compile(at, text);
    place_argument(at, text);
    for (uint32_t x = 0; x < 4; ++x) {
      const uint32_t value = run(at, x + i);
      check(text, value, evaluate(text, x + i));
      digest = (digest ^ value) * 0x01000193u;
    }
  }
  report("digest", digest);
  return 0;
}

uint32_t program_thread(unsigned n) {
  static uint32_t block[64];
  for (unsigned i = 0; i < 64; ++i) block[i] = i * 3;
  call2(kCallThread, (uint32_t)block, sizeof block - 1);
  __asm__ volatile("movl %0, %%gs\n\tmovl %0, %%fs" : : "r"(kThreadSelector));
  const uint32_t child = call0(kCallFork);
  const uint32_t rounds = 50 * n;
  if (!child) {  // its segment has the same selector and another base
    call2(kCallThread, (uint32_t)block + 64, 63);
    __asm__ volatile("movl %0, %%gs" : : "r"(kThreadSelector));
  }
  for (uint32_t i = 0; i < rounds; ++i) __asm__ volatile("incl %%gs:4" : : : "memory", "cc");
  if (!child) {
    check("child's word", block[17], 51 + rounds);
    leave(wrong);
  }
  check("child", wait_for(child), 0);
  uint32_t value;
  __asm__("movl %%fs:4, %0" : "=r"(value));
  check("parent's word", value, 3 + rounds);
  check("the child's has not changed here", block[17], 51);
  report("counted", value);
  return 0;
}

uint32_t program_steps(unsigned n) {
  uint32_t count = 3 + n, sum = 0;
  const uint32_t loops = count;
  __asm__ volatile(
      "pushfl\n\torl $0x100, (%%esp)\n\tpopfl\n\t"
      "1:\taddl %1, %0\n\tpushl %0\n\tpopl %0\n\tdecl %1\n\tjnz 1b\n\t"
      "pushfl\n\tandl $~0x100, (%%esp)\n\tpopfl"
      : "+r"(sum), "+r"(count)
      :
      : "cc", "memory");
  check("sum", sum, loops * (loops + 1) / 2);
  const uint32_t steps = call0(kCallSteps);
  check("steps", steps, 5 * loops + 3);
  report("steps", steps);
  return 0;
}
