"""gen/include/veil/isa/native.h and native.cpp: enums, encoders, decoder, properties, names.

The header has no heap, no exceptions and no library beyond <cstdint>: the firmware encodes at run time.
"""
from table import FIELD_ORDER, IMMEDIATES
from text import banner, c_name, camel

# Enumerations of the table that become C++ enums and give fields their type.
ENUM_TYPES = {"src2": "Src2", "width": "Width", "seg": "Seg", "cond": "Cond"}
BOOLS = ("likely", "high", "wide", "guard")
# Operations with many fields are encoded from a struct; operations with the same fields share it.
ARGS = {"x.add": "AluArgs", "x.mov": "MovArgs", "x.cmov": "CmovArgs", "x.set": "SetArgs", "x.b": "BranchArgs",
        "gx.lb": "GuestLoadArgs", "gx.sb": "GuestStoreArgs"}
STRUCT_FROM = 5  # fields from which a struct is used
DEFAULTS = {"width": "Width::d", "src2": "Src2::reg", "seg": "Seg::flat", "cond": "Cond::o"}


def field_type(field):
    if field.name in ENUM_TYPES:
        return ENUM_TYPES[field.name]
    if field.name in BOOLS:
        return "bool"
    return "int32_t" if field.signed else "uint32_t"


def _enum(name, base, values, text=None):
    lines = [f"enum class {name} : {base} {{"]
    for key, value in values.items():
        note = f"  // {text[key]}" if text else ""
        lines.append(f"  {c_name(key)} = {value:#x},{note}" if value > 9 else f"  {c_name(key)} = {value},{note}")
    return "\n".join(lines) + "\n};\n"


def encode_expr(op, value_of):
    terms = [f"{op.match & ~1 & 0xffffffff:#010x}u", "(end ? 1u : 0u)"]
    for field in op.fields.values():
        value = f"static_cast<uint32_t>({value_of(field.name)})"
        for s in field.slices:
            shifted = f"({value} >> {s.value})" if s.value else value
            terms.append(f"((({shifted}) & {(1 << s.width) - 1:#x}u) << {s.word})")
    return " |\n         ".join(terms)


def struct_key(op):
    return tuple(f.name for f in op.fields.values())


def _structs(ops):
    names, out = {}, []
    for op in ops:
        key = struct_key(op)
        if len(key) < STRUCT_FROM or key in names:
            continue
        names[key] = ARGS[op.name]
        body = "".join(f"  {field_type(f)} {f.name} = {DEFAULTS.get(f.name, 'false' if f.name in BOOLS else '0')};\n"
                       for f in op.fields.values())
        out.append(f"struct {ARGS[op.name]} {{\n{body}}};\n")
    return names, "\n".join(out)


def _encoder(op, structs):
    key = struct_key(op)
    if len(key) >= STRUCT_FROM:
        params, value = f"const {structs[key]}& args, bool end = true", lambda n: f"args.{n}"
    else:
        given = [f"{field_type(f)} {f.name}" for f in op.fields.values()]
        params, value = ", ".join(given + ["bool end = true"]), lambda n: n
    return (f"constexpr uint32_t {c_name(op.name)}({params}) {{  // {op.meaning}\n"
            f"  return {encode_expr(op, value)};\n}}\n")


def _alu_dispatch(ops, structs):
    """x.<fn> chosen at run time: the function number is the pattern's first four bits."""
    alu = [o for o in ops if o.section == "xveil_alu"]
    fns = {o.name[2:]: o.match >> 28 for o in alu}
    base = next(o for o in alu if o.name == "x.add")
    return (_enum("AluFn", "uint8_t", fns),
            "// Any x.<fn> of custom-0. x.mov takes no fd.\n"
            f"constexpr uint32_t x_alu(AluFn fn, const {structs[struct_key(base)]}& args, bool end = true) {{\n"
            "  return x_add(args, end) | static_cast<uint32_t>(fn) << 28;\n}\n")


def _ranges(ops):
    seen = {}
    for op in ops:
        for field in op.fields.values():
            if field.name in IMMEDIATES or field.name == "count":
                seen[field.name] = field
    out = []
    for name, f in seen.items():
        align = f" && value % {f.align} == 0" if f.align > 1 else ""
        if f.signed:
            low, high = -(1 << f.bits - 1), (1 << f.bits - 1) - 1
            test = f"value >= {low} && value <= {high}{align}"
        else:
            test = f"value >= 0 && value < {1 << f.bits}{align}"
        out.append(f"constexpr bool fits_{name}(int32_t value) {{ return {test}; }}")
    return "\n".join(out) + "\n"


