// Calls: Fibonacci, Ackermann, towers of Hanoi, eight queens, mutual recursion through pointers.
#include "guest.h"

static unsigned fib(unsigned n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

static unsigned ackermann(unsigned m, unsigned n) {
  if (!m) return n + 1;
  return ackermann(m - 1, n ? ackermann(m, n - 1) : 1);
}

struct pegs {
  uint32_t disks[3];  // bit mask of the disks on each
  unsigned moves;
};

static void hanoi(struct pegs* pegs, unsigned count, unsigned from, unsigned to) {
  if (!count) return;
  unsigned other = 3 - from - to;
  hanoi(pegs, count - 1, from, other);
  uint32_t disk = 1u << (count - 1);
  // the disk is the smallest on its peg, and smaller than everything where it goes
  if ((pegs->disks[from] & (2 * disk - 1)) != disk || (pegs->disks[to] & (disk - 1))) guest_fail("hanoi", count, 0);
  pegs->disks[from] ^= disk;
  pegs->disks[to] |= disk;
  ++pegs->moves;
  hanoi(pegs, count - 1, other, to);
}

static unsigned queens(unsigned size, unsigned columns, unsigned left, unsigned right) {
  unsigned all = (1u << size) - 1;
  if (columns == all) return 1;
  unsigned count = 0;
  for (unsigned free = all & ~(columns | left | right); free; free &= free - 1) {
    unsigned bit = free & (0u - free);
    count += queens(size, columns | bit, (left | bit) << 1, (right | bit) >> 1);
  }
  return count;
}

typedef bool parity(unsigned n, void* other);
static bool is_odd(unsigned n, void* other);
static bool is_even(unsigned n, void* other) { return n == 0 || ((parity*)other)(n - 1, (void*)is_even); }
static bool is_odd(unsigned n, void* other) { return n != 0 && ((parity*)other)(n - 1, (void*)is_odd); }

int main(void) {
  static const unsigned solutions[] = {1, 1, 0, 0, 2, 10, 4, 40, 92};
  uint32_t digest = 0;
  parity* volatile even = is_even;
  for (unsigned n = guest_scale(40); n; --n) {
    unsigned f = fib(13 + n % 3);
    guest_check("fib", f, n % 3 == 0 ? 233 : n % 3 == 1 ? 377 : 610);
    unsigned a = ackermann(2, 6 + n % 4);
    guest_check("ackermann", a, 2 * (6 + n % 4) + 3);
    struct pegs pegs = {{0xff, 0, 0}, 0};
    hanoi(&pegs, 8, 0, 2);
    guest_check("hanoi moves", pegs.moves, 255);
    guest_check("hanoi end", pegs.disks[2], 0xff);
    unsigned size = 4 + n % 4;
    unsigned q = queens(size, 0, 0, 0);
    guest_check("queens", q, solutions[size]);
    guest_check("parity", even(n, (void*)is_odd), n % 2 == 0);
    digest = guest_mix(guest_mix(digest, f), a + q);
  }
  return guest_report("recursion", digest);
}
