// Quicksort, heapsort and merge sort of the same numbers; each must give the same order and lose nothing.
#include <string.h>

#include "guest.h"

enum { kCount = 160 };
typedef void sorter(uint32_t* values, unsigned count);

static void quick(uint32_t* values, unsigned count) {
  while (count > 1) {
    uint32_t pivot = values[(count - 1) / 2];
    unsigned i = 0, j = count - 1;
    for (;; ++i, --j) {
      while (values[i] < pivot) ++i;
      while (values[j] > pivot) --j;
      if (i >= j) break;
      uint32_t held = values[i];
      values[i] = values[j];
      values[j] = held;
    }
    quick(values, j + 1);
    values += j + 1;
    count -= j + 1;
  }
}

static void sift(uint32_t* values, unsigned root, unsigned count) {
  for (unsigned child; (child = 2 * root + 1) < count; root = child) {
    if (child + 1 < count && values[child] < values[child + 1]) ++child;
    if (values[root] >= values[child]) return;
    uint32_t held = values[root];
    values[root] = values[child];
    values[child] = held;
  }
}

static void heap(uint32_t* values, unsigned count) {
  for (unsigned i = count / 2; i-- > 0;) sift(values, i, count);
  for (unsigned end = count; end-- > 1;) {
    uint32_t held = values[0];
    values[0] = values[end];
    values[end] = held;
    sift(values, 0, end);
  }
}

static void merge(uint32_t* values, unsigned count) {
  static uint32_t space[kCount];
  if (count < 2) return;
  unsigned half = count / 2;
  merge(values, half);
  merge(values + half, count - half);
  memcpy(space, values, half * sizeof *values);
  unsigned left = 0, right = half, to = 0;
  while (left < half && right < count) values[to++] = values[right] < space[left] ? values[right++] : space[left++];
  while (left < half) values[to++] = space[left++];
}

int main(void) {
  static sorter* const sorters[] = {quick, heap, merge};
  static const char* const names[] = {"quick", "heap", "merge"};
  static uint32_t input[kCount], values[kCount];
  uint32_t state = 12345, digest = 0;
  for (unsigned n = guest_scale(30); n; --n) {
    uint32_t sum = 0, first = 0;
    for (unsigned i = 0; i < kCount; ++i) {
      input[i] = guest_random(&state) >> (n % 3 * 8);  // few distinct values, too
      sum += input[i];
    }
    for (unsigned s = 0; s < 3; ++s) {
      memcpy(values, input, sizeof values);
      sorters[s](values, kCount);
      uint32_t order = 0, after = values[0];
      for (unsigned i = 1; i < kCount; ++i) {
        if (values[i - 1] > values[i]) guest_fail(names[s], values[i - 1], values[i]);
        after += values[i];
        order = guest_mix(order, values[i]);
      }
      guest_check(names[s], after, sum);
      if (s == 0) first = order;
      guest_check(names[s], order, first);
    }
    digest = guest_mix(digest, first);
  }
  return guest_report("sort", digest);
}
