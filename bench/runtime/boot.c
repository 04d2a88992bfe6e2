// Between the loader and main: keeps the multiboot information, sets up the console and the heap, leaves through port
// 0xf4. Field numbers: Multiboot Specification 0.6.96, section 3.3.
#include <stdlib.h>
#include <string.h>

#include "guest.h"
#include "io.h"
#include "runtime.h"

enum { kBootMagic = 0x2badb002, kHasMemory = 1 << 0, kHasCommandLine = 1 << 2, kHasModules = 1 << 3, kHasMap = 1 << 6 };
enum { kExitPort = 0xf4 };

struct boot_information {
  uint32_t flags;
  uint32_t memory_lower;
  uint32_t memory_upper;  // KiB from 1 MiB up
  uint32_t boot_device;
  uint32_t command_line;
  uint32_t module_count;
  uint32_t modules;
  uint32_t symbols[4];
  uint32_t map_bytes;
  uint32_t map;
};

struct boot_module {
  uint32_t start;
  uint32_t end;
  uint32_t text;
  uint32_t reserved;
};

extern char guest_image_end[];
int main(void);

static const struct boot_information* boot;
static uint32_t boot_magic;

uint32_t guest_boot_magic(void) { return boot_magic; }

_Noreturn void guest_exit(unsigned result) {
  runtime_flush();
  outb(kExitPort, (uint8_t)(kGuestExitBase + (result & 15)));
  for (;;) __asm__ volatile("hlt");
}

_Noreturn void guest_panic(const char* why) {
  runtime_print("guest panic: ");
  runtime_print(why);
  runtime_print("\n");
  guest_exit(kGuestPanic);
}

static const char* command_line(void) {
  return boot && (boot->flags & kHasCommandLine) ? (const char*)boot->command_line : "";
}

const char* guest_option(const char* key) {
  static char value[64];
  size_t length = strlen(key);
  for (const char* p = command_line(); *p;) {
    if (strncmp(p, key, length) == 0 && p[length] == '=') {
      size_t n = 0;
      for (p += length + 1; *p && *p != ' ' && n < sizeof value - 1; ++p) value[n++] = *p;
      value[n] = 0;
      return value;
    }
    while (*p && *p != ' ') ++p;
    while (*p == ' ') ++p;
  }
  return 0;
}

unsigned guest_module_count(void) { return boot && (boot->flags & kHasModules) ? boot->module_count : 0; }

struct guest_module guest_module(unsigned index) {
  const struct boot_module* module = (const struct boot_module*)boot->modules + index;
  return (struct guest_module){(const uint8_t*)module->start, module->end - module->start,
                               module->text ? (const char*)module->text : ""};
}

unsigned guest_memory_map(struct guest_region* regions, unsigned room) {
  if (!boot || !(boot->flags & kHasMap)) return 0;
  unsigned count = 0;
  for (uint32_t at = boot->map; at < boot->map + boot->map_bytes;) {
    uint32_t size;  // of the entry, this word not included
    memcpy(&size, (const void*)at, sizeof size);
    if (count < room) {
      memcpy(&regions[count].base, (const void*)(at + 4), 8);
      memcpy(&regions[count].size, (const void*)(at + 12), 8);
      memcpy(&regions[count].type, (const void*)(at + 20), 4);
    }
    ++count;
    at += size + 4;
  }
  return count;
}

static uint32_t later(uint32_t a, uint32_t b) { return a > b ? a : b; }

// The heap lies above everything that the loader has put there: image, information, command line, modules.
static void give_heap(void) {
  uint32_t start = (uint32_t)guest_image_end;
  uint32_t end = start;
  if (boot && (boot->flags & kHasMemory)) {
    end = 0x100000 + boot->memory_upper * 1024;
    start = later(start, (uint32_t)boot + 0x100);
    if (boot->flags & kHasCommandLine) start = later(start, boot->command_line + strlen(command_line()) + 1);
    if (boot->flags & kHasMap) start = later(start, boot->map + boot->map_bytes);
    for (unsigned i = 0; i < guest_module_count(); ++i) {
      const struct boot_module* module = (const struct boot_module*)boot->modules + i;
      start = later(start, (uint32_t)(module + 1));
      start = later(start, module->end);
      if (module->text) start = later(start, module->text + strlen((const char*)module->text) + 1);
    }
  }
  start = (start + 15) & ~15u;
  if (start < end) runtime_heap((void*)start, end - start);
}

_Noreturn void guest_start(uint32_t magic, const struct boot_information* information);

_Noreturn void guest_start(uint32_t magic, const struct boot_information* information) {
  boot_magic = magic;
  if (magic == kBootMagic) boot = information;
  const char* console = guest_option("console");
  runtime_console(console && strcmp(console, "e9") == 0);
  give_heap();
  guest_exit((unsigned)main());
}
