// Short sequences that random code seldom makes and that a wrong step of a pass would get wrong: each was written
// against a mutant of the translator that nothing else noticed (tests/mutation/translator.toml).
#include <catch2/catch.hpp>

#include "equivalence.h"

namespace {

using namespace veil::translator;
using namespace veil::translator::test;

struct Sequence {
  const char* assembly;
  std::vector<uint8_t> bytes;
};

// From many random states, at every width. `faults`: in every state both must fault.
void same(const Sequence& sequence, bool faults = false, uint32_t fs_base = 0, uint32_t fs_limit = 0xffffffff) {
  INFO(sequence.assembly);
  for (const unsigned width : {1u, 2u, 4u}) {
    Comparison comparison(width);
    Comparison quickly(width);  // its blocks may end before the end of the sequence
    comparison.set_fs(fs_base, fs_limit);
    quickly.set_fs(fs_base, fs_limit);
    for (uint32_t seed = 1; seed <= 200; ++seed) {
      REQUIRE(comparison.run(sequence.bytes, {.width = width, .verify = true}, seed) == "");
      REQUIRE(quickly.run(sequence.bytes, {.width = width, .quick = true}, seed) == "");
    }
    CHECK((comparison.instructions == 0) == faults);
  }
}

}  // namespace

TEST_CASE("constants and masks") {
  const Sequence sequence = GENERATE(
      Sequence{"movzx eax, byte [esi]; and eax, 0x7f; test ecx, ecx", {0x0f, 0xb6, 0x06, 0x83, 0xe0, 0x7f, 0x85, 0xc9}},
      Sequence{"movzx eax, word [esi]; and eax, 0x7fff; test ecx, ecx",
               {0x0f, 0xb7, 0x06, 0x25, 0xff, 0x7f, 0, 0, 0x85, 0xc9}},
      Sequence{"mov eax, 0x80000001; rol eax, 4; cmp ecx, eax", {0xb8, 0x01, 0, 0, 0x80, 0xc1, 0xc0, 0x04, 0x39, 0xc1}},
      Sequence{"mov eax, 0x80000001; ror eax, 4; cmp ecx, eax", {0xb8, 0x01, 0, 0, 0x80, 0xc1, 0xc8, 0x04, 0x39, 0xc1}},
      Sequence{"shld ax, cx, 16", {0x66, 0x0f, 0xa4, 0xc8, 16}},
      Sequence{"shld ax, cx, 17", {0x66, 0x0f, 0xa4, 0xc8, 17}},
      Sequence{"shrd ax, cx, 15", {0x66, 0x0f, 0xac, 0xc8, 15}},
      Sequence{"lea eax, [ecx+5]; lea edx, [eax-9]; sub edx, 4; cmp eax, edx",
               {0x8d, 0x41, 0x05, 0x8d, 0x50, 0xf7, 0x83, 0xea, 0x04, 0x39, 0xd0}},
      Sequence{"and eax, 15; shl eax, 4; mov ecx, [ebx+eax]; test ecx, ecx",
               {0x83, 0xe0, 0x0f, 0xc1, 0xe0, 0x04, 0x8b, 0x0c, 0x03, 0x85, 0xc9}},
      Sequence{"and eax, 15; mov ecx, [ebx+eax*4]; mov edx, [ebx+eax*8]; lea eax, [ecx+edx*2]",
               {0x83, 0xe0, 0x0f, 0x8b, 0x0c, 0x83, 0x8b, 0x14, 0xc3, 0x8d, 0x04, 0x51}});
  same(sequence);
}

TEST_CASE("parts of registers") {
  const Sequence sequence =
      GENERATE(Sequence{"mov edx, ecx; mov cl, al; mov dx, ax", {0x89, 0xca, 0x88, 0xc1, 0x66, 0x89, 0xc2}},
               Sequence{"mov ax, cx; mov al, dl; mov ah, al", {0x66, 0x89, 0xc8, 0x88, 0xd0, 0x88, 0xc4}},
               Sequence{"sete al; cmp ecx, edx; setb cl; mov dl, al",
                        {0x0f, 0x94, 0xc0, 0x39, 0xd1, 0x0f, 0x92, 0xc1, 0x88, 0xc2}},
               Sequence{"mov eax, [esi]; mov ecx, eax; movsx edx, ax; movsx eax, al",
                        {0x8b, 0x06, 0x89, 0xc1, 0x0f, 0xbf, 0xd0, 0x0f, 0xbe, 0xc0}});
  same(sequence);
}

