// Narrow arithmetic against a slow bit-by-bit model written from the machine's page, and against known x86 results.
#include "veil/iss/alu.h"

#include <catch2/catch.hpp>
#include <random>

using namespace veil;
using isa::AluFn;
using isa::Width;
namespace fl = isa::flag;

namespace {

struct Bits {
  uint32_t sum = 0;
  bool carry = false, half = false, overflow = false;
};

// Ripple-carry addition of `bits` bits: carries are seen, not computed from the result.
Bits ripple(uint32_t a, uint32_t b, bool in, unsigned bits) {
  Bits out;
  bool carry = in, into_top = false;
  for (unsigned i = 0; i < bits; i++) {
    const bool p = (a >> i & 1) != 0, q = (b >> i & 1) != 0;
    if (i == bits - 1) into_top = carry;
    if (p ^ q ^ carry) out.sum |= 1u << i;
    carry = (p && q) || (carry && (p || q));
    if (i == 3) out.half = carry;
  }
  out.carry = carry;
  out.overflow = carry != into_top;
  return out;
}

uint8_t szp(uint32_t r, unsigned bits) {
  unsigned ones = 0;
  for (unsigned i = 0; i < 8; i++) ones += r >> i & 1;
  return static_cast<uint8_t>((r == 0 ? fl::zf : 0) | ((r >> (bits - 1) & 1) != 0 ? fl::sf : 0) |
                              (ones % 2 == 0 ? fl::pf : 0));
}

iss::AluResult slow(AluFn fn, Width width, uint32_t rs1, uint32_t second, uint8_t old, bool carry) {
  const unsigned bits = width == Width::d ? 32 : width == Width::w ? 16 : 8;
  const unsigned place = width == Width::h ? 8 : 0;
  const uint32_t mask = bits == 32 ? ~0u : (1u << bits) - 1;
  const uint32_t a = rs1 >> place & mask, b = second & mask;
  Bits t;
  uint32_t r = 0;
  uint8_t flags = 0;
  const auto arithmetic = [&](bool borrow) {
    r = t.sum;
    flags = static_cast<uint8_t>(szp(r, bits) | (t.carry != borrow ? fl::cf : 0) | (t.half != borrow ? fl::af : 0) |
                                 (t.overflow ? fl::of : 0));
  };
  switch (fn) {
    case AluFn::add:
    case AluFn::inc:
      t = ripple(a, b, false, bits);
      arithmetic(false);
      break;
    case AluFn::adc:
      t = ripple(a, b, carry, bits);
      arithmetic(false);
      break;
    case AluFn::sub:
    case AluFn::dec:
      t = ripple(a, ~b & mask, true, bits);
      arithmetic(true);
      break;
    case AluFn::sbb:
      t = ripple(a, ~b & mask, !carry, bits);
      arithmetic(true);
      break;
    case AluFn::rsb:
      t = ripple(b, ~a & mask, true, bits);
      arithmetic(true);
      break;
    case AluFn::and_:
      r = a & b;
      flags = szp(r, bits);
      break;
    case AluFn::or_:
      r = a | b;
      flags = szp(r, bits);
      break;
    case AluFn::xor_:
      r = a ^ b;
      flags = szp(r, bits);
      break;
    case AluFn::mov:
      r = b;
      flags = old;
      break;
    default: {  // shifts and rotates, one place at a time
      r = a;
      bool cf = false;
      const unsigned n = second & 31;
      for (unsigned i = 0; i < n; i++) {
        const bool top = (r >> (bits - 1) & 1) != 0, low = (r & 1) != 0;
        if (fn == AluFn::shl || fn == AluFn::rol) {
          cf = top;
          r = (r << 1 & mask) | (fn == AluFn::rol && top ? 1u : 0u);
        } else {
          cf = low;
          const bool in = fn == AluFn::sar ? top : fn == AluFn::ror && low;
          r = r >> 1 | (in ? 1u << (bits - 1) : 0u);
        }
      }
      if (n == 0) {
        flags = old;
        break;
      }
      const bool top = (r >> (bits - 1) & 1) != 0, second_top = (r >> (bits - 2) & 1) != 0;
      bool of = false;
      if (fn == AluFn::shl || fn == AluFn::rol) of = top != cf;
      if (fn == AluFn::shr) of = n == 1 && (a >> (bits - 1) & 1) != 0;
      if (fn == AluFn::ror) of = top != second_top;
      flags = static_cast<uint8_t>((cf ? fl::cf : 0) | (of ? fl::of : 0));
      const bool rotate = fn == AluFn::rol || fn == AluFn::ror;
      flags = static_cast<uint8_t>(flags | (rotate ? old & (fl::zf | fl::sf | fl::pf | fl::af) : szp(r, bits)));
      break;
    }
  }
  if (fn == AluFn::inc || fn == AluFn::dec) flags = static_cast<uint8_t>((flags & ~fl::cf) | (old & fl::cf));
  return {(rs1 & ~(mask << place)) | r << place, flags};
}

}  // namespace

TEST_CASE("narrow arithmetic agrees with the bit-by-bit model") {
  std::minstd_rand engine(20);
  const auto random = [&] { return static_cast<uint32_t>(engine() ^ engine() << 16); };
  const uint32_t edges[] = {0, 1, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff};
  for (unsigned fn = 0; fn < 16; fn++) {
    for (unsigned width = 0; width < 4; width++) {
      for (int i = 0; i < 3000; i++) {
        const auto pick = [&] { return random() % 3 == 0 ? edges[random() % 12] : random(); };
        const uint32_t a = pick(), b = random() % 2 ? pick() : random() % 33;
        const uint8_t old = static_cast<uint8_t>(random() & 63);
        const bool carry = (random() & 1) != 0;
        const auto fast = iss::x_alu(static_cast<AluFn>(fn), static_cast<Width>(width), a, b, old, carry);
        const auto model = slow(static_cast<AluFn>(fn), static_cast<Width>(width), a, b, old, carry);
        CAPTURE(fn, width, a, b, unsigned{old}, carry);
        REQUIRE(fast.value == model.value);
        REQUIRE(unsigned{fast.flags} == unsigned{model.flags});
      }
    }
  }
}

TEST_CASE("flag positions round trip through EFLAGS") {
  for (unsigned f = 0; f < 64; f++) {
    const uint32_t e = iss::eflags_of(static_cast<uint8_t>(f));
    CHECK((e & ~isa::eflags::all) == 0);
    CHECK(unsigned{iss::flags_of_eflags(e)} == f);
  }
  CHECK(iss::eflags_of(fl::of) == isa::eflags::of);
  CHECK(iss::eflags_of(fl::zf) == isa::eflags::zf);
}

TEST_CASE("conditions come in pairs of opposites") {
  for (unsigned f = 0; f < 64; f++) {
    for (unsigned c = 0; c < 16; c += 2) {
      CHECK(iss::condition(static_cast<isa::Cond>(c), static_cast<uint8_t>(f)) !=
            iss::condition(static_cast<isa::Cond>(c + 1), static_cast<uint8_t>(f)));
    }
    CHECK(iss::condition(isa::Cond::a, static_cast<uint8_t>(f)) == ((f & (fl::cf | fl::zf)) == 0));
    CHECK(iss::condition(isa::Cond::g, static_cast<uint8_t>(f)) ==
          ((f & fl::zf) == 0 && ((f & fl::sf) != 0) == ((f & fl::of) != 0)));
  }
}
