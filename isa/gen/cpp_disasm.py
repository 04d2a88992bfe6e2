"""gen/include/veil/isa/disasm.h and disasm.cpp: the disassembler (hosts only)."""
from table import IMMEDIATES
from text import banner, c_name

HEADER = """#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "veil/isa/native.h"

namespace veil::isa {

// One operation. `next` is the word after it (used when the operation has a wide immediate); `pc` its address.
// Branch targets are printed as absolute addresses. An undefined pattern is ".word 0x...".
std::string disassemble(uint32_t word, uint32_t next, uint32_t pc);

// Words that the operation occupies: 2 with a wide immediate, otherwise 1.
unsigned length_words(uint32_t word);

// One group a line, its operations separated by "  |  ", each line begun with the group's address.
std::string disassemble_groups(std::span<const uint32_t> words, uint32_t pc);

}  // namespace veil::isa
"""

HELPERS = r"""
#include "veil/isa/disasm.h"

#include <cstdio>

namespace veil::isa {

namespace {

std::string hex(uint32_t value) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%x", value);
  return text;
}

std::string reg(unsigned n) { return register_name(n); }

std::string csr(unsigned n) {
  const char* name = csr_name(n);
  return name != nullptr ? name : hex(n);
}

constexpr const char* kConds[] = {CONDS};
constexpr const char* kWidths[] = {WIDTHS};
constexpr const char* kSegs[] = {SEGS};

// Second operand of the narrow arithmetic.
std::string second(const Decoded& d, uint32_t next) {
  switch (d.src2) {
    case Src2::reg:
      return reg(d.rs2);
    case Src2::high:
      return reg(d.rs2) + ".h";
    case Src2::imm5:
      return std::to_string(static_cast<int32_t>(static_cast<uint32_t>(d.rs2) << 27) >> 27);
    default:
      return hex(next);
  }
}

// "ds:[a0 + a1*4 + 0x10]"
std::string guest_address(const Decoded& d, bool load, uint32_t next) {
  std::string text = std::string(kSegs[static_cast<unsigned>(d.seg)]) + ":[" + reg(d.rs1);
  if (load && d.rs2 != 0) {
    text += " + " + reg(d.rs2);
    if (d.scale != 0) text += "*" + std::to_string(1 << d.scale);
  }
  if (d.wide) {
    text += " + " + hex(next);
  } else if (!load && d.imm != 0) {
    text += (d.imm < 0 ? " - " : " + ") + std::to_string(d.imm < 0 ? -d.imm : d.imm);
  }
  return text + "]" + (d.guard ? (load ? " protect" : " check") : "");
}

}  // namespace

std::string disassemble(uint32_t word, uint32_t next, uint32_t pc) {
  const Decoded d = decode(word);
  const auto target = [&](uint32_t scale) { return hex(pc + static_cast<uint32_t>(d.imm) * scale); };
  const std::string imm = std::to_string(d.imm);
  const std::string fd = ", f" + std::to_string(d.fd);
  const std::string cond = kConds[static_cast<unsigned>(d.cond)];
  const std::string width = kWidths[static_cast<unsigned>(d.width)];
  const std::string count = d.count != 0 ? " commit " + std::to_string(d.count) : "";
  switch (d.op) {
"""

TAIL = r"""
    default:
      return ".word " + hex(word);
  }
}

unsigned length_words(uint32_t word) { return is_wide(decode(word)) ? 2 : 1; }

std::string disassemble_groups(std::span<const uint32_t> words, uint32_t pc) {
  std::string out;
  bool open = false;
  for (size_t i = 0; i < words.size();) {
    const Decoded d = decode(words[i]);
    const uint32_t at = pc + static_cast<uint32_t>(i) * 4;
    char address[16];
    std::snprintf(address, sizeof address, "%08x  ", at);
    out += open ? "  |  " : address;
    const uint32_t next = i + 1 < words.size() ? words[i + 1] : 0;
    out += disassemble(words[i], next, at);
    i += is_wide(d) ? 2 : 1;
    open = !d.end && i < words.size();
    if (!open) out += "\n";
  }
  return out;
}

}  // namespace veil::isa
"""


def _expr(op):
    """C++ expression for the text after the name, by the fields that the operation has."""
    has = op.has
    if op.section == "xveil_alu":
        flags = ' + (d.fd != 0 ? fd : "")'
        return f'"{op.name}." + width + " " + reg(d.rd) + ", " + reg(d.rs1) + ", " + second(d, next){flags}'
    if has("seg"):
        load = has("rd")
        data = "d.rd" if load else "d.rs2"
        return f'"{op.name} " + reg({data}) + ", " + guest_address(d, {str(load).lower()}, next)'
    if op.name == "x.b":
        return ('"x.b." + cond + " f" + std::to_string(d.fbit + 1) + ", " + target(4) + '
                '(d.likely ? " likely" : "") + count')
    if op.name == "x.j":
        return '"x.j " + target(4) + count'
    if op.name == "x.jt":
        return '"x.jt " + reg(d.rs1) + count'
    if op.name == "x.commit":
        return '"x.commit " + std::to_string(d.count)'
    if op.name == "x.set":
        return '"x.set." + cond + " " + reg(d.rd) + ", " + reg(d.rs1) + (d.high ? ".h" : "") + fd'
    if op.name == "x.cmov":
        return '"x.cmov." + cond + " " + reg(d.rd) + ", " + reg(d.rs1) + ", " + reg(d.rs2) + fd'
    if op.name in ("fence", "fence.i"):
        return f'"{op.name}"'
    if op.unit == "mem":
        data = "d.rd" if has("rd") else "d.rs2"
        return f'"{op.name} " + reg({data}) + ", " + imm + "(" + reg(d.rs1) + ")"'
    if op.name == "jalr":
        return '"jalr " + reg(d.rd) + ", " + imm + "(" + reg(d.rs1) + ")"'
    parts = []
    if has("rd"):
        parts.append("reg(d.rd)")
    if has("csr"):
        parts.append("csr(d.csr)")
    for name in ("rs1", "rs2"):
        if has(name):
            parts.append(f"reg(d.{name})")
    if op.imm:
        name = op.imm.name
        parts.append({"boff": "target(1)", "joff": "target(1)", "imm20": "hex(static_cast<uint32_t>(d.imm))"}
                     .get(name, "imm"))
    text = ' + ", " + '.join(parts)
    out = f'"{op.name} " + {text}' if parts else f'std::string("{op.name}")'
    return out + (" + fd" if has("fd") else "")


def header():
    return banner("//", "isa/native.toml", "Disassembler of the native ISA.") + HEADER


def source(t):
    helpers = HELPERS
    for name in ("cond", "width", "seg"):
        values = sorted(t.enums[name].items(), key=lambda kv: kv[1])
        helpers = helpers.replace(name.upper() + "S}", ", ".join(f'"{k}"' for k, _ in values) + "}")
    cases = "\n".join(f"    case Op::{c_name(o.name)}:\n      return {_expr(o)};" for o in t.ops)
    return banner("//", "isa/native.toml", "Disassembler of the native ISA.") + helpers + cases + TAIL
