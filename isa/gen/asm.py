"""gen/firmware/veil_isa.inc: GNU assembler macros and symbols for firmware assembly; veil_isa.ld for its linker script.

Every operation beyond the base ISA is a macro of its own name, operands in the order of the encoders; fields not
given are 0 (segment: flat, width: d, end of group: 1).  Registers may be given by either name.
"""
import plat
from table import FIELD_ORDER
from text import banner, upper

ABI = ("zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6").split()
REGISTERS = ("rd", "rs1", "rs2")


def _macro(op):
    # x.add a0, a0, imm: the rs2 field is a number when src2 = imm5; so registers and numbers have symbols alike.
    names = list(op.fields)
    if op.has("seg"):  # gx.lw rd, rs1, ...: what is stored or loaded comes first, as in the base ISA
        data = "rd" if op.has("rd") else "rs2"
        names = [data] + [n for n in names if n != data]
    elif op.unit == "mem":  # g.lw rd, rs1, imm; g.sw rs2, rs1, imm
        data = "rd" if op.has("rd") else "rs2"
        names = [data, "rs1"] + [n for n in names if n not in (data, "rs1")]
    default = {"seg": "6", "width": "2", "rs2": "x0" if op.has("seg") and op.has("rd") else None,
               "rd": None, "rs1": None}
    params = []
    for n in names:
        value = default.get(n, "0")
        params.append(f"{n}={value}" if value is not None else n)
    terms = [f"{op.match & ~1:#010x}", "(\\end & 1)"]
    for n in names:
        for s in op.fields[n].slices:
            value = f"veil_reg_\\{n}" if n in REGISTERS and not (n == "rs2" and op.section == "xveil_alu") else f"\\{n}"
            if n == "rs2" and op.section == "xveil_alu":
                value = "veil_reg_\\rs2"
            terms.append(f"(((({value}) >> {s.value}) & {(1 << s.width) - 1:#x}) << {s.word})")
    return (f".macro {op.name} {', '.join(params + ['end=1'])}\n"
            f"  .4byte {' | '.join(terms)}\n.endm\n")  # .insn refuses words with the group bit clear


def include(t, raw):
    out = [banner("#", "isa/native.toml and isa/platform.toml", "Macros and symbols for firmware assembly.")]
    for i, name in enumerate(ABI):
        out.append(f".equ veil_reg_{name}, {i}\n.equ veil_reg_x{i}, {i}")
    out.append(".equ veil_reg_fp, 8")
    out += [f".equ veil_reg_{i}, {i & 31}" for i in range(-16, 32) if i >= 0]
    out.append("\n# CSRs that binutils does not know; the standard ones have their names already.")
    out += [f".equ {name}, {c[0]:#x}" for name, c in t.csrs.items() if name.startswith("x")]
    for section, names in t.bits.items():
        out += [f".equ {section.upper()}_{k.upper()}, {1 << v:#x}" for k, v in names.items()]
    out.append(f".equ EFLAGS_ALL, {sum(1 << b for b in t.enums['eflags'].values()):#x}")
    for prefix, values in (("CAUSE", t.causes), ("INTERRUPT", t.interrupts), ("TIER", t.tiers),
                           ("SEG", t.enums["seg"]), ("WIDTH", t.enums["width"]), ("COND", t.enums["cond"])):
        out += [f".equ {prefix}_{k.upper()}, {v}" for k, v in values.items()]
    out += [f".equ CONVENTION_{k.upper()}, {v}" for k, v in t.convention.items() if isinstance(v, int)]
    out.append("\n# The machine around the core.")
    out += [f".equ {upper(k)}, {v:#x}" for k, v in plat.constants(raw)]
    for block in plat.BLOCKS:
        out += [f".equ {block.upper()}_{f[0].upper()}, {4 * i}" for i, f in enumerate(raw[block]["fields"])]
    out += [f".equ EXIT_STATUS_{k.upper()}, {v}" for k, v in raw["exit_status"].items()]
    out += [f".equ LOG_{k.upper()}, {v}" for k, v in raw["log"].items()]
    out.append("")
    out += [_macro(o) for o in t.ops if o.section.startswith("xveil")]
    return "\n".join(out)


def linker(raw):
    """gen/firmware/veil_isa.ld: the same addresses as symbols of a linker script."""
    return "/* Generated from isa/platform.toml by isa/gen: change that, not this. */\n" + "".join(
        f"{upper(k)} = {v:#x};\n" for k, v in plat.constants(raw))
