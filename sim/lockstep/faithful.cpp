#include "sim/lockstep/faithful.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "veil/isa/native.h"

namespace veil::lockstep {
namespace {

namespace ef = isa::eflags;

// Results that come from outside the processor, or that reach parts of the machine that the reference does not have
// (Veil's devices, its identity, its clock), and the instructions that change or read the system state, which the
// reference is given.
constexpr std::array kTakenOver = {
    // devices
    ZYDIS_MNEMONIC_IN, ZYDIS_MNEMONIC_OUT, ZYDIS_MNEMONIC_INSB, ZYDIS_MNEMONIC_INSW, ZYDIS_MNEMONIC_INSD,
    ZYDIS_MNEMONIC_OUTSB, ZYDIS_MNEMONIC_OUTSW, ZYDIS_MNEMONIC_OUTSD,
    // time and identity
    ZYDIS_MNEMONIC_RDTSC, ZYDIS_MNEMONIC_CPUID, ZYDIS_MNEMONIC_RDMSR, ZYDIS_MNEMONIC_WRMSR, ZYDIS_MNEMONIC_RDPMC,
    // waiting and interrupts
    ZYDIS_MNEMONIC_HLT, ZYDIS_MNEMONIC_INT, ZYDIS_MNEMONIC_INT3, ZYDIS_MNEMONIC_INTO, ZYDIS_MNEMONIC_IRET,
    ZYDIS_MNEMONIC_IRETD,
    // descriptor tables, control and debug registers, the TLB
    ZYDIS_MNEMONIC_LGDT, ZYDIS_MNEMONIC_LIDT, ZYDIS_MNEMONIC_LLDT, ZYDIS_MNEMONIC_LTR, ZYDIS_MNEMONIC_SGDT,
    ZYDIS_MNEMONIC_SIDT, ZYDIS_MNEMONIC_SLDT, ZYDIS_MNEMONIC_STR, ZYDIS_MNEMONIC_LMSW, ZYDIS_MNEMONIC_SMSW,
    ZYDIS_MNEMONIC_CLTS, ZYDIS_MNEMONIC_LAR, ZYDIS_MNEMONIC_LSL, ZYDIS_MNEMONIC_VERR, ZYDIS_MNEMONIC_VERW,
    ZYDIS_MNEMONIC_INVLPG, ZYDIS_MNEMONIC_INVD, ZYDIS_MNEMONIC_WBINVD,
    // segment registers
    ZYDIS_MNEMONIC_LDS, ZYDIS_MNEMONIC_LES, ZYDIS_MNEMONIC_LFS, ZYDIS_MNEMONIC_LGS, ZYDIS_MNEMONIC_LSS};

// Segment registers: only if they are loaded.
bool is_system_register(const ZydisDecodedOperand& operand) {
  if (operand.type != ZYDIS_OPERAND_TYPE_REGISTER) return false;
  const ZydisRegisterClass kind = ZydisRegisterGetClass(operand.reg.value);
  if (kind == ZYDIS_REGCLASS_SEGMENT) return (operand.actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0;
  return kind == ZYDIS_REGCLASS_CONTROL || kind == ZYDIS_REGCLASS_DEBUG;
}

bool is_far(const ZydisDecodedInstruction& instruction) {
  return instruction.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR;
}

bool is_shift(ZydisMnemonic mnemonic) {
  switch (mnemonic) {
    case ZYDIS_MNEMONIC_SHL:
    case ZYDIS_MNEMONIC_SHR:
    case ZYDIS_MNEMONIC_SAR:
    case ZYDIS_MNEMONIC_SHLD:
    case ZYDIS_MNEMONIC_SHRD:
      return true;
    default:
      return false;
  }
}

bool is_rotate(ZydisMnemonic mnemonic) {
  return mnemonic == ZYDIS_MNEMONIC_ROL || mnemonic == ZYDIS_MNEMONIC_ROR || mnemonic == ZYDIS_MNEMONIC_RCL ||
         mnemonic == ZYDIS_MNEMONIC_RCR;
}

// SDM vol. 2, the shifts and rotates: the count is taken modulo 32 in every operand size.
unsigned shift_count(const GuestInstruction& instruction, uint32_t ecx) {
  return (instruction.count_in_cl ? ecx : instruction.count) & 31u;
}

const ZydisDecoder& decoder(bool code32) {
  static const auto make = [](ZydisMachineMode mode, ZydisStackWidth stack) {
    ZydisDecoder made;
    ZydisDecoderInit(&made, mode, stack);
    return made;
  };
  static const ZydisDecoder wide = make(ZYDIS_MACHINE_MODE_LEGACY_32, ZYDIS_STACK_WIDTH_32);
  static const ZydisDecoder narrow = make(ZYDIS_MACHINE_MODE_LEGACY_16, ZYDIS_STACK_WIDTH_16);
  return code32 ? wide : narrow;
}

bool is_control_register(const ZydisDecodedOperand& operand) {
  return operand.type == ZYDIS_OPERAND_TYPE_REGISTER &&
         ZydisRegisterGetClass(operand.reg.value) == ZYDIS_REGCLASS_CONTROL;
}

// What Unicorn 2.0.1 gets wrong altogether: the flags of a locked neg, and the frame pointers that enter copies at
// nesting levels above 1 (the processor and QEMU 7.2 agree with each other there: tests/guest/exchange.c, stack.c).
bool is_wrong_in_unicorn(const ZydisDecodedInstruction& instruction, std::span<const ZydisDecodedOperand> visible) {
  if (instruction.mnemonic == ZYDIS_MNEMONIC_NEG) return (instruction.attributes & ZYDIS_ATTRIB_HAS_LOCK) != 0;
  return instruction.mnemonic == ZYDIS_MNEMONIC_ENTER && visible[1].imm.value.u % 32 > 1;
}

// SDM vol. 1, appendix A, "EFLAGS Cross-Reference", and the instructions' own pages in vol. 2.
uint32_t undefined_by_manual(const GuestInstruction& instruction, uint32_t ecx) {
  const unsigned count = shift_count(instruction, ecx);
  switch (instruction.mnemonic) {
    case ZYDIS_MNEMONIC_MUL:
    case ZYDIS_MNEMONIC_IMUL:
      return ef::sf | ef::zf | ef::af | ef::pf;
    case ZYDIS_MNEMONIC_DIV:
    case ZYDIS_MNEMONIC_IDIV:
      return ef::all;
    case ZYDIS_MNEMONIC_AND:
    case ZYDIS_MNEMONIC_OR:
    case ZYDIS_MNEMONIC_XOR:
    case ZYDIS_MNEMONIC_TEST:
      return ef::af;
    case ZYDIS_MNEMONIC_SHL:
    case ZYDIS_MNEMONIC_SHR:
      return count == 0 ? 0 : ef::af | (count != 1 ? ef::of : 0) | (count >= instruction.operand_bits ? ef::cf : 0);
    case ZYDIS_MNEMONIC_SAR:
      return count == 0 ? 0 : ef::af | (count != 1 ? ef::of : 0);
    case ZYDIS_MNEMONIC_SHLD:
    case ZYDIS_MNEMONIC_SHRD:
      if (count > instruction.operand_bits) return ef::all;
      return count == 0 ? 0 : ef::af | (count != 1 ? ef::of : 0);
    case ZYDIS_MNEMONIC_ROL:
    case ZYDIS_MNEMONIC_ROR:
    case ZYDIS_MNEMONIC_RCL:
    case ZYDIS_MNEMONIC_RCR:
      return count > 1 ? ef::of : 0;
    case ZYDIS_MNEMONIC_BSF:
    case ZYDIS_MNEMONIC_BSR:
      return ef::cf | ef::of | ef::sf | ef::af | ef::pf;
    case ZYDIS_MNEMONIC_BT:
    case ZYDIS_MNEMONIC_BTS:
    case ZYDIS_MNEMONIC_BTR:
    case ZYDIS_MNEMONIC_BTC:
      return ef::of | ef::sf | ef::af | ef::pf;
    case ZYDIS_MNEMONIC_AAA:
    case ZYDIS_MNEMONIC_AAS:
      return ef::of | ef::sf | ef::zf | ef::pf;
    case ZYDIS_MNEMONIC_AAM:
    case ZYDIS_MNEMONIC_AAD:
      return ef::of | ef::af | ef::cf;
    case ZYDIS_MNEMONIC_DAA:
    case ZYDIS_MNEMONIC_DAS:
      return ef::of;
    default:
      return 0;
  }
}

}  // namespace

GuestInstruction decode_guest(std::span<const uint8_t> bytes, bool code32) {
  GuestInstruction result;
  ZydisDecodedInstruction decoded;
  std::array<ZydisDecodedOperand, ZYDIS_MAX_OPERAND_COUNT> operands;
  if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder(code32), bytes.data(), bytes.size(), &decoded, operands.data()))) {
    return result;
  }
  result.valid = true;
  result.length = decoded.length;
  result.mnemonic = decoded.mnemonic;
  result.operand_bits = decoded.operand_count > 0 ? operands[0].size : 0;
  const std::span<const ZydisDecodedOperand> visible(operands.data(), decoded.operand_count_visible);
  result.taken_over = std::find(kTakenOver.begin(), kTakenOver.end(), decoded.mnemonic) != kTakenOver.end() ||
                      std::any_of(visible.begin(), visible.end(), is_system_register) || is_far(decoded) ||
                      is_wrong_in_unicorn(decoded, visible);
  result.flushes =
      decoded.mnemonic == ZYDIS_MNEMONIC_INVLPG || std::any_of(visible.begin(), visible.end(), is_control_register);
  result.repeats = (decoded.attributes & (ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE)) != 0;
  result.jumps = decoded.meta.branch_type != ZYDIS_BRANCH_TYPE_NONE || decoded.meta.category == ZYDIS_CATEGORY_RET;
  if (decoded.cpu_flags != nullptr) {
    result.reads_flags = decoded.cpu_flags->tested;
    result.writes_flags = decoded.cpu_flags->modified | decoded.cpu_flags->set_0 | decoded.cpu_flags->set_1;
  }
  if (decoded.mnemonic == ZYDIS_MNEMONIC_PUSHF || decoded.mnemonic == ZYDIS_MNEMONIC_PUSHFD) {
    result.reads_flags = ef::all;
  }
  if (is_shift(decoded.mnemonic) || is_rotate(decoded.mnemonic)) {
    const ZydisDecodedOperand& last = visible.back();
    result.count = 1;
    if (last.type == ZYDIS_OPERAND_TYPE_IMMEDIATE) result.count = static_cast<uint8_t>(last.imm.value.u);
    const bool doubled = decoded.mnemonic == ZYDIS_MNEMONIC_SHLD || decoded.mnemonic == ZYDIS_MNEMONIC_SHRD;
    result.count_in_cl = last.type == ZYDIS_OPERAND_TYPE_REGISTER && last.reg.value == ZYDIS_REGISTER_CL;
    result.memory_shift =
        is_shift(decoded.mnemonic) && visible[0].type == ZYDIS_OPERAND_TYPE_MEMORY && (doubled || result.count_in_cl);
  }
  return result;
}