def constants(t):
    out = []
    for section, names in t.bits.items():
        out.append(f"// Bit numbers of [{section}].\nnamespace {section} {{")
        out += [f"inline constexpr unsigned {c_name(n)}_bit = {b};\ninline constexpr uint32_t {c_name(n)} = 1u << {b};"
                for n, b in names.items()]
        out.append(f"}}  // namespace {section}\n")
    out.append("namespace xconfig {")
    out += [f"inline constexpr unsigned {n}_shift = {low}, {n}_bits = {width};" for n, (low, width) in t.xconfig.items()]
    out.append("}  // namespace xconfig\n")
    out.append("// Bits of a flag register, and of EFLAGS.\nnamespace flag {")
    out += [f"inline constexpr uint8_t {n} = 1u << {b};" for n, b in t.enums["flag"].items()]
    out.append("}  // namespace flag\nnamespace eflags {")
    out += [f"inline constexpr uint32_t {n} = 1u << {b};" for n, b in t.enums["eflags"].items()]
    mask = " | ".join(t.enums["eflags"])
    out.append(f"inline constexpr uint32_t all = {mask};\n}}  // namespace eflags\n")
    out.append("// Register conventions of translated code.\nnamespace convention {")
    for n, v in t.convention.items():
        if isinstance(v, list):
            out.append(f"inline constexpr uint8_t {n}[] = {{{', '.join(map(str, v))}}};")
        else:
            out.append(f"inline constexpr unsigned {n} = {v};")
    out.append("}  // namespace convention\n")
    out.append(f"inline constexpr uint32_t kVersion = {t.version():#x};  // mimpid")
    out.append(f"inline constexpr uint32_t kInterrupt = 0x80000000u;  // mcause of interrupts")
    return "\n".join(out) + "\n"


HEADER_TAIL = r"""
// ---------------------------------------------------------------- decoding

enum class Unit : uint8_t { alu, mem, mul, div, branch, jump, system, commit };

// Every field of an operation; those that it does not have are 0.
struct Decoded {
  Op op = Op::illegal;
  uint8_t rd = 0, rs1 = 0, rs2 = 0;
  uint8_t fd = 0;  // flag register named by the fd field
  Cond cond = Cond::o;
  Width width = Width::b;
  Src2 src2 = Src2::reg;
  Seg seg = Seg::es;
  uint8_t fbit = 0, scale = 0, count = 0;
  bool likely = false, high = false, guard = false;
  bool wide = false;  // the wide field (not src2: see is_wide)
  bool end = true;    // the group bit
  uint16_t csr = 0;
  int32_t imm = 0;  // the immediate field as the table defines it (imm20 unshifted; br13, jump17 in words)
};

// What an operation touches: bit n = x[n] (x0 never set), bit n of the flag masks = f[n].
struct Uses {
  uint32_t reads = 0, writes = 0;
  uint8_t flag_reads = 0, flag_writes = 0;
};

struct OpInfo {
  const char* name;
  uint32_t mask, match;  // bit 0, the group bit, is in neither
  Unit unit;
  bool has_rd, has_rs1, has_rs2;
  bool flag_read, flag_write;  // may read, may write a flag register
};

Decoded decode(uint32_t word);
uint32_t encode(const Decoded& decoded);  // the word that decodes to it; 0 for illegal
const OpInfo& info(Op op);

// The operation is followed by a 32-bit immediate.
constexpr bool is_wide(const Decoded& d) { return d.wide || d.src2 == Src2::wide; }
Uses uses(const Decoded& d);

// A commit of guest instructions (x.commit; x.j, x.b with a count; x.jt with a count, when it jumps).
constexpr bool commits(const Decoded& d) { return d.op == Op::x_commit || d.count != 0; }
const char* csr_name(uint32_t csr);    // nullptr: no such CSR
const char* cause_name(uint32_t cause);  // mcause as it is, interrupts included; nullptr: none
const char* register_name(unsigned reg);  // ABI names

}  // namespace veil::isa
"""


