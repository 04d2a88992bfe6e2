// The decoder against Zydis: systematic opcode maps and random bytes, 32- and 16-bit code; length, mnemonic, operands.
// Where the two differ on purpose the difference is in explained(), each with its reason.
#include "veil/x86/decode.h"

#include <Zydis/Zydis.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstring>
#include <map>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace {

using namespace veil::x86;

struct Judge {
  ZydisDecoder decoder;
  bool code32;
  explicit Judge(bool wide) : code32(wide) {
    ZydisDecoderInit(&decoder, wide ? ZYDIS_MACHINE_MODE_LEGACY_32 : ZYDIS_MACHINE_MODE_LEGACY_16,
                     wide ? ZYDIS_STACK_WIDTH_32 : ZYDIS_STACK_WIDTH_16);
    // Extensions that change the meaning of older opcodes and that this processor does not have.
    for (const auto mode : {ZYDIS_DECODER_MODE_MPX, ZYDIS_DECODER_MODE_CET, ZYDIS_DECODER_MODE_LZCNT,
                            ZYDIS_DECODER_MODE_TZCNT, ZYDIS_DECODER_MODE_WBNOINVD, ZYDIS_DECODER_MODE_CLDEMOTE}) {
      ZydisDecoderEnableMode(&decoder, mode, ZYAN_FALSE);
    }
  }
};

std::string hex(std::span<const uint8_t> bytes) {
  std::string s;
  char two[4];
  for (const uint8_t b : bytes) {
    std::snprintf(two, sizeof two, "%02x ", b);
    s += two;
  }
  return s;
}

unsigned general_number(ZydisRegister r, bool& high) {
  high = r >= ZYDIS_REGISTER_AH && r <= ZYDIS_REGISTER_BH;
  const auto id = static_cast<int>(ZydisRegisterGetId(r));
  return static_cast<unsigned>(high ? id - 4 : id);
}

Seg segment_number(ZydisRegister r) { return static_cast<Seg>(ZydisRegisterGetId(r)); }

uint8_t base_number(ZydisRegister r) {
  return r == ZYDIS_REGISTER_NONE ? kNoRegister : static_cast<uint8_t>(ZydisRegisterGetId(r));
}

std::string compare_memory(const Insn& i, const ZydisDecodedOperandMem& z) {
  const bool wide = i.address_size == Width::d;
  const uint32_t mask = wide ? 0xffffffff : 0xffff;
  MemOperand m = i.mem;
  MemOperand other;
  other.base = base_number(z.base);
  other.index = base_number(z.index);
  other.scale = static_cast<uint8_t>(z.scale == 0 ? 0 : __builtin_ctz(z.scale));
  if (other.index == kNoRegister) other.scale = 0;
  if (m.base != other.base || m.index != other.index || m.scale != other.scale) return "address registers";
  if (((m.disp ^ static_cast<uint32_t>(z.disp.value)) & mask) != 0) return "displacement";
  if (m.seg != segment_number(z.segment)) return "segment";
  return "";
}

std::string compare_operand(const Insn& i, const Operand& op, const ZydisDecodedOperand& z) {
  switch (op.kind) {
    case OperandKind::reg: {
      if (z.type != ZYDIS_OPERAND_TYPE_REGISTER) return "kind";
      bool high = false;
      const unsigned number = general_number(z.reg.value, high);
      if (number != op.reg || high != op.high) return "register";
      return z.size == 8u * op.bytes ? "" : "size of register";
    }
    case OperandKind::mem: {
      if (z.type != ZYDIS_OPERAND_TYPE_MEMORY) return "kind";
      if (op.bytes != 0 && z.size != 8u * op.bytes) return "size of memory";
      return compare_memory(i, z.mem);
    }
    case OperandKind::imm:
    case OperandKind::imm2:
    case OperandKind::rel: {
      if (z.type != ZYDIS_OPERAND_TYPE_IMMEDIATE) return "kind";
      const uint32_t ours = op.kind == OperandKind::imm2 ? i.imm2 : i.imm;
      const uint32_t mask = op.bytes == 1 ? 0xff : op.bytes == 2 ? 0xffff : 0xffffffff;
      if (((ours ^ static_cast<uint32_t>(z.imm.value.u)) & mask) != 0) return "immediate";
      return (z.imm.is_relative == ZYAN_TRUE) == (op.kind == OperandKind::rel) ? "" : "relative";
    }
    case OperandKind::far:
      if (z.type != ZYDIS_OPERAND_TYPE_POINTER) return "kind";
      return z.ptr.segment == i.imm2 && z.ptr.offset == i.imm ? "" : "far pointer";
    case OperandKind::sreg:
      if (z.type != ZYDIS_OPERAND_TYPE_REGISTER || ZydisRegisterGetClass(z.reg.value) != ZYDIS_REGCLASS_SEGMENT)
        return "kind";
      return static_cast<Seg>(op.reg) == segment_number(z.reg.value) ? "" : "segment register";
    case OperandKind::creg:
      return z.reg.value == ZYDIS_REGISTER_CR0 + op.reg ? "" : "control register";
    case OperandKind::dreg:
      return z.reg.value == ZYDIS_REGISTER_DR0 + op.reg ? "" : "debug register";
    case OperandKind::st:
      return z.reg.value == ZYDIS_REGISTER_ST0 + op.reg ? "" : "x87 register";
    case OperandKind::string_src:
    case OperandKind::string_dst: {
      if (z.type != ZYDIS_OPERAND_TYPE_MEMORY) return "kind";
      const bool src = op.kind == OperandKind::string_src;
      if (z.size != 8u * op.bytes) return "size of string element";
      if (base_number(z.mem.base) != (src ? 6 : 7)) return "string register";
      return segment_number(z.mem.segment) == (src ? i.segment : Seg::es) ? "" : "string segment";
    }
    case OperandKind::none:
      break;
  }
  return "kind";
}

