// The program that the tasks run: an ELF file inside the kernel's image (user_image.S). Nothing is copied here; page faults map it.
#include "kernel.h"

#include <string.h>

extern const uint8_t user_image[], user_image_end[];
struct segment segments[2];
unsigned segment_count;

struct elf_header {
  uint8_t ident[16];
  uint16_t type, machine;
  uint32_t version, entry, program_headers, section_headers, flags;
  uint16_t size, program_header_size, program_header_count;
};
struct program_header {
  uint32_t type, offset, virtual, physical, file_bytes, memory_bytes, flags, align;
};
enum { kLoad = 1, kElfWritable = 2 };

uint32_t image_open(void) {
  const struct elf_header* header = (const struct elf_header*)user_image;
  if (memcmp(header->ident, "\177ELF", 4) != 0) guest_panic("no program for the tasks");
  for (unsigned i = 0; i < header->program_header_count; ++i) {
    const struct program_header* p = (const struct program_header*)(user_image + header->program_headers) + i;
    if (p->type != kLoad) continue;
    if (segment_count == 2 || (p->virtual | p->offset) % kPage) guest_panic("segments of the tasks' program");
    segments[segment_count++] = (struct segment){p->virtual, p->virtual + p->memory_bytes, p->virtual + p->file_bytes,
                                                 user_image + p->offset, (p->flags & kElfWritable) != 0};
  }
  return header->entry;
}
