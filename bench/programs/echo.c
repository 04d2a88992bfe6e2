// COM1 both ways: prints every line it reads backwards, until one says quit.
#include <stdio.h>
#include <string.h>

#include "guest.h"

int main(void) {
  char line[80];
  uint32_t digest = 0;
  for (;;) {
    size_t length = 0;
    for (int c; (c = guest_getc()) != '\n';) {
      if (c != '\r' && length < sizeof line - 1) line[length++] = (char)c;
    }
    line[length] = 0;
    if (strcmp(line, "quit") == 0) break;
    for (size_t i = 0; i < length; ++i) {
      digest = guest_mix(digest, (uint8_t)line[i]);
      putchar(line[length - 1 - i]);
    }
    putchar('\n');
  }
  return guest_report("echo", digest);
}
