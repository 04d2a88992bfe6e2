// Sorting, linked lists, function pointers, jump tables, recursion, string handling, a checksum.
#include "runtime.h"

struct node {
  struct node* next;
  uint16_t key;
  int8_t tag;
};

static struct node nodes[200];
static uint32_t values[500];
static char text[600];

static void sort(uint32_t* v, int low, int high) {
  if (low >= high) return;
  uint32_t pivot = v[(low + high) / 2];
  int i = low, j = high;
  while (i <= j) {
    while (v[i] < pivot) i++;
    while (v[j] > pivot) j--;
    if (i <= j) {
      uint32_t t = v[i];
      v[i++] = v[j];
      v[j--] = t;
    }
  }
  sort(v, low, j);
  sort(v, i, high);
}

static uint32_t crc(const void* data, unsigned n) {
  const uint8_t* p = data;
  uint32_t c = ~0u;
  while (n-- != 0) {
    c ^= *p++;
    for (int k = 0; k < 8; k++) c = c >> 1 ^ (c & 1 ? 0xedb88320u : 0);
  }
  return ~c;
}

static int add(int a, int b) { return a + b; }
static int mul(int a, int b) { return a * b; }
static int sub(int a, int b) { return a - b; }
static int (*const table[])(int, int) = {add, mul, sub};

static uint32_t interpret(const char* program) {
  uint32_t acc = 1;
  for (; *program != 0; program++) {
    switch (*program) {
      case 'a': acc += 3; break;
      case 'b': acc *= 5; break;
      case 'c': acc ^= 0x55; break;
      case 'd': acc >>= 1; break;
      case 'e': acc = ~acc; break;
      case 'f': acc = acc << 3 | acc >> 29; break;
      case 'g': acc -= 77; break;
      default: acc += (uint32_t)*program; break;
    }
  }
  return acc;
}

static uint32_t ackermann(uint32_t m, uint32_t n) {
  return m == 0 ? n + 1 : n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}

int main(void) {
  uint32_t seed = 99;
  for (int i = 0; i < 500; i++) values[i] = rng(&seed);
  sort(values, 0, 499);
  for (int i = 1; i < 500; i++) {
    if (values[i - 1] > values[i]) return 1;
  }
  put_hex(crc(values, sizeof values));

  struct node* head = 0;
  for (int i = 0; i < 200; i++) {
    nodes[i].key = (uint16_t)rng(&seed);
    nodes[i].tag = (int8_t)rng(&seed);
    nodes[i].next = head;
    head = &nodes[i];
  }
  uint32_t walk = 0;
  for (struct node* n = head; n != 0; n = n->next) walk = walk * 33 + n->key + (uint32_t)n->tag;
  put_hex(walk);

  int acc = 1;
  for (int i = 0; i < 300; i++) acc = table[rng(&seed) % 3](acc, (int)rng(&seed));
  put_hex((uint32_t)acc);

  for (int i = 0; i < 599; i++) text[i] = (char)('a' + rng(&seed) % 9);
  put(text);
  put("\n");
  put_hex(interpret(text));
  put_hex(crc(text, 599));
  put_hex(ackermann(2, 30));
  return 42;
}