// The operands of both, one by one. x87: ST(0) is implicit in our table; nop: its operands mean nothing; strings: Zydis
// hides theirs, in the same order.
std::string compare_operands(const Insn& i, const ZydisDecodedInstruction& z, const ZydisDecodedOperand* operands) {
  const RowInfo& row = row_info(i);
  if (row.exec == Exec::nop) return "";
  unsigned ours = 0;
  while (ours < 3 && i.op[ours].kind != OperandKind::none) ++ours;
  std::vector<const ZydisDecodedOperand*> theirs;
  const unsigned candidates = row.family == Family::string ? ours : z.operand_count_visible;
  for (unsigned n = 0; n < candidates; ++n) {
    const ZydisDecodedOperand& o = operands[n];
    const bool top = row.exec == Exec::fpu && o.type == ZYDIS_OPERAND_TYPE_REGISTER &&
                     o.visibility == ZYDIS_OPERAND_VISIBILITY_IMPLICIT && o.reg.value == ZYDIS_REGISTER_ST0;
    if (!top) theirs.push_back(&o);
  }
  if (ours != theirs.size()) return "number of operands";
  for (unsigned n = 0; n < ours; ++n) {
    std::string s = compare_operand(i, i.op[n], *theirs[n]);
    if (!s.empty()) return s;
  }
  return "";
}

// Differences that are meant, with the reason. Empty: not explained.
std::string explained(const DecodeResult& r, const ZydisDecodedInstruction& z, const std::string& what) {
  if (r.status == DecodeStatus::invalid) {
    if (z.meta.isa_ext != ZYDIS_ISA_EXT_BASE && z.meta.isa_ext != ZYDIS_ISA_EXT_X87)
      return "MMX, SSE, AVX, ...: not here";
    if (z.mnemonic == ZYDIS_MNEMONIC_SYSENTER || z.mnemonic == ZYDIS_MNEMONIC_SYSEXIT) return "no SEP (CPUID)";
    if (z.mnemonic == ZYDIS_MNEMONIC_SYSCALL || z.mnemonic == ZYDIS_MNEMONIC_SYSRET) return "SYSCALL is AMD's";
    if (z.opcode_map == ZYDIS_OPCODE_MAP_0F && z.opcode == 0x0d) return "0f 0d is 3DNow's prefetch, #UD here";
  }
  if (r.status == DecodeStatus::ok) {
    if (r.insn.exec == Exec::nop && z.opcode == 0x18) return "0f 18 is hint space, nop; Zydis calls it prefetch (SSE)";
    if (r.insn.exec == Exec::lea && what == "segment of lea") return "a segment override means nothing to lea";
  }
  return "";
}

struct Difference {
  uint64_t count = 0;
  std::string example;
};
std::map<std::string, Difference> differences;  // not explained
std::map<std::string, uint64_t> accepted;       // reason -> number

std::string first_word(const std::string& s) { return s.substr(0, s.find(' ')); }

