// CRC-32 (table), FNV-1a and SHA-256 (FIPS 180-4), against published values and against each other's rules.
#include <stdio.h>
#include <string.h>

#include "guest.h"

static uint32_t crc_table[256];

static void make_crc_table(void) {
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = value & 1 ? (value >> 1) ^ 0xedb88320u : value >> 1;
    crc_table[i] = value;
  }
}

static uint32_t crc32(uint32_t crc, const uint8_t* data, size_t size) {
  crc = ~crc;
  while (size--) crc = crc_table[(crc ^ *data++) & 0xff] ^ (crc >> 8);
  return ~crc;
}

static uint32_t fnv1a(const uint8_t* data, size_t size) {
  uint32_t hash = 0x811c9dc5u;
  while (size--) hash = (hash ^ *data++) * 0x01000193u;
  return hash;
}

static const uint32_t sha_k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotate(uint32_t x, unsigned n) { return (x >> n) | (x << (32 - n)); }

static void sha_block(uint32_t* h, const uint8_t* block) {
  uint32_t w[64], v[8];
  for (int i = 0; i < 16; ++i) {
    uint32_t big;
    memcpy(&big, block + 4 * i, 4);
    w[i] = __builtin_bswap32(big);
  }
  for (int i = 16; i < 64; ++i) {
    uint32_t s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ (w[i - 15] >> 3);
    uint32_t s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ (w[i - 2] >> 10);
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
  memcpy(v, h, sizeof v);
  for (int i = 0; i < 64; ++i) {
    uint32_t s1 = rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25);
    uint32_t t1 = v[7] + s1 + ((v[4] & v[5]) ^ (~v[4] & v[6])) + sha_k[i] + w[i];
    uint32_t s0 = rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22);
    uint32_t t2 = s0 + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
    v[7] = v[6], v[6] = v[5], v[5] = v[4], v[4] = v[3] + t1;
    v[3] = v[2], v[2] = v[1], v[1] = v[0], v[0] = t1 + t2;
  }
  for (int i = 0; i < 8; ++i) h[i] += v[i];
}

static void sha256(uint32_t* h, const uint8_t* data, size_t size) {
  static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  memcpy(h, start, sizeof start);
  uint64_t bits = (uint64_t)size * 8;
  for (; size >= 64; size -= 64, data += 64) sha_block(h, data);
  uint8_t tail[128];
  memset(tail, 0, sizeof tail);
  memcpy(tail, data, size);
  tail[size] = 0x80;
  unsigned blocks = size >= 56 ? 2 : 1;
  for (int i = 0; i < 8; ++i) tail[blocks * 64 - 1 - (unsigned)i] = (uint8_t)(bits >> (8 * i));
  for (unsigned i = 0; i < blocks; ++i) sha_block(h, tail + 64 * i);
}

int main(void) {
  make_crc_table();
  guest_check("crc32", crc32(0, (const uint8_t*)"123456789", 9), 0xcbf43926);
  guest_check("fnv1a", fnv1a((const uint8_t*)"foobar", 6), 0xbf9cf968);
  uint32_t h[8];
  sha256(h, (const uint8_t*)"abc", 3);
  static const uint32_t abc[8] = {0xba7816bf, 0x8f01cfea, 0x414140de, 0x5dae2223,
                                  0xb00361a3, 0x96177a9c, 0xb410ff61, 0xf20015ad};
  for (int i = 0; i < 8; ++i) guest_check("sha256 abc", h[i], abc[i]);
  sha256(h, (const uint8_t*)"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56);
  guest_check("sha256 two blocks", h[0], 0x248d6a61);
  guest_check("sha256 two blocks", h[7], 0x19db06c1);

  static uint8_t text[600];
  uint32_t state = 7, digest = 0;
  for (unsigned n = guest_scale(40); n; --n) {
    for (unsigned i = 0; i < sizeof text; ++i) text[i] = (uint8_t)guest_random(&state);
    uint32_t whole = crc32(0, text, sizeof text);
    guest_check("crc32 in parts", crc32(crc32(0, text, 101), text + 101, sizeof text - 101), whole);
    digest = guest_mix(digest, whole);
    digest = guest_mix(digest, fnv1a(text, sizeof text));
    sha256(h, text, sizeof text - n % 70);
    for (int i = 0; i < 8; ++i) digest = guest_mix(digest, h[i]);
  }
  return guest_report("hash", digest);
}