TEST_CASE("flags that are needed later") {
  const Sequence sequence =
      GENERATE(Sequence{"mov edx, eax; adc eax, ecx; cmp ecx, 5", {0x89, 0xc2, 0x11, 0xc8, 0x83, 0xf9, 0x05}},
               Sequence{"mov edx, eax; sbb eax, ecx; cmp ecx, 5", {0x89, 0xc2, 0x19, 0xc8, 0x83, 0xf9, 0x05}},
               Sequence{"add eax, ecx; inc edx; adc ecx, eax", {0x01, 0xc8, 0x42, 0x11, 0xc1}},
               Sequence{"cmp eax, ecx; stc; seta dl; setz cl", {0x39, 0xc8, 0xf9, 0x0f, 0x97, 0xc2, 0x0f, 0x94, 0xc1}});
  same(sequence);
}

TEST_CASE("division of 64 bits by 32") {
  const Sequence sequence = GENERATE(
      Sequence{"or ecx, 1; mov edx, ecx; dec edx; div ecx", {0x83, 0xc9, 0x01, 0x89, 0xca, 0x4a, 0xf7, 0xf1}},
      Sequence{"or ecx, 1; mov edx, ecx; shr edx, 1; div ecx", {0x83, 0xc9, 0x01, 0x89, 0xca, 0xd1, 0xea, 0xf7, 0xf1}},
      Sequence{"or ecx, 0x8000ffff; mov edx, ecx; dec edx; or eax, -1; div ecx",
               {0x81, 0xc9, 0xff, 0xff, 0, 0x80, 0x89, 0xca, 0x4a, 0x83, 0xc8, 0xff, 0xf7, 0xf1}},
      Sequence{"mov ecx, 0x80000000; mov edx, 0x7fffffff; div ecx",
               {0xb9, 0, 0, 0, 0x80, 0xba, 0xff, 0xff, 0xff, 0x7f, 0xf7, 0xf1}},
      Sequence{"and ecx, 0xffff; inc ecx; mov edx, ecx; dec edx; div ecx",
               {0x81, 0xe1, 0xff, 0xff, 0, 0, 0x41, 0x89, 0xca, 0x4a, 0xf7, 0xf1}},
      Sequence{"and edx, 15; or ecx, 16; div ecx", {0x83, 0xe2, 0x0f, 0x83, 0xc9, 0x10, 0xf7, 0xf1}});
  same(sequence);
}

TEST_CASE("a 64-bit division whose quotient has no room") {
  same({"and ecx, 0xff; mov edx, ecx; div ecx", {0x81, 0xe1, 0xff, 0, 0, 0, 0x89, 0xca, 0xf7, 0xf1}}, true);
}

TEST_CASE("faults of dead values") {
  const Sequence sequence =
      GENERATE(Sequence{"mov eax, fs:[0x1000]; mov eax, 1", {0x64, 0x8b, 0x05, 0, 0x10, 0, 0, 0xb8, 1, 0, 0, 0}},
               Sequence{"cmp fs:[0x1000], eax; cmp eax, eax", {0x64, 0x39, 0x05, 0, 0x10, 0, 0, 0x39, 0xc0}},
               Sequence{"mov cs:[ebx], eax", {0x2e, 0x89, 0x03}});
  same(sequence, true, 0, 0xfff);
}

TEST_CASE("a segment's base") {
  const Sequence sequence =
      GENERATE(Sequence{"mov eax, fs:[ebx]", {0x64, 0x8b, 0x03}},
               Sequence{"mov fs:[ebx+8], eax; mov ecx, [ebx+8]", {0x64, 0x89, 0x43, 8, 0x8b, 0x4b, 8}},
               Sequence{"add fs:[esi], eax; mov ecx, [esi]", {0x64, 0x01, 0x06, 0x8b, 0x0e}});
  same(sequence, false, 0x124);
}
