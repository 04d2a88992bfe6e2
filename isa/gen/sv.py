"""gen/rtl/veil_isa_pkg.sv and veil_config_pkg.sv: the RTL's view of the tables."""
import plat
from table import IMMEDIATES, UNITS
from text import banner, camel

ENUMS = {"src2": "src2_e", "width": "width_e", "seg": "seg_e", "cond": "cond_e"}


def _enum(type_name, bits, prefix, values):
    rows = ",\n".join(f"    {prefix}{camel(k)} = {bits}'d{v}" for k, v in values.items())
    return f"  typedef enum logic [{bits - 1}:0] {{\n{rows}\n  }} {type_name};\n"


def _pattern(op):
    """casez pattern: ? where any bit will do; the group bit among them."""
    bits = "".join(c if c in "01" else "?" for c in op.pattern[:31]) + "?"
    return "32'b" + "_".join(bits[i:i + 8] for i in range(0, 32, 8))


def _undefined(op):
    tests = []
    for condition in op.undefined:
        parts = []
        for name, value in condition.items():
            for s in op.fields[name].slices:
                want = value >> s.value & (1 << s.width) - 1
                where = f"word_i[{s.word + s.width - 1}:{s.word}]" if s.width > 1 else f"word_i[{s.word}]"
                parts.append(f"{where} == {s.width}'d{want}")
        tests.append(" && ".join(f"({p})" for p in parts))
    return " || ".join(tests)


def _decode(t):
    rows = []
    for op in t.ops:
        value = f"Op{camel(op.name)}"
        if op.undefined:
            value = f"({_undefined(op)}) ? OpIllegal : {value}"
        rows.append(f"      {_pattern(op)}: return {value};")
    return ("  // The operation that a word is; the group bit (and bit 1, always 1) are ignored.\n"
            "  // verilator lint_off UNUSEDSIGNAL\n"
            "  function automatic op_e decode_op(logic [31:0] word_i);\n    unique casez (word_i)\n" +
            "\n".join(rows) + "\n      default: return OpIllegal;\n    endcase\n  endfunction\n"
            "  // verilator lint_on UNUSEDSIGNAL\n")


def _immediates(t):
    out, seen = [], {}
    for op in t.ops:
        field = op.imm
        if field is None or field.name in seen:
            continue
        seen[field.name] = True
        slices = sorted(field.slices, key=lambda s: -s.value)
        parts = [f"word_i[{s.word + s.width - 1}:{s.word}]" if s.width > 1 else f"word_i[{s.word}]" for s in slices]
        low = min(s.value for s in slices)
        pad = 32 - field.bits
        if pad:
            parts.insert(0, f"{{{pad}{{{'word_i[' + str(slices[0].word + slices[0].width - 1) + ']' if field.signed else chr(49) + chr(39) + 'b0'}}}}}")
        if low:
            parts.append(f"{low}'b0")
        out.append(f"  function automatic logic [31:0] imm_{field.name}(logic [31:0] word_i);\n"
                   f"    return {{{', '.join(parts)}}};\n  endfunction\n")
    return ("  // Immediates, sign-extended where the table says so; imm20 unshifted, br13 and jump17 in words.\n"
            "  // verilator lint_off UNUSEDSIGNAL\n" + "".join(out) + "  // verilator lint_on UNUSEDSIGNAL\n")


def _fields(t):
    """Places of the other fields that are at one place in every operation that has them."""
    places = {}
    for op in t.ops:
        for f in op.fields.values():
            if f.name not in IMMEDIATES:
                places.setdefault(f.name, {}).setdefault(f.slices, []).append(op.name)
    out = ["  // Lowest bit of each field; where a field has several places, or pieces, the operations are named."]
    for name, variants in places.items():
        for slices, ops in variants.items():
            suffix = "" if len(variants) == 1 else "_" + camel(ops[0])
            for i, s in enumerate(slices):
                piece = "" if len(slices) == 1 else f"Piece{len(slices) - 1 - i}"
                note = "" if len(variants) == 1 else "  // " + " ".join(ops[:6]) + (" ..." if len(ops) > 6 else "")
                out.append(f"  localparam int unsigned {camel(name)}{suffix.replace('_', '')}{piece}Lsb = {s.word};{note}")
    return "\n".join(out) + "\n"


def _predicate(t, name, test, text):
    ops = [f"Op{camel(o.name)}" for o in t.ops if test(o)]
    lines = [", ".join(ops[i:i + 8]) for i in range(0, len(ops), 8)]
    return (f"  // {text}\n  function automatic logic {name}(op_e op_i);\n    return op_i inside {{\n        " +
            ",\n        ".join(lines) + "};\n  endfunction\n") if len(ops) else ""


