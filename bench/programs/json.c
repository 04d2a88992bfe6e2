// Debian's jsmn.h (libjsmn-dev), unmodified: parses a JSON text that is made here, and checks what it finds against
// what was put in.
#include <jsmn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"

enum { kRecords = 12, kTokens = 512 };
static char text[8192];
static jsmntok_t tokens[kTokens];

static int is(const jsmntok_t* token, const char* wanted) {
  const size_t size = (size_t)(token->end - token->start);
  return token->type == JSMN_STRING && size == strlen(wanted) && memcmp(text + token->start, wanted, size) == 0;
}

int main(void) {
  const unsigned n = guest_scale(60);
  uint32_t state = 0x2545f491, digest = 0;
  for (unsigned round = 0; round < n; ++round) {
    size_t size = 0;
    uint32_t sum = 0;
    size += (size_t)snprintf(text + size, sizeof text - size, "{ \"records\": [");
    for (unsigned k = 0; k < kRecords; ++k) {
      const uint32_t value = guest_random(&state) % 100000;
      sum += value;
      size += (size_t)snprintf(
          text + size, sizeof text - size,
          "%s{\"id\": %u, \"name\": \"record \\\"%x\\\"\", \"flags\": [true, false, null], \"value\": %u}",
          k == 0 ? "" : ", ", k, value * 7, value);
    }
    size += (size_t)snprintf(text + size, sizeof text - size, "], \"count\": %u}", (unsigned)kRecords);
    jsmn_parser parser;
    jsmn_init(&parser);
    const int count = jsmn_parse(&parser, text, size, tokens, kTokens);
    guest_check("tokens", (uint32_t)count, 5 + kRecords * 12);
    uint32_t found = 0;
    for (int k = 0; k + 1 < count; ++k) {
      if (is(&tokens[k], "value")) found += (uint32_t)strtoul(text + tokens[k + 1].start, NULL, 10);
      if (is(&tokens[k], "count")) guest_check("count", (uint32_t)atoi(text + tokens[k + 1].start), kRecords);
    }
    guest_check("sum", found, sum);
    jsmn_init(&parser);
    guest_check("cut off", (uint32_t)jsmn_parse(&parser, text, size - 1 - round % 16, tokens, kTokens),
                (uint32_t)JSMN_ERROR_PART);
    digest = guest_mix(digest, found + (uint32_t)size);
  }
  return guest_report("json", digest);
}
