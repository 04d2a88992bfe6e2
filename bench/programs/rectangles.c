// Debian's stb_rect_pack.h (libstb-dev), unmodified: packs rectangles into a square; none may overlap.
#include <stdlib.h>
#include <string.h>

#include "guest.h"

// The sort that the header wants: a shell sort of elements of any size.
static void sort(void* data, size_t count, size_t size, int (*compare)(const void*, const void*)) {
  char kept[64];
  for (size_t gap = count / 2; gap > 0; gap /= 2) {
    for (size_t i = gap; i < count; ++i) {
      char* at = (char*)data + i * size;
      memcpy(kept, at, size);
      for (size_t k = i; k >= gap && compare(at - gap * size, kept) > 0; k -= gap, at -= gap * size) {
        memcpy(at, at - gap * size, size);
      }
      memcpy(at, kept, size);
    }
  }
}

#define STBRP_SORT sort
#define STB_RECT_PACK_IMPLEMENTATION
#include <stb/stb_rect_pack.h>

enum { kRectangles = 60, kSide = 256 };
static uint8_t square[kSide][kSide];

int main(void) {
  const unsigned n = guest_scale(10);
  uint32_t state = 0xdeadbeef, digest = 0;
  for (unsigned round = 0; round < n; ++round) {
    stbrp_rect rectangles[kRectangles];
    stbrp_node nodes[kSide];
    stbrp_context context;
    for (int k = 0; k < kRectangles; ++k) {
      rectangles[k] = (stbrp_rect){.id = k, .w = 1 + guest_random(&state) % 28, .h = 1 + guest_random(&state) % 28};
    }
    stbrp_init_target(&context, kSide, kSide, nodes, kSide);
    if (round % 2 != 0) stbrp_setup_heuristic(&context, STBRP_HEURISTIC_Skyline_BF_sortHeight);
    guest_check("all packed", (uint32_t)stbrp_pack_rects(&context, rectangles, kRectangles), 1);
    memset(square, 0, sizeof square);
    for (int k = 0; k < kRectangles; ++k) {
      const stbrp_rect* const r = &rectangles[k];
      guest_check("inside", r->x >= 0 && r->y >= 0 && r->x + r->w <= kSide && r->y + r->h <= kSide, 1);
      for (int y = r->y; y < r->y + r->h; ++y) {
        for (int x = r->x; x < r->x + r->w; ++x) {
          if (square[y][x] != 0) guest_fail("overlap", (uint32_t)k, square[y][x]);
          square[y][x] = (uint8_t)(k + 1);
        }
      }
      digest = guest_mix(digest, (uint32_t)(r->x << 16 | r->y));
    }
  }
  return guest_report("rectangles", digest);
}