void compare(const Judge& judge, std::span<const uint8_t> bytes) {
  const DecodeResult r = decode(bytes, Mode{judge.code32, judge.code32});
  ZydisDecodedInstruction z;
  ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
  std::memset(&z, 0, sizeof z);
  const ZyanStatus status = ZydisDecoderDecodeFull(&judge.decoder, bytes.data(), bytes.size(), &z, operands);
  const bool zydis_ok = ZYAN_SUCCESS(status);
  const bool ok = r.status == DecodeStatus::ok;
  std::string what;
  if (ok != zydis_ok) {
    what = ok ? std::string("only we decode ") + mnemonic(r.insn)
              : std::string("only Zydis decodes ") + ZydisMnemonicGetString(z.mnemonic);
    if (!ok && !zydis_ok) what.clear();
  } else if (ok) {
    const std::string name = ZydisMnemonicGetString(z.mnemonic);
    const bool far = z.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR;
    const std::string our_name = mnemonic(r.insn);
    if (first_word(our_name) != name || (far && our_name.find("far") == std::string::npos && name != "iret" &&
                                         name != "iretd" && name.substr(0, 3) != "int" && name != "into")) {
      what = "mnemonic " + our_name + " / " + name;
    } else if (r.insn.length != z.length) {
      what = "length of " + name;
    } else {
      what = compare_operands(r.insn, z, operands);
      if (!what.empty()) what = what + " of " + name;
    }
  }
  if (what.empty()) return;
  const std::string reason = explained(r, z, what);
  if (!reason.empty()) {
    ++accepted[reason];
    return;
  }
  Difference& d = differences[what];
  if (d.count++ == 0) d.example = (judge.code32 ? "32: " : "16: ") + hex(bytes);
}

void report() {
  for (const auto& [what, d] : differences) {
    UNSCOPED_INFO(what << " (" << d.count << " times), as in " << d.example);
  }
  CHECK(differences.empty());
  differences.clear();
}

}  // namespace

TEST_CASE("every opcode with every ModRM byte is decoded as Zydis decodes it") {
  std::mt19937 random(1);
  const std::vector<std::vector<uint8_t>> prefixes = {{},     {0x66}, {0x67}, {0x66, 0x67}, {0xf2},      {0xf3},
                                                      {0xf0}, {0x2e}, {0x64}, {0x66, 0xf3}, {0x36, 0xf0}};
  for (const bool wide : {true, false}) {
    const Judge judge(wide);
    for (const auto& prefix : prefixes) {
      for (unsigned map = 0; map < 2; ++map) {
        for (unsigned opcode = 0; opcode < 256; ++opcode) {
          if (map == 0 && opcode == 0x0f) continue;
          for (unsigned modrm = 0; modrm < 256; ++modrm) {
            uint8_t bytes[15];
            for (uint8_t& b : bytes) b = static_cast<uint8_t>(random());
            size_t n = 0;
            for (const uint8_t b : prefix) bytes[n++] = b;
            if (map == 1) bytes[n++] = 0x0f;
            bytes[n++] = static_cast<uint8_t>(opcode);
            bytes[n++] = static_cast<uint8_t>(modrm);
            compare(judge, bytes);
          }
        }
      }
    }
  }
  report();
}

TEST_CASE("random bytes are decoded as Zydis decodes them") {
  std::mt19937 random(2);
  for (const bool wide : {true, false}) {
    const Judge judge(wide);
    for (int n = 0; n < 1000000; ++n) {
      uint8_t bytes[15];
      for (uint8_t& b : bytes) b = static_cast<uint8_t>(random());
      compare(judge, bytes);
    }
  }
  report();
}

TEST_CASE("an instruction that is cut short is truncated, never something else") {
  std::mt19937 random(3);
  for (int n = 0; n < 100000; ++n) {
    uint8_t bytes[15];
    for (uint8_t& b : bytes) b = static_cast<uint8_t>(random());
    const Mode mode{random() % 2 == 0, true};
    const DecodeResult whole = decode(bytes, mode);
    if (whole.status != DecodeStatus::ok) continue;
    for (size_t length = 0; length < whole.insn.length; ++length) {
      REQUIRE(decode(std::span<const uint8_t>(bytes, length), mode).status == DecodeStatus::truncated);
    }
    REQUIRE(decode(std::span<const uint8_t>(bytes, whole.insn.length), mode).status == DecodeStatus::ok);
  }
}

TEST_CASE("fifteen bytes are the most") {
  uint8_t bytes[16];
  std::memset(bytes, 0x66, sizeof bytes);
  bytes[14] = 0x90;
  CHECK(decode(bytes).status == DecodeStatus::ok);
  bytes[14] = 0x66;
  bytes[15] = 0x90;
  CHECK(decode(bytes).status == DecodeStatus::too_long);
}

TEST_CASE("the reasons for differences are in use") {
  for (const auto& [reason, count] : accepted) UNSCOPED_INFO(reason << ": " << count);
  CHECK(!accepted.empty());
}