def isa_package(t, raw_platform):
    p = [banner("//", "isa/native.toml and isa/platform.toml", "Encodings, numbers and addresses for the RTL."),
         "// Names are used by whoever needs them.\n/* verilator lint_off UNUSEDPARAM */\npackage veil_isa_pkg;\n"]
    p.append("  // Major opcodes, bits 6:2.\n" + "\n".join(
        f"  localparam logic [4:0] Major{camel(n)} = 5'd{v};" for n, v in t.majors.items()) + "\n")
    p.append(_enum("op_e", 8, "Op", {"illegal": 0} | {o.name: i + 1 for i, o in enumerate(t.ops)}))
    for o in t.ops:
        p.append(f"  localparam logic [31:0] Mask{camel(o.name)} = 32'h{o.mask:08x}, "
                 f"Match{camel(o.name)} = 32'h{o.match:08x};")
    p.append("")
    p.append("  // Which narrow operation, bits 31:28 of custom-0.")
    p.append(_enum("alu_fn_e", 4, "Fn", {o.name[2:]: o.match >> 28 for o in t.ops if o.section == "xveil_alu"}))
    for name, type_name in ENUMS.items():
        values = t.enums[name]
        p.append(_enum(type_name, max(values.values()).bit_length(), camel(name), values))
    p.append(_enum("unit_e", 3, "Unit", {u: i for i, u in enumerate(UNITS)}))
    p.append("  // Bits of a flag register, and of EFLAGS.\n" + "\n".join(
        [f"  localparam int unsigned Flag{camel(k)} = {v};" for k, v in t.enums["flag"].items()] +
        [f"  localparam int unsigned Eflags{camel(k)} = {v};" for k, v in t.enums["eflags"].items()]) + "\n")
    p.append("  // mcause; interrupts have bit 31 set.")
    p.append(_enum("cause_e", 6, "Cause", t.causes))
    p.append("\n".join(f"  localparam int unsigned Irq{camel(k)} = {v};" for k, v in t.interrupts.items()) + "\n")
    p.append(_enum("csr_e", 12, "Csr", {k: c[0] for k, c in t.csrs.items()}))
    p.append(_enum("counter_e", 5, "Counter", {k: c[0] for k, c in t.counters.items()}))
    p.append(f"  localparam int unsigned CounterCount = {max(c[0] for c in t.counters.values()) + 1};\n")
    p.append(_enum("tier_e", 4, "Tier", t.tiers))
    for section, names in t.bits.items():
        p.append("\n".join(f"  localparam int unsigned {camel(section)}{camel(k)}Bit = {v};" for k, v in names.items()))
    p.append("\n".join(f"  localparam int unsigned Xconfig{camel(k)}Lsb = {low}, Xconfig{camel(k)}Bits = {bits};"
                       for k, (low, bits) in t.xconfig.items()))
    p.append(f"  localparam logic [31:0] IsaVersion = 32'h{t.version():08x};  // mimpid\n")
    p.append("  // Native memory map, offsets inside the concealed window, host port.")
    p.append("\n".join(f"  localparam logic [31:0] {camel(k)} = 32'h{v:08x};" for k, v in plat.constants(raw_platform)))
    p.append("")
    p.append(_fields(t))
    p.append(_decode(t))
    p.append(_immediates(t))
    p.append(_predicate(t, "op_has_rd", lambda o: o.has("rd"), "Writes x[rd] (unless it is x0)."))
    p.append(_predicate(t, "op_has_rs1", lambda o: o.has("rs1"), "Has an rs1 field."))
    p.append(_predicate(t, "op_has_rs2", lambda o: o.has("rs2"),
                        "Has an rs2 field (narrow arithmetic: a register only for src2 reg and high)."))
    # Not a case: yosys would make a ROM of it and move the register in front of it to its output.
    units = [f"    if (op_i inside {{{', '.join('Op' + camel(o.name) for o in t.ops if o.unit == u)}}}) return Unit{camel(u)};"
             for u in UNITS if u != "system"]
    p.append("  function automatic unit_e op_unit(op_e op_i);\n" + "\n".join(units) +
             "\n    return UnitSystem;\n  endfunction\n")
    p.append("endpackage\n/* verilator lint_on UNUSEDPARAM */")
    return "\n".join(p) + "\n"


def config_package(raw):
    fields = "\n".join(f"    {'bit' if k == 'counters' else 'int unsigned'} {k};" for k in plat.CONFIG_KEYS)
    rows = []
    for name, c in raw.items():
        values = ",\n".join(f"    {k}: {(chr(49) if c[k] else chr(48)) if k == 'counters' else c[k]}"
                            .replace("counters: ", "counters: 1'b") for k in plat.CONFIG_KEYS)
        rows.append(f"  localparam config_t Config{camel(name)} = '{{\n{values}\n  }};")
    return (banner("//", "rtl/configs.toml", "The named configurations of the core.") +
            "/* verilator lint_off UNUSEDPARAM */\npackage veil_config_pkg;\n\n  typedef struct packed {\n" + fields +
            "\n  } config_t;\n\n" + "\n\n".join(rows) + "\n\nendpackage\n/* verilator lint_on UNUSEDPARAM */\n")
