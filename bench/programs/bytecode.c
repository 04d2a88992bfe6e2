// An interpreter for a small stack machine, running a sieve and a Collatz search written in its byte code.
#include <string.h>

#include "guest.h"

enum op { kPush, kLoad, kStore, kAdd, kSub, kMul, kShr, kAnd, kLess, kJump, kJumpZero, kPeek, kPoke, kDup, kHalt };

struct machine {
  int32_t stack[32];
  int32_t variables[8];
  uint8_t memory[512];
  unsigned steps;
};

static int32_t run(struct machine* m, const uint8_t* code) {
  const uint8_t* pc = code;
  int32_t* sp = m->stack;
  for (;;) {
    ++m->steps;
    switch ((enum op) * pc++) {
      case kPush:
        *sp++ = (int16_t)(pc[0] | pc[1] << 8);
        pc += 2;
        break;
      case kLoad:
        *sp++ = m->variables[*pc++];
        break;
      case kStore:
        m->variables[*pc++] = *--sp;
        break;
      case kAdd:
        --sp;
        sp[-1] += sp[0];
        break;
      case kSub:
        --sp;
        sp[-1] -= sp[0];
        break;
      case kMul:
        --sp;
        sp[-1] *= sp[0];
        break;
      case kShr:
        --sp;
        sp[-1] = (int32_t)((uint32_t)sp[-1] >> sp[0]);
        break;
      case kAnd:
        --sp;
        sp[-1] &= sp[0];
        break;
      case kLess:
        --sp;
        sp[-1] = sp[-1] < sp[0];
        break;
      case kJump:
        pc = code + pc[0];
        break;
      case kJumpZero:
        pc = *--sp ? pc + 1 : code + pc[0];
        break;
      case kPeek:
        sp[-1] = m->memory[sp[-1]];
        break;
      case kPoke:
        sp -= 2;
        m->memory[sp[0]] = (uint8_t)sp[1];
        break;
      case kDup:
        *sp = sp[-1];
        ++sp;
        break;
      case kHalt:
        return sp[-1];
      default:
        guest_panic("byte code");
    }
  }
}

#define PUSH(x) kPush, (x)&0xff, (x) >> 8

// v0 = i, v1 = j, v2 = count, v3 = limit
static const uint8_t sieve[] = {
    /*  0 */ PUSH(2), kStore, 0,       PUSH(0),   kStore, 2,
    /* 10 */ kLoad,   0,      kLoad,   3,         kLess,  kJumpZero, 61,
    /* 17 */ kLoad,   0,      kPeek,   kJumpZero, 25,     kJump,     51,
    /* 24 */ kHalt,
    /* 25 */ kLoad,   2,      PUSH(1), kAdd,      kStore, 2,         kLoad, 0,      kDup, kMul,  kStore, 1,
    /* 39 */ kLoad,   1,      kLoad,   3,         kLess,  kJumpZero, 51,
    /* 46 */ kLoad,   1,      kJump,   64,        kHalt,
    /* 51 */ kLoad,   0,      PUSH(1), kAdd,      kStore, 0,         kJump, 10,
    /* 61 */ kLoad,   2,      kHalt,
    /* 64 */ PUSH(1), kPoke,  kLoad,   1,         kLoad,  0,         kAdd,  kStore, 1,    kJump, 39};

// v0 = number, v1 = steps. Put together at run time: its jumps are easier to read as names.
static unsigned assemble_collatz(uint8_t* to) {
  uint8_t even = 0, join = 0, end = 0;
  unsigned at = 0;
  for (int pass = 0; pass < 2; ++pass) {
    const uint8_t code[] = {PUSH(0),
                            kStore,
                            1,
                            PUSH(1),
                            kLoad,
                            0,
                            kLess,
                            kJumpZero,
                            end,
                            kLoad,
                            1,
                            PUSH(1),
                            kAdd,
                            kStore,
                            1,
                            kLoad,
                            0,
                            PUSH(1),
                            kAnd,
                            kJumpZero,
                            even,
                            kLoad,
                            0,
                            PUSH(3),
                            kMul,
                            PUSH(1),
                            kAdd,
                            kJump,
                            join,
                            /* even: */ kLoad,
                            0,
                            PUSH(1),
                            kShr,
                            /* join: */ kStore,
                            0,
                            kJump,
                            5,
                            /* end: */ kLoad,
                            1,
                            kHalt};
    at = sizeof code;
    end = (uint8_t)(at - 3);
    join = (uint8_t)(end - 4);
    even = (uint8_t)(join - 6);
    memcpy(to, code, sizeof code);
  }
  return at;
}

int main(void) {
  static struct machine m;
  static uint8_t second[64];
  uint32_t digest = assemble_collatz(second);
  for (unsigned n = guest_scale(60); n; --n) {
    memset(&m, 0, sizeof m);
    m.variables[3] = 100;
    guest_check("primes below 100", (uint32_t)run(&m, sieve), 25);
    m.variables[0] = 7;
    guest_check("collatz of 7", (uint32_t)run(&m, second), 16);
    m.variables[0] = 1000 + (int32_t)n;
    digest = guest_mix(digest, (uint32_t)run(&m, second));
    digest = guest_mix(digest, m.steps);
  }
  return guest_report("bytecode", digest);
}
