// The smallest guest: one line.
#include <stdio.h>

int main(void) {
  puts("Hello from a guest of Veil.");
  return 0;
}
