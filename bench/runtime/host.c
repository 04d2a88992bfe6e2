// guest.h on the host (Linux, -m32): the same program runs on the processor itself, whose answers are the reference.
// Boot information is the environment: GUEST_<key> for guest_option. There are no modules and no memory map.
#include <stdio.h>
#include <stdlib.h>

#include "guest.h"

_Noreturn void guest_exit(unsigned result) {
  exit((int)(result & 15));  // the drivers know that main's value is the status here
}

_Noreturn void guest_panic(const char* why) {
  printf("guest panic: %s\n", why);
  guest_exit(kGuestPanic);
}

const char* guest_option(const char* key) {
  char name[64];
  snprintf(name, sizeof name, "GUEST_%s", key);
  return getenv(name);
}

unsigned guest_module_count(void) { return 0; }
struct guest_module guest_module(unsigned index) {
  return (struct guest_module){0, index, ""};
}
unsigned guest_memory_map(struct guest_region* regions, unsigned room) { return regions && room ? 0 : 0; }
uint32_t guest_boot_magic(void) { return 0; }
void guest_putc(char c) { putchar(c); }
void guest_debug_putc(char c) { putchar(c); }
int guest_getc(void) { return getchar(); }
