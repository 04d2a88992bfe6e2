// Code that changes: a routine written, called, changed and called again; an immediate changed by the loop that executes it;
// the very next instruction changed; a write beside code on the same page; code moved to another place. Guests only: a host
// would not let its code be written.
#include "op.h"

#include <string.h>

uint8_t buffer[256] __attribute__((aligned(64)));
typedef uint32_t routine(void);

static uint8_t *emit_constant(uint8_t *at, uint32_t value) {
  *at++ = 0xb8;  // mov eax, imm32
  memcpy(at, &value, 4);
  at += 4;
  *at++ = 0xc3;  // ret
  return at;
}

static uint32_t call_buffer(unsigned offset) {
  routine *code;
  uint8_t *address = buffer + offset;
  memcpy(&code, &address, sizeof code);
  __asm__ volatile("" : : : "memory");
  return code();
}

// The loop adds an immediate and then increases it.
static uint32_t growing_immediate(uint32_t count) {
  uint32_t sum;
  __asm__ volatile("xorl %0, %0\n1:\taddl $1, %0\n2:\tincb 2b-1\n\tloop 1b\n\tmovb $1, 2b-1" : "=&b"(sum), "+c"(count) : : "cc", "memory");
  return sum;
}

// The store changes the instruction right after it: inc ECX (41) becomes inc EDX (42), and back.
static uint32_t next_instruction(void) {
  uint32_t c = 0, d = 0;
  __asm__ volatile("movb $0x42, 1f\n1:\tincl %%ecx\n\tmovb $0x41, 1b\n\tjmp 2f\n2:\tincl %%ecx" : "+c"(c), "+d"(d) : : "cc", "memory");
  return c << 8 | d;
}

int main(void) {
  uint32_t digest = 0;
  for (unsigned n = guest_scale(30); n; --n) {
    emit_constant(buffer, n);
    guest_check("written", call_buffer(0), n);
    for (uint32_t i = 0; i < 6; ++i) {
      buffer[1] = (uint8_t)(i * 3);
      guest_check("changed", call_buffer(0), (n & ~0xffu) | i * 3);
      buffer[40] = (uint8_t)i;   // the same granule, after the code
      buffer[100] = (uint8_t)n;  // another granule
      guest_check("beside", call_buffer(0), (n & ~0xffu) | i * 3);
    }
    uint8_t *end = emit_constant(buffer + 61, n * 0x10001);  // across two granules
    guest_check("moved", call_buffer(61), n * 0x10001);
    end[-2] ^= 0x40;  // the last byte of the constant
    guest_check("last byte", call_buffer(61), (n * 0x10001) ^ 0x40000000);
    buffer[61] = 0xb9;  // mov ecx: EAX stays what it is, so only the length counts
    buffer[66] = 0x91;  // xchg eax, ecx
    buffer[67] = 0xc3;
    guest_check("longer", call_buffer(61), (n * 0x10001) ^ 0x40000000);
    uint32_t grown = growing_immediate(10 + n % 5);
    uint32_t count = 10 + n % 5;
    guest_check("growing", grown, count * (count + 1) / 2);
    guest_check("next", next_instruction(), 0x101);
    digest = guest_mix(digest, grown + n);
  }
  return guest_report("smc", digest);
}
