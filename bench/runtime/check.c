// Self-checks and scale, the same in a guest and on the host.
#include <stdio.h>
#include <stdlib.h>

#include "guest.h"

static unsigned failures;

unsigned guest_scale(unsigned standard) {
  const char* text = guest_option("n");
  unsigned n = text ? (unsigned)strtoul(text, 0, 10) : standard;
  return n ? n : 1;
}

void guest_fail(const char* what, uint32_t got, uint32_t wanted) {
  if (++failures <= 8) printf("%s: got %08x, wanted %08x\n", what, (unsigned)got, (unsigned)wanted);
}

int guest_report(const char* name, uint32_t digest) {
  printf("%s: digest %08x ", name, (unsigned)digest);
  if (failures) {
    printf("%u wrong FAIL\n", failures);
    return 1;
  }
  printf("PASS\n");
  return 0;
}
