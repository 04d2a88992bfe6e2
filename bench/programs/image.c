// Debian's stb_image_write.h and stb_image.h (libstb-dev), unmodified: a picture becomes a PNG in memory and is read
// again.
#include <stdlib.h>
#include <string.h>

#include "guest.h"

#define STBI_WRITE_NO_STDIO
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_NO_HDR
#define STBI_NO_SIMD
#define STBI_ONLY_PNG
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_image.h>
#include <stb/stb_image_write.h>

enum { kWidth = 40, kHeight = 24, kChannels = 3 };
static uint8_t pixels[kWidth * kHeight * kChannels];

int main(void) {
  const unsigned n = guest_scale(6);
  uint32_t state = 0x9e3779b9, digest = 0;
  for (unsigned round = 0; round < n; ++round) {
    for (unsigned y = 0; y < kHeight; ++y) {
      for (unsigned x = 0; x < kWidth; ++x) {
        uint8_t* const pixel = pixels + (y * kWidth + x) * kChannels;
        const unsigned distance = (x - 20) * (x - 20) + (y - 12) * (y - 12) + round;
        pixel[0] = (uint8_t)(distance < 90 ? 200 : x * 3);
        pixel[1] = (uint8_t)(y * 5 + round);
        pixel[2] = (uint8_t)((x ^ y) + (guest_random(&state) & 3));
      }
    }
    int size = 0, width = 0, height = 0, channels = 0;
    unsigned char* const file = stbi_write_png_to_mem(pixels, kWidth * kChannels, kWidth, kHeight, kChannels, &size);
    if (file == NULL) guest_panic("no file");
    unsigned char* const again = stbi_load_from_memory(file, size, &width, &height, &channels, kChannels);
    if (again == NULL) guest_panic("no picture");
    guest_check("width", (uint32_t)width, kWidth);
    guest_check("height", (uint32_t)height, kHeight);
    guest_check("channels", (uint32_t)channels, kChannels);
    guest_check("pixels", (uint32_t)memcmp(again, pixels, sizeof pixels), 0);
    for (int k = 0; k < size; ++k) digest = guest_mix(digest, file[k]);
    free(again);
    free(file);
  }
  return guest_report("image", digest);
}