def header(t):
    names, structs = _structs(t.ops)
    alu_enum, alu_encoder = _alu_dispatch(t.ops, names)
    ops = {"illegal": 0} | {o.name: i + 1 for i, o in enumerate(t.ops)}
    parts = [banner("//", "isa/native.toml", "The native ISA: enums, encoders, decoder, names."),
             "#pragma once\n\n#include <cstdint>\n\nnamespace veil::isa {\n",
             _enum("Op", "uint8_t", ops),
             f"inline constexpr unsigned kOpCount = {len(ops)};  // illegal included\n",
             *[_enum(cpp, "uint8_t", t.enums[name]) for name, cpp in ENUM_TYPES.items()],
             alu_enum,
             _enum("Cause", "uint8_t", t.causes), _enum("Interrupt", "uint8_t", t.interrupts),
             _enum("Csr", "uint16_t", {n: c[0] for n, c in t.csrs.items()}, {n: c[2] for n, c in t.csrs.items()}),
             _enum("Counter", "uint8_t", {n: c[0] for n, c in t.counters.items()},
                   {n: c[1] for n, c in t.counters.items()}),
             f"inline constexpr unsigned kCounterCount = {max(c[0] for c in t.counters.values()) + 1};",
             _enum("Tier", "uint8_t", t.tiers),
             f"inline constexpr unsigned kTierCount = {max(t.tiers.values()) + 1};\n",
             "inline constexpr const char* kCounterNames[] = {" + ", ".join(f'"{n}"' for n in t.counters) + "};",
             "inline constexpr const char* kTierNames[] = {" + ", ".join(f'"{n}"' for n in t.tiers) + "};\n",
             constants(t), _ranges(t.ops),
             "// ---------------------------------------------------------------- encoding\n"
             "// Fields are cut to their width; `end` is the group bit: false = the next operation is of this group.\n"
             "namespace enc {\n",
             structs, *[_encoder(o, names) for o in t.ops], alu_encoder, "}  // namespace enc", HEADER_TAIL]
    return "\n".join(parts)


def _formats(ops):
    """Operations with the same field layout share a piece of decoder."""
    keys = {}
    for op in ops:
        key = tuple((f.name, f.slices) for f in op.fields.values())
        keys.setdefault(key, len(keys))
    return keys


def _extract(field):
    terms = []
    for s in field.slices:
        bits = f"(word >> {s.word} & {(1 << s.width) - 1:#x}u)"
        terms.append(f"{bits} << {s.value}" if s.value else bits)
    value = " | ".join(terms)
    target = "imm" if field.name in IMMEDIATES else field.name
    if target == "imm":
        if field.signed:
            up = 32 - field.bits
            return f"d.imm = static_cast<int32_t>(({value}) << {up}) >> {up};"
        return f"d.imm = static_cast<int32_t>({value});"
    if field.name in ENUM_TYPES:
        return f"d.{target} = static_cast<{ENUM_TYPES[field.name]}>({value});"
    if field.name in BOOLS:
        return f"d.{target} = ({value}) != 0;"
    return f"d.{target} = static_cast<{'uint16_t' if field.name == 'csr' else 'uint8_t'}>({value});"


def _undefined(op):
    tests = []
    for condition in op.undefined:
        parts = []
        for name, value in condition.items():
            if name in BOOLS:
                parts.append(f"d.{name}" if value else f"!d.{name}")
            elif name in ENUM_TYPES:
                parts.append(f"d.{name} == static_cast<{ENUM_TYPES[name]}>({value})")
            else:
                parts.append(f"d.{name} == {value}")
        tests.append(" && ".join(parts))
    return " || ".join(tests)


def _value(field):
    """Expression for a field's value out of a Decoded `d`."""
    return f"static_cast<{field_type(field)}>(d.{'imm' if field.name in IMMEDIATES else field.name})"


def _encode_case(op):
    fields = list(op.fields.values())
    if len(fields) >= STRUCT_FROM:
        args = "{" + ", ".join(f".{f.name} = {_value(f)}" for f in fields) + "}, d.end"
    else:
        args = ", ".join([*(_value(f) for f in fields), "d.end"])
    return f"    case Op::{c_name(op.name)}:\n      return enc::{c_name(op.name)}({args});"


def _majors(t):
    by_major = {}
    for op in t.ops:
        by_major.setdefault(op.major, []).append(op)
    order = [op for major in sorted(by_major) for op in by_major[major]]
    index, starts = 0, []
    for major in range(32):
        starts.append(index)
        index += len(by_major.get(major, []))
    return order, starts + [index]


