#!/usr/bin/env python3
"""Reads isa/x86.toml; writes the decoder's tables, the list of semantic functions and a reference page.

    x86_gen.py isa/x86.toml OUT    OUT/include/veil/x86/table.h and table.inc, OUT/docs/x86-isa.md

Every opcode leads through a small tree of nodes (prefix, ModRM.mod, ModRM.reg, ModRM.rm) to a row. Rows that
contradict each other, unknown letters and unknown execs are errors here, never surprises in the decoder.
"""
import pathlib
import re
import sys
import tomllib

CONDITIONS = ["o", "no", "b", "nb", "z", "nz", "be", "nbe", "s", "ns", "p", "np", "l", "nl", "le", "nle"]
SIZES = {"": "none", "b": "b", "w": "w", "d": "d", "v": "v", "z": "v", "q": "q", "p": "p", "a": "a", "s": "s", "t": "t"}
FORMS = {"E": "rm", "G": "reg", "M": "mem", "R": "rm_reg", "S": "sreg", "C": "creg", "D": "dreg", "I": "imm",
         "sI": "imm_signed", "J": "rel", "A": "far", "O": "moffs", "X": "string_src", "Y": "string_dst",
         "Z": "opcode_reg", "F": "st"}
FIXED = {"AL": ("gpr", "b", 0), "CL": ("gpr", "b", 1), "AX": ("gpr", "w", 0), "DX": ("gpr", "w", 2),
         "eAX": ("gpr", "v", 0), "1": ("one", "b", 0), "ES": ("fixed_sreg", "w", 0), "CS": ("fixed_sreg", "w", 1),
         "SS": ("fixed_sreg", "w", 2), "DS": ("fixed_sreg", "w", 3), "FS": ("fixed_sreg", "w", 4),
         "GS": ("fixed_sreg", "w", 5)}
USES_MODRM = {"rm", "reg", "mem", "rm_reg", "sreg", "creg", "dreg", "st"}
FLAG_BITS = {"c": 0x1, "p": 0x4, "a": 0x10, "z": 0x40, "s": 0x80, "d": 0x400, "o": 0x800}
ROW_ATTRIBUTES = {"lock", "interpret", "ends", "by-address"}
KEYWORDS = {"and", "or", "xor", "not", "int"}


class TableError(Exception):
    pass


def flags(text):
    if text == "*":
        return 0xffff
    return sum(FLAG_BITS[c] for c in text)


def identifier(name):
    return name + "_" if name in KEYWORDS else name


def operand(text):
    """('form', 'size', register) of an operand in the SDM's letters."""
    if text in FIXED:
        return FIXED[text]
    m = re.fullmatch(r"(sI|[EGMRSCDIJAOXYZF])([bwdvzqpast]?)", text)
    if not m:
        raise TableError(f"unknown operand {text}")
    return (FORMS[m[1]], SIZES[m[2]], 0)


class Row:
    def __init__(self, fields, cond=None):
        self.text, names, operands, self.exec, attributes = fields
        parts = names.split("|")
        self.mnemonic16, self.mnemonic32 = parts[0], parts[-1]
        self.cond = cond
        if cond is not None:
            self.mnemonic16 = self.mnemonic32 = parts[0] + CONDITIONS[cond]
        self.letters = operands
        self.operands = [operand(o) for o in operands.split()]
        self.attributes = set(a for a in attributes.split() if not a.startswith("undef="))
        if self.attributes - ROW_ATTRIBUTES:
            raise TableError(f"unknown attribute in {self.text}")
        words = self.text.replace("+r", "").replace("+cc", "").split()
        self.prefix = words.pop(0) if words[0] == "f3" else ""
        self.map = 0
        if words[0] == "0f":
            self.map = 1
            words.pop(0)
        self.opcode = int(words.pop(0), 16)
        self.reg = self.mod = self.rm = None
        for w in words:
            if w.startswith("/"):
                self.reg = int(w[1:])
            elif w in ("mem", "reg"):
                self.mod = w
            else:
                value = int(w, 16)
                self.mod, self.reg, self.rm = "reg", (value >> 3) & 7, value & 7
        self.modrm = (self.mod is not None or self.reg is not None
                      or any(o[0] in USES_MODRM for o in self.operands))


def expand(table):
    """Rows in order; one for each condition of a +cc row. Also the opcodes that each has."""
    rows, places = [], []
    for fields in table:
        spec = fields[0]
        base = Row(fields)
        if "+cc" in spec:
            for cc in range(16):
                rows.append(Row(fields, cc))
                places.append([base.opcode + cc])
        else:
            rows.append(base)
            places.append([base.opcode + i for i in range(8)] if "+r" in spec else [base.opcode])
    return rows, places


class Tree:
    """Nodes are (kind, first child); children are entries: 0 = no instruction, n < 0x8000 = row n - 1,
    0x8000 + n = node n."""

    def __init__(self, rows, places):
        self.rows = rows
        self.nodes, self.children = [], []
        self.maps = [[self.build([i for i, r in enumerate(rows) if r.map == m and op in places[i]])
                      for op in range(256)] for m in (0, 1)]

    def node(self, kind, groups):
        entries = [self.build(g, kind) for g in groups]
        index = len(self.nodes)
        self.nodes.append((kind, len(self.children)))
        self.children += entries
        return 0x8000 + index

    def build(self, rows, after=""):
        order = ["", "prefix", "mod", "reg", "rm"]
        level = order.index(after)
        pick = [self.rows[i] for i in rows]
        if not rows:
            return 0
        if level < 1 and any(r.prefix for r in pick):
            return self.node("prefix", [[i for i in rows if not self.rows[i].prefix],
                                        [i for i in rows if self.rows[i].prefix]])
        if level < 2 and any(r.mod for r in pick):
            return self.node("mod", [[i for i in rows if self.rows[i].mod in (None, want)] for want in ("mem", "reg")])
        if level < 3 and any(r.reg is not None for r in pick):
            return self.node("reg", [[i for i in rows if self.rows[i].reg in (None, n)] for n in range(8)])
        if level < 4 and any(r.rm is not None for r in pick):
            return self.node("rm", [[i for i in rows if self.rows[i].rm in (None, n)] for n in range(8)])
        if len(rows) > 1:
            raise TableError(f"rows contradict each other: {[self.rows[i].text for i in rows]}")
        return rows[0] + 1


