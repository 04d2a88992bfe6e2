// Debian's uthash (uthash-dev), unmodified: a hash table of records by name and by number, lists, arrays.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utarray.h>
#include <uthash.h>
#include <utlist.h>

#include "guest.h"

enum { kRecords = 200 };

struct record {
  char name[16];
  unsigned number;
  UT_hash_handle by_name, by_number;
  struct record *prev, *next;
};

static int by_falling_number(const struct record* a, const struct record* b) { return (int)b->number - (int)a->number; }
static int by_value(const void* a, const void* b) { return *(const int*)a - *(const int*)b; }

// The array header wants the library's sort, which the runtime has not: insertion.
static void sort_ints(int* data, unsigned count) {
  for (unsigned i = 1; i < count; ++i) {
    const int value = data[i];
    unsigned k = i;
    for (; k > 0 && by_value(&data[k - 1], &value) > 0; --k) data[k] = data[k - 1];
    data[k] = value;
  }
}

int main(void) {
  const unsigned n = guest_scale(12);
  static struct record records[kRecords];
  uint32_t digest = 0;
  for (unsigned round = 0; round < n; ++round) {
    struct record *names = NULL, *numbers = NULL, *list = NULL, *found;
    for (unsigned k = 0; k < kRecords; ++k) {
      struct record* const record = &records[k];
      record->number = k * 2654435761u % 65521 + round;
      snprintf(record->name, sizeof record->name, "n%x", record->number);
      HASH_ADD(by_name, names, name[0], strlen(record->name), record);
      HASH_ADD(by_number, numbers, number, sizeof record->number, record);
      DL_APPEND(list, record);
    }
    guest_check("size", HASH_CNT(by_name, names), kRecords);
    uint32_t sum = 0;
    for (unsigned k = 0; k < 2 * kRecords; ++k) {  // half of them are absent
      char name[16];
      const unsigned number = k * 2654435761u % 65521 + round;
      snprintf(name, sizeof name, "n%x", number);
      HASH_FIND(by_name, names, name, strlen(name), found);
      struct record* same;
      HASH_FIND(by_number, numbers, &number, sizeof number, same);
      guest_check("both tables", found == same, 1);
      guest_check("found", found != NULL, k < kRecords);
      if (found != NULL) sum += found->number;
    }
    DL_SORT(list, by_falling_number);
    unsigned last = ~0u, count = 0;
    DL_FOREACH(list, found) {
      guest_check("order", found->number <= last, 1);
      last = found->number;
      ++count;
    }
    guest_check("list", count, kRecords);
    UT_array* array;
    utarray_new(array, &ut_int_icd);
    for (unsigned k = 0; k < kRecords / 4; ++k) {
      const int value = (int)records[k].number;
      utarray_push_back(array, &value);
    }
    sort_ints((int*)utarray_front(array), utarray_len(array));
    digest = guest_mix(digest, sum ^ (uint32_t) * (int*)utarray_eltptr(array, kRecords / 8));
    utarray_free(array);
    struct record* other;
    HASH_ITER(by_number, numbers, found, other) { HASH_DELETE(by_number, numbers, found); }
    HASH_ITER(by_name, names, found, other) { HASH_DELETE(by_name, names, found); }
    guest_check("empty", names == NULL && numbers == NULL, 1);
  }
  return guest_report("tables", digest);
}
