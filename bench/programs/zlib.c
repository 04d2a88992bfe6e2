// Debian's own 32-bit libz.a, unmodified: compresses a file, inflates it again and compares. The file is the first
// module, or else the one that the build has put into the image (licence text).
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "guest.h"

extern const uint8_t embedded_start[], embedded_end[];

static uint32_t crc_plain(const uint8_t* data, size_t size) {
  static const uint32_t nibble[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
                                      0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                      0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
  uint32_t crc = ~0u;
  for (size_t i = 0; i < size; ++i) {
    crc ^= data[i];
    crc = (crc >> 4) ^ nibble[crc & 15];
    crc = (crc >> 4) ^ nibble[crc & 15];
  }
  return ~crc;
}

// compress2 and uncompress, with the size of the tables as a choice: clearing them is most of a short run.
static int pack(uint8_t* to, size_t* to_size, const uint8_t* from, size_t size, int level, bool small) {
  z_stream stream = {
      .next_in = (Bytef*)(uintptr_t)from, .avail_in = (uInt)size, .next_out = to, .avail_out = (uInt)*to_size};
  int result = deflateInit2(&stream, level, Z_DEFLATED, small ? 9 : 15, small ? 1 : 8, Z_DEFAULT_STRATEGY);
  if (result != Z_OK) return result;
  result = deflate(&stream, Z_FINISH);
  *to_size = stream.total_out;
  deflateEnd(&stream);
  return result;
}

static int unpack(uint8_t* to, size_t* to_size, const uint8_t* from, size_t size) {
  z_stream stream = {
      .next_in = (Bytef*)(uintptr_t)from, .avail_in = (uInt)size, .next_out = to, .avail_out = (uInt)*to_size};
  int result = inflateInit(&stream);
  if (result != Z_OK) return result;
  result = inflate(&stream, Z_FINISH);
  *to_size = stream.total_out;
  inflateEnd(&stream);
  return result;
}

// n = 1 takes the first 300 bytes at one level, more takes more bytes and levels, up to the whole file at all nine.
int main(void) {
  unsigned n = guest_scale(4);
  const uint8_t* data = embedded_start;
  size_t size = (size_t)(embedded_end - embedded_start);
  if (guest_module_count()) {
    struct guest_module module = guest_module(0);
    data = module.data;
    size = module.size;
  }
  size_t most = n == 1 ? 300 : (size_t)n * 1000;
  if (size > most) size = most;
  size_t room = compressBound((uLong)size) + 64, packed_size = 0;
  uint8_t *packed = malloc(room), *unpacked = malloc(size + 1);
  if (!packed || !unpacked) guest_panic("out of memory");
  uint32_t crc = crc_plain(data, size), digest = crc;
  guest_check("crc32", (uint32_t)crc32(0, data, (uInt)size), crc);
  printf("zlib %s: %u bytes\n", zlibVersion(), (unsigned)size);
  for (int level = 1; level <= 9 && level <= (int)n; ++level) {
    int wanted = n == 1 ? 6 : level;
    packed_size = room;
    guest_check("deflate", (uint32_t)pack(packed, &packed_size, data, size, wanted, n == 1), Z_STREAM_END);
    size_t unpacked_size = size;
    guest_check("inflate", (uint32_t)unpack(unpacked, &unpacked_size, packed, packed_size), Z_STREAM_END);
    guest_check("size", (uint32_t)unpacked_size, (uint32_t)size);
    guest_check("bytes", (uint32_t)memcmp(unpacked, data, size), 0);
    printf("level %d: %u bytes\n", wanted, (unsigned)packed_size);
    digest = guest_mix(digest, crc_plain(packed, packed_size));
  }
  packed[packed_size / 2] ^= 0x10;  // damage is noticed, by the Adler checksum at the latest
  size_t again = size + 1;
  guest_check("damage", unpack(unpacked, &again, packed, packed_size) == Z_STREAM_END, 0);
  return guest_report("zlib", digest);
}