def write_if_changed(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def header(execs, families):
    lines = ["// Generated from isa/x86.toml by isa/gen/x86_gen.py.", "#pragma once", "", "#include <cstdint>", "",
             "namespace veil::x86 {", "", "enum class Family : uint8_t { " + ", ".join(families) + " };", "",
             "// The functions of x86/semantics. X(name, family, interpret)", "#define VEIL_X86_EXECS(X) \\"]
    body = []
    for name, (family, _, _, _, _, attributes) in execs.items():
        body.append(f"  X({identifier(name)}, {family}, {'true' if 'interpret' in attributes.split() else 'false'})")
    lines.append(" \\\n".join(body))
    lines += ["", "enum class Exec : uint8_t {", "#define VEIL_X86_EXEC_NAME(name, family, interpret) name,",
              "  VEIL_X86_EXECS(VEIL_X86_EXEC_NAME)", "#undef VEIL_X86_EXEC_NAME", "};",
              f"constexpr unsigned kExecCount = {len(execs)};", "", "}  // namespace veil::x86", ""]
    return "\n".join(lines)


def tables(rows, tree, execs):
    out = ["// Generated from isa/x86.toml by isa/gen/x86_gen.py. For x86/decode/table.cpp alone.", "",
           "constexpr Row kRows[] = {"]
    for r in rows:
        if r.exec not in execs:
            raise TableError(f"{r.text}: unknown exec {r.exec}")
        family, read, written, undefined, _, attributes = execs[r.exec]
        attributes = set(attributes.split()) | r.attributes
        bits = [name for name, on in (("kModrm", r.modrm), ("kByAddress", "by-address" in attributes)) if on]
        ops = ["{" + f"Form::{f}, Size::{s}, {n}" + "}" for f, s, n in r.operands]
        info = ['"%s"' % r.mnemonic16, '"%s"' % r.mnemonic32, f"Exec::{identifier(r.exec)}", f"Family::{family}"]
        info += [str(a in attributes).lower() for a in ("interpret", "ends", "lock")]
        info += [hex(flags(read)), hex(flags(written)), hex(flags(undefined))]
        out.append("    {{%s}, %s, {%s}}," % (", ".join(info), " | ".join(bits) or "0", ", ".join(ops)))
    out += ["};", "", "constexpr Node kNodes[] = {"]
    out += ["    {Node::%s, %d}," % n for n in tree.nodes]
    out += ["};", "", "constexpr uint16_t kChildren[] = {"]
    for i in range(0, len(tree.children), 16):
        out.append("    " + ", ".join(hex(c) for c in tree.children[i:i + 16]) + ",")
    out += ["};", "", "constexpr uint16_t kMaps[2][256] = {"]
    for m in tree.maps:
        out.append("    {")
        for i in range(0, 256, 16):
            out.append("        " + ", ".join(hex(c) for c in m[i:i + 16]) + ",")
        out.append("    },")
    out += ["};", ""]
    return "\n".join(out)


def reference(rows, execs):
    out = ["# The guest's instructions", "", "Generated from `isa/x86.toml`, which explains the letters.", "",
           "| opcode | instruction | operands | function | flags read | written | undefined | exceptions | |",
           "|---|---|---|---|---|---|---|---|---|"]
    for r in rows:
        if r.cond is not None and r.cond > 0:
            continue
        family, read, written, undefined, exceptions, attributes = execs[r.exec]
        name = r.mnemonic16 if r.mnemonic16 == r.mnemonic32 else f"{r.mnemonic16}, {r.mnemonic32}"
        if r.cond is not None:
            name = name[:-1] + "cc"
        attributes = " ".join(sorted(set(attributes.split()) | r.attributes))
        out.append(f"| `{r.text}` | {name} | {r.letters} | {family}: {r.exec} | {read} | {written} | {undefined} "
                   f"| {exceptions} | {attributes} |".replace("| * |", "| all |"))
    return "\n".join(out) + "\n"


def main():
    source, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    data = tomllib.loads(source.read_text())
    execs = data["exec"]
    families = list(dict.fromkeys(e[0] for e in execs.values()))
    rows, places = expand(data["map"]["rows"])
    unused = set(execs) - {r.exec for r in rows}
    if unused:
        raise TableError(f"no row uses {unused}")
    tree = Tree(rows, places)
    write_if_changed(out / "include/veil/x86/table.h", header(execs, families))
    write_if_changed(out / "include/veil/x86/table.inc", tables(rows, tree, execs))
    write_if_changed(out / "docs/x86-isa.md", reference(rows, execs))


if __name__ == "__main__":
    try:
        main()
    except (TableError, KeyError, ValueError) as e:
        sys.exit(f"{sys.argv[1]}: {e}")
