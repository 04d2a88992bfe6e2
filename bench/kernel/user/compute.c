// Programs that only need time: two sieves at once, two tasks that wait for each other in a loop, one that sleeps.
#include "user.h"

static uint8_t composite[16384];

static uint32_t sieve(uint32_t limit) {
  uint32_t count = 0;
  for (uint32_t i = 2; i < limit; ++i) {
    if (composite[i]) continue;
    ++count;
    for (uint32_t k = i * i; k < limit; k += i) composite[k] = 1;
  }
  return count;
}

uint32_t program_sieve(unsigned n) {
  const uint32_t limit = n < 8 ? 1000 * n : sizeof composite;
  report("primes", sieve(limit));
  return 0;
}

// Another task, the same addresses, other contents.
uint32_t program_sieve_too(unsigned n) {
  const uint32_t limit = n < 8 ? 1500 * n : sizeof composite;
  report("primes", sieve(limit));
  return 0;
}

// Each counts when it is its turn and gives nothing away: without a timer this would never end.
uint32_t program_turns(unsigned n) {
  volatile uint32_t* const turn = (volatile uint32_t*)kUserShared;
  *turn = 0;
  const uint32_t last = 2 * n + 2;
  const uint32_t child = call0(kCallFork);
  const uint32_t mine = child == 0;
  uint32_t taken = 0;
  for (uint32_t now; (now = *turn) < last;) {
    if ((now & 1) != mine) continue;
    ++taken;
    *turn = now + 1;
  }
  if (!child) leave(taken);
  check("child's turns", wait_for(child), last / 2);
  report("turns", taken + last / 2);
  return 0;
}

uint32_t program_naps(unsigned n) {
  for (unsigned i = 1; i <= n && i < 8; ++i) {
    const uint32_t before = call0(kCallTicks);
    call2(kCallSleep, i, 0);
    check("slept long enough", call0(kCallTicks) - before >= i, 1);
  }
  return 0;
}
