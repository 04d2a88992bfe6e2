// The heap: first fit in a list of free blocks sorted by address, neighbours joined on free.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runtime.h"

struct block {
  size_t bytes;  // with this header; a multiple of 16
  struct block* next;
  size_t pad[2];
};

static struct block* free_list;

void runtime_heap(void* start, size_t bytes) {
  free_list = start;
  free_list->bytes = bytes & ~(size_t)15;
  free_list->next = 0;
}

void* malloc(size_t bytes) {
  if (bytes > SIZE_MAX - 31) return 0;
  size_t need = ((bytes + 15) & ~(size_t)15) + sizeof(struct block);
  for (struct block** link = &free_list; *link; link = &(*link)->next) {
    struct block* found = *link;
    if (found->bytes < need) continue;
    if (found->bytes - need >= 2 * sizeof(struct block)) {
      struct block* rest = (struct block*)((char*)found + need);
      rest->bytes = found->bytes - need;
      rest->next = found->next;
      found->bytes = need;
      *link = rest;
    } else {
      *link = found->next;
    }
    return found + 1;
  }
  return 0;
}

static void join(struct block* left) {
  struct block* right = left->next;
  if (right && (char*)left + left->bytes == (char*)right) {
    left->bytes += right->bytes;
    left->next = right->next;
  }
}

void free(void* pointer) {
  if (!pointer) return;
  struct block* freed = (struct block*)pointer - 1;
  struct block* before = 0;
  struct block* after = free_list;
  while (after && after < freed) {
    before = after;
    after = after->next;
  }
  freed->next = after;
  if (before) {
    before->next = freed;
    join(freed);
    join(before);
  } else {
    free_list = freed;
    join(freed);
  }
}

void* calloc(size_t count, size_t bytes) {
  size_t all;
  if (__builtin_mul_overflow(count, bytes, &all)) return 0;
  void* pointer = malloc(all);
  return pointer ? memset(pointer, 0, all) : 0;
}

void* realloc(void* pointer, size_t bytes) {
  if (!pointer) return malloc(bytes);
  size_t old = ((struct block*)pointer - 1)->bytes - sizeof(struct block);
  if (bytes <= old) return pointer;
  void* grown = malloc(bytes);
  if (!grown) return 0;
  memcpy(grown, pointer, old);
  free(pointer);
  return grown;
}
