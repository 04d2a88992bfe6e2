// Linked lists on the heap: insertion, reversal, merge sort of links, removal, a hash table with chains.
#include <stdlib.h>

#include "guest.h"

struct node {
  struct node* next;
  uint32_t value;
};

static struct node* insert(struct node* head, uint32_t value) {
  struct node* node = malloc(sizeof *node);
  if (!node) guest_panic("out of memory");
  node->next = head;
  node->value = value;
  return node;
}

static struct node* reverse(struct node* head) {
  struct node* turned = 0;
  while (head) {
    struct node* next = head->next;
    head->next = turned;
    turned = head;
    head = next;
  }
  return turned;
}

static struct node* merge(struct node* a, struct node* b) {
  struct node* head = 0;
  struct node** link = &head;
  while (a && b) {
    struct node** smaller = b->value < a->value ? &b : &a;
    *link = *smaller;
    link = &(*smaller)->next;
    *smaller = *link;
  }
  *link = a ? a : b;
  return head;
}

static struct node* sort(struct node* head) {
  if (!head || !head->next) return head;
  struct node* slow = head;
  for (struct node* fast = head->next; fast && fast->next; fast = fast->next->next) slow = slow->next;
  struct node* second = slow->next;
  slow->next = 0;
  return merge(sort(head), sort(second));
}

static struct node* remove_odd(struct node* head, unsigned* removed) {
  for (struct node** link = &head; *link;) {
    struct node* node = *link;
    if (node->value & 1) {
      *link = node->next;
      free(node);
      ++*removed;
    } else {
      link = &node->next;
    }
  }
  return head;
}

enum { kBuckets = 16, kNodes = 100 };

int main(void) {
  uint32_t state = 31337, digest = 0;
  for (unsigned n = guest_scale(40); n; --n) {
    struct node* head = 0;
    unsigned odd = 0, removed = 0;
    uint32_t sum = 0;
    for (unsigned i = 0; i < kNodes; ++i) {
      uint32_t value = guest_random(&state) >> 12;
      odd += value & 1;
      sum += value;
      head = insert(head, value);
    }
    head = sort(reverse(head));
    unsigned count = 0;
    for (struct node* node = head; node; node = node->next, ++count) {
      if (node->next && node->next->value < node->value) guest_fail("order", node->value, node->next->value);
      sum -= node->value;
      digest = guest_mix(digest, node->value);
    }
    guest_check("count", count, kNodes);
    guest_check("sum", sum, 0);
    head = remove_odd(head, &removed);
    guest_check("removed", removed, odd);

    struct node* buckets[kBuckets] = {0};
    for (struct node* node = head; node; node = node->next) {
      struct node** bucket = &buckets[node->value / 2 % kBuckets];
      *bucket = insert(*bucket, node->value);
    }
    unsigned found = 0;
    for (struct node *node = head, *next; node; node = next) {
      for (struct node* other = buckets[node->value / 2 % kBuckets]; other; other = other->next) {
        if (other->value == node->value) {
          ++found;
          break;
        }
      }
      next = node->next;
      free(node);
    }
    guest_check("found", found, kNodes - odd);
    for (unsigned i = 0; i < kBuckets; ++i) {
      while (buckets[i]) {
        struct node* next = buckets[i]->next;
        free(buckets[i]);
        buckets[i] = next;
      }
    }
  }
  return guest_report("list", digest);
}
