// The four functions that GCC calls for copies and fills of its own making (GCC manual, "Standards": freestanding
// environments must provide them).
#include <cstddef>
#include <cstdint>

extern "C" {

void* memcpy(void* to, const void* from, size_t n) {
  auto* d = static_cast<uint8_t*>(to);
  const auto* s = static_cast<const uint8_t*>(from);
  if (((reinterpret_cast<uintptr_t>(d) | reinterpret_cast<uintptr_t>(s)) & 3) == 0) {
    for (; n >= 4; n -= 4, d += 4, s += 4) *reinterpret_cast<uint32_t*>(d) = *reinterpret_cast<const uint32_t*>(s);
  }
  while (n-- != 0) *d++ = *s++;
  return to;
}

void* memmove(void* to, const void* from, size_t n) {
  auto* d = static_cast<uint8_t*>(to);
  const auto* s = static_cast<const uint8_t*>(from);
  if (d <= s) return memcpy(to, from, n);  // memcpy above copies upwards
  while (n-- != 0) d[n] = s[n];
  return to;
}

void* memset(void* to, int value, size_t n) {
  auto* d = static_cast<uint8_t*>(to);
  const uint32_t byte = static_cast<uint8_t>(value);
  if ((reinterpret_cast<uintptr_t>(d) & 3) == 0) {
    const uint32_t word = byte * 0x01010101u;
    for (; n >= 16; n -= 16, d += 16) {
      auto* words = reinterpret_cast<uint32_t*>(d);
      words[0] = words[1] = words[2] = words[3] = word;
    }
    for (; n >= 4; n -= 4, d += 4) *reinterpret_cast<uint32_t*>(d) = word;
  }
  while (n-- != 0) *d++ = static_cast<uint8_t>(byte);
  return to;
}

int memcmp(const void* a, const void* b, size_t n) {
  const auto* x = static_cast<const uint8_t*>(a);
  const auto* y = static_cast<const uint8_t*>(b);
  for (; n-- != 0; ++x, ++y) {
    if (*x != *y) return *x - *y;
  }
  return 0;
}
}