// Unicorn 2.0.1 with a hook on stores gives these shifts of memory a wrong CF and OF (its own temporary is lost at the
// store); against itself without the hook, all other forms of instructions with a memory operand agree.
uint32_t undefined_flags(const GuestInstruction& instruction, uint32_t ecx) {
  const uint32_t wrong = instruction.memory_shift && shift_count(instruction, ecx) != 0 ? ef::cf | ef::of : 0;
  return undefined_by_manual(instruction, ecx) | wrong;
}

uint32_t defined_flags(const GuestInstruction& instruction, uint32_t ecx) {
  const bool counted = is_shift(instruction.mnemonic) || is_rotate(instruction.mnemonic);
  if (counted && shift_count(instruction, ecx) == 0) return 0;  // the flags stay as they were
  return instruction.writes_flags & ~undefined_flags(instruction, ecx);
}

bool undefined_result(const GuestInstruction& instruction, uint32_t ecx) {
  const bool doubled = instruction.mnemonic == ZYDIS_MNEMONIC_SHLD || instruction.mnemonic == ZYDIS_MNEMONIC_SHRD;
  return doubled && shift_count(instruction, ecx) > instruction.operand_bits;
}

std::string disassemble_guest(std::span<const uint8_t> bytes, uint32_t eip, unsigned count) {
  std::string text;
  for (unsigned i = 0; i < count && !bytes.empty(); ++i) {
    ZydisDisassembledInstruction instruction;
    const bool good = ZYAN_SUCCESS(ZydisDisassembleIntel(ZYDIS_MACHINE_MODE_LEGACY_32, eip, bytes.data(),
                                                         std::min<size_t>(bytes.size(), 15), &instruction));
    const size_t length = good ? instruction.info.length : 1;
    std::string hex;
    for (size_t k = 0; k < length; ++k) hex += fmt::format("{:02x} ", bytes[k]);
    text += fmt::format("{:08x}  {:<24}  {}\n", eip, hex, good ? instruction.text : "(not an instruction)");
    bytes = bytes.subspan(length);
    eip += static_cast<uint32_t>(length);
  }
  return text;
}

}  // namespace veil::lockstep