SOURCE_TAIL = r"""
const OpInfo& info(Op op) { return kInfo[static_cast<unsigned>(op)]; }

Uses uses(const Decoded& d) {
  const OpInfo& i = info(d.op);
  Uses u;
  // Of the narrow arithmetic, rs2 is a register only for these kinds of second operand.
  const bool rs2 = i.has_rs2 && (d.src2 == Src2::reg || d.src2 == Src2::high);
  if (i.has_rs1) u.reads |= 1u << d.rs1;
  if (rs2) u.reads |= 1u << d.rs2;
  if (i.has_rd) u.writes = 1u << d.rd;
  u.reads &= ~1u;
  u.writes &= ~1u;
  if (d.op == Op::x_b) {
    u.flag_reads = static_cast<uint8_t>(2u << d.fbit);
    return u;
  }
  const unsigned carry = d.fd != 0 ? d.fd : 1u;  // x.adc and x.sbb without fd read f1
  const uint8_t bit = static_cast<uint8_t>(1u << d.fd);
  if (d.op == Op::x_adc || d.op == Op::x_sbb) {
    u.flag_reads = static_cast<uint8_t>(1u << carry);
  } else if (i.flag_read && d.fd != 0) {
    u.flag_reads = bit;
  }
  if (i.flag_write && d.fd != 0) u.flag_writes = bit;
  return u;
}

const char* register_name(unsigned reg) { return reg < 32 ? kRegisterNames[reg] : "?"; }

}  // namespace veil::isa
"""

ABI = ("zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6").split()


def source(t):
    formats = _formats(t.ops)
    order, starts = _majors(t)
    rows = "\n".join(
        f"    {{{o.mask:#010x}, {o.match:#010x}, Op::{c_name(o.name)}, "
        f"{formats[tuple((f.name, f.slices) for f in o.fields.values())]}}}," for o in order)
    cases = "\n".join(
        f"    case {number}:\n" + "".join(f"      {_extract_key(name, slices, t)}\n" for name, slices in key) +
        "      break;" for key, number in formats.items())
    undefined = {}
    for op in t.ops:
        if op.undefined:
            undefined.setdefault(_undefined(op), []).append(op)
    checks = "\n".join("".join(f"    case Op::{c_name(o.name)}:\n" for o in ops) +
                       f"      if ({test}) return Decoded{{}};\n      break;" for test, ops in undefined.items())
    infos = ["    {\"illegal\", 0, 0, Unit::system, false, false, false, false, false},"]
    for o in t.ops:
        flag = [str(x).lower() for x in (o.has("rd"), o.has("rs1"), o.has("rs2"), "r" in o.flags, "w" in o.flags)]
        infos.append(f"    {{\"{o.name}\", {o.mask:#010x}, {o.match:#010x}, Unit::{o.unit}, {', '.join(flag)}}},")
    csrs = "\n".join(f"    case {c[0]:#05x}:\n      return \"{n}\";" for n, c in t.csrs.items())
    causes = "\n".join(f"    case {v}:\n      return \"{n}\";" for n, v in t.causes.items())
    causes += "\n" + "\n".join(f"    case kInterrupt | {v}:\n      return \"interrupt_{n}\";"
                               for n, v in t.interrupts.items())
    names = ", ".join(f'"{n}"' for n in ABI)
    encodes = "\n".join(_encode_case(o) for o in t.ops)
    return f"""{banner("//", "isa/native.toml", "Decoder and names of the native ISA.")}
#include "veil/isa/native.h"

namespace veil::isa {{

namespace {{

struct Row {{
  uint32_t mask, match;
  Op op;
  uint8_t format;
}};

// Sorted by major opcode (bits 6:2); kStart has the first row of each.
constexpr Row kRows[] = {{
{rows}
}};
constexpr uint8_t kStart[] = {{{", ".join(map(str, starts))}}};

constexpr OpInfo kInfo[] = {{
{chr(10).join(infos)}
}};

constexpr const char* kRegisterNames[] = {{{names}}};

void extract(uint8_t format, uint32_t word, Decoded& d) {{
  switch (format) {{
{cases}
    default:
      break;
  }}
}}

}}  // namespace

Decoded decode(uint32_t word) {{
  Decoded d;
  const unsigned major = word >> 2 & 31;
  for (unsigned row = kStart[major]; row < kStart[major + 1]; row++) {{
    if ((word & kRows[row].mask) != kRows[row].match) continue;
    d.op = kRows[row].op;
    d.end = (word & 1) != 0;
    extract(kRows[row].format, word, d);
    break;
  }}
  switch (d.op) {{
{checks}
    default:
      break;
  }}
  return d;
}}

uint32_t encode(const Decoded& d) {{
  switch (d.op) {{
{encodes}
    default:
      return 0;
  }}
}}

const char* csr_name(uint32_t csr) {{
  switch (csr) {{
{csrs}
    default:
      return nullptr;
  }}
}}

const char* cause_name(uint32_t cause) {{
  switch (cause) {{
{causes}
    default:
      return nullptr;
  }}
}}
{SOURCE_TAIL}"""


def _extract_key(name, slices, t):
    field = next(f for o in t.ops for f in o.fields.values() if f.name == name and f.slices == slices)
    return _extract(field)
