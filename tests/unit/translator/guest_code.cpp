// Encodings are those of the SDM, volume 2; ModRM forms are chosen so that addresses stay in bounds.
#include "guest_code.h"

namespace veil::translator::test {

namespace {
constexpr uint32_t kEcx = 1, kEsp = 4, kEbp = 5, kEsi = 6, kEdi = 7, kEbx = 3;
constexpr uint32_t kPointers[] = {kEsi, kEdi, kEbx, kEbp};
}  // namespace

void CodeMaker::put(std::vector<uint8_t>& code, std::initializer_list<uint32_t> bytes) {
  for (const uint32_t byte : bytes) code.push_back(static_cast<uint8_t>(byte));
}

void CodeMaker::put32(std::vector<uint8_t>& code, uint32_t value, unsigned bytes) {
  for (unsigned i = 0; i < bytes; ++i) code.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

uint32_t CodeMaker::byte_register() { return below(3) + 4 * below(2); }

// ECX becomes an index of at most 255.
void CodeMaker::mask_index(std::vector<uint8_t>& code) { put(code, {0x0f, 0xb6, 0xc0 | kEcx << 3 | kEcx}); }

// A prefix that changes nothing here: the segments are flat. Must come first.
void CodeMaker::segment(std::vector<uint8_t>& code) {
  constexpr uint8_t kPrefixes[] = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65};
  if (one_in(12)) put(code, {kPrefixes[below(6)]});
}

void CodeMaker::modrm_memory(std::vector<uint8_t>& code, uint32_t reg) {
  const uint32_t base = kPointers[below(4)];
  switch (below(6)) {
    case 0:  // disp32
      put(code, {reg << 3 | 5});
      put32(code, kDataAt + below(0x4000), 4);
      break;
    case 1:  // base + disp32
      put(code, {0x80 | reg << 3 | base});
      put32(code, below(0x2000) - 0x1000, 4);
      break;
    case 2:  // esp + disp8
      put(code, {0x44 | reg << 3, 0x24, below(64)});
      break;
    default:  // base + disp8
      put(code, {0x40 | reg << 3 | base, below(256)});
      break;
  }
}

void CodeMaker::modrm(std::vector<uint8_t>& code, uint32_t reg, bool byte) {
  if (one_in(2)) {
    put(code, {0xc0 | reg << 3 | (byte ? byte_register() : data_register())});
  } else {
    modrm_memory(code, reg);
  }
}

void CodeMaker::arithmetic(std::vector<uint8_t>& code) {
  const uint32_t op = below(8) << 3;
  switch (below(6)) {
    case 0:  // Eb, Gb
      put(code, {op});
      modrm(code, byte_register(), true);
      break;
    case 1:  // Gb, Eb
      put(code, {op | 2});
      modrm(code, byte_register(), true);
      break;
    case 2:  // Ev, Gv 16 bits
      put(code, {0x66, op | 1});
      modrm(code, data_register(), false);
      break;
    case 3:
      put(code, {op | 1});
      modrm(code, below(8), false);
      break;
    default:
      put(code, {op | 3});
      modrm(code, data_register(), false);
      break;
  }
}

void CodeMaker::arithmetic_immediate(std::vector<uint8_t>& code) {
  const uint32_t op = below(8);
  switch (below(5)) {
    case 0:
      put(code, {0x80});
      modrm(code, op, true);
      put(code, {below(256)});
      break;
    case 1:
      put(code, {0x66, 0x81});
      modrm(code, op, false);
      put32(code, number(), 2);
      break;
    case 2:
      put(code, {0x81});
      modrm(code, op, false);
      put32(code, number(), 4);
      break;
    default:
      put(code, {0x83});
      modrm(code, op, false);
      put(code, {below(256)});
      break;
  }
}

void CodeMaker::shift(std::vector<uint8_t>& code) {
  const uint32_t op = below(8);
  switch (below(8)) {
    case 0:
      put(code, {0xc0});
      modrm(code, op, true);
      put(code, {below(34)});
      break;
    case 1:
      put(code, {0x66, 0xc1});
      modrm(code, op, false);
      put(code, {below(34)});
      break;
    case 2:
      put(code, {0xd3});
      modrm(code, op, false);
      break;
    case 3:
      put(code, {0xd2});
      modrm(code, op, true);
      break;
    case 4:
      put(code, {0x0f, one_in(2) ? 0xa4u : 0xacu});  // shld, shrd
      modrm(code, data_register(), false);
      put(code, {below(34)});
      break;
    case 5:  // by one: rcl and rcr too
      put(code, {0xd0 | below(2)});
      put(code, {0xc0 | op << 3 | data_register()});
      break;
    case 6:
      put(code, {0x0f, one_in(2) ? 0xa5u : 0xadu});  // shld, shrd by CL
      modrm(code, data_register(), false);
      break;
    default:
      put(code, {0xc1});
      modrm(code, op, false);
      put(code, {below(34)});
      break;
  }
}

void CodeMaker::move(std::vector<uint8_t>& code) {
  switch (below(10)) {
    case 0:
      put(code, {0x88});
      modrm(code, byte_register(), true);
      break;
    case 1:
      put(code, {0x8a});
      modrm(code, byte_register(), true);
      break;
    case 2:
      put(code, {0x66, 0x8b});
      modrm(code, data_register(), false);
      break;
    case 3:  // mov r, imm
      put(code, {0xb8 | data_register()});
      put32(code, number(), 4);
      break;
    case 4:
      put(code, {0xb0 | byte_register(), below(256)});
      break;
    case 5:  // mov [..], imm
      put(code, {0xc7});
      modrm_memory(code, 0);
      put32(code, number(), 4);
      break;
    case 6:  // movzx, movsx
      put(code, {0x0f, 0xb6 | below(2) | below(2) << 3});
      put(code, {0x40 | data_register() << 3 | kPointers[below(4)], below(256)});
      break;
    case 7:  // xchg
      put(code, {one_in(2) ? 0x86u : 0x87u});
      put(code, {0xc0 | data_register() << 3 | data_register()});
      break;
    case 8: {  // base + index * scale + disp
      mask_index(code);
      put(code, {one_in(2) ? 0x8bu : 0x89u, 0x44 | data_register() << 3,
                 below(4) << 6 | kEcx << 3 | kPointers[below(4)], below(256)});
      break;
    }
    default:
      put(code, {one_in(2) ? 0x8bu : 0x89u});
      modrm(code, data_register(), false);
      break;
  }
}

void CodeMaker::unary(std::vector<uint8_t>& code) {
  switch (below(6)) {
    case 0:  // inc, dec
      put(code, {0x40 | below(2) << 3 | data_register()});
      break;
    case 1:
      put(code, {0xfe});
      modrm(code, below(2), true);
      break;
    case 2:  // not, neg
      put(code, {0xf7});
      modrm(code, 2 + below(2), false);
      break;
    case 3:
      put(code, {0xf6});
      modrm(code, 2 + below(2), true);
      break;
    case 4: {  // cbw/cwde, cwd/cdq, with and without prefix; sahf, lahf; cmc, clc, stc
      constexpr uint8_t kSimple[] = {0x98, 0x99, 0x9e, 0x9f, 0xf5, 0xf8, 0xf9};
      if (one_in(3)) put(code, {0x66, 0x98});
      put(code, {kSimple[below(7)]});
      break;
    }
    default:  // small steps of the pointers
      put(code, {0x83, 0xc0 | kPointers[below(4)], below(32) - 16});
      break;
  }
}

void CodeMaker::multiply(std::vector<uint8_t>& code) {
  switch (below(8)) {
    case 0:
      put(code, {0x0f, 0xaf});
      modrm(code, data_register(), false);
      break;
    case 1:
      put(code, {0x6b});
      modrm(code, data_register(), false);
      put(code, {below(256)});
      break;
    case 2:
      put(code, {0xf6 | below(2)});
      put(code, {0xe0 | below(2) << 3 | data_register()});
      break;
    case 3:  // cdq; idiv, or div with whatever is there: may fault, or need the interpreter
      put(code, {0x99, 0xf7, 0xf0 | below(2) << 3 | data_register()});
      break;
    case 4:
      put(code, {0xf6 | below(2)});
      put(code, {0xf0 | below(2) << 3 | data_register()});
      break;
    default:  // xor edx, edx; or ecx, 1; div ecx
      put(code, {0x31, 0xd2, 0x83, 0xc9, 0x01, 0xf7, 0xf1});
      break;
  }
}

void CodeMaker::conditional(std::vector<uint8_t>& code) {
  if (one_in(2)) {
    put(code, {0x0f, 0x90 | below(16)});
    modrm(code, 0, true);
  } else {
    put(code, {0x0f, 0x40 | below(16)});
    modrm(code, data_register(), false);
  }
}

void CodeMaker::stack(std::vector<uint8_t>& code) {
  switch (below(8)) {
    case 0:
      put(code, {0x58 | data_register()});
      break;
    case 4:
      put(code, {0x66, 0x50 | below(8)});
      break;
    case 5:  // pusha; popa into the data registers' places would change the pointers: only the push
      put(code, {0x60});
      break;
    case 1:
      put(code, {0x68});
      put32(code, number(), 4);
      break;
    case 2:
      put(code, {0x6a, below(256)});
      break;
    case 3:  // lea
      put(code, {0x8d, 0x44 | data_register() << 3, below(4) << 6 | data_register() << 3 | below(8), below(256)});
      break;
    default:
      put(code, {0x50 | below(8)});
      break;
  }
}

void CodeMaker::bits(std::vector<uint8_t>& code) {
  switch (below(9)) {
    case 0:  // bt, bts, btr, btc with an immediate
      put(code, {0x0f, 0xba});
      modrm(code, 4 + below(4), false);
      put(code, {below(32)});
      break;
    case 1:
      put(code, {0x0f, 0xa3 | below(4) << 3, 0xc0 | data_register() << 3 | data_register()});
      break;
    case 2:  // bsf, bsr
      put(code, {0x0f, 0xbc | below(2)});
      modrm(code, data_register(), false);
      break;
    case 3:
      put(code, {0x0f, 0xc8 | data_register()});
      break;
    case 4:  // xadd, cmpxchg
      put(code, {0x0f, one_in(2) ? 0xc1u : 0xb1u});
      modrm(code, data_register(), false);
      break;
    case 5:  // with bytes
      put(code, {0x0f, one_in(2) ? 0xc0u : 0xb0u});
      modrm(code, byte_register(), true);
      break;
    case 6:  // cmpxchg8b
      put(code, {0x0f, 0xc7});
      modrm_memory(code, 1);
      break;
    default:  // bt, bts, btr, btc in memory with a register: bit offsets of up to 255
      mask_index(code);
      put(code, {0x0f, 0xa3 | below(4) << 3});
      put(code, {0x40 | kEcx << 3 | kPointers[below(4)], below(256)});
      break;
  }
}

void CodeMaker::instruction(std::vector<uint8_t>& code) {
  segment(code);
  switch (below(16)) {
    case 0:
    case 1:
    case 2:
      return arithmetic(code);
    case 3:
    case 4:
      return arithmetic_immediate(code);
    case 5:
    case 6:
      return shift(code);
    case 7:
    case 8:
    case 9:
    case 10:
      return move(code);
    case 11:
      return unary(code);
    case 12:
      return multiply(code);
    case 13:
      return conditional(code);
    case 14:
      return stack(code);
    default:
      return bits(code);
  }
}

void CodeMaker::end(std::vector<uint8_t>& code) {
  switch (below(8)) {
    case 0:
      put(code, {0xe8});
      put32(code, below(256), 4);
      break;
    case 1:
      put(code, {0xc3});
      break;
    case 2:
      put(code, {0xff, 0xd0 | below(2) << 4 | data_register()});  // call or jmp by register
      break;
    case 3:
      put(code, {0xeb, below(256)});
      break;
    case 4:  // loopne, loope, loop, jecxz
      put(code, {0xe0 + below(4), below(256)});
      break;
    case 5:  // leave; ret n
      put(code, {0xc9, 0xc2, below(64), 0});
      break;
    default:
      put(code, {0x70 | below(16), below(256)});
      break;
  }
}

std::vector<uint8_t> CodeMaker::run(unsigned instructions, bool with_end) {
  std::vector<uint8_t> code;
  while (instructions-- > 0) instruction(code);
  if (with_end) end(code);
  return code;
}

}  // namespace veil::translator::test
