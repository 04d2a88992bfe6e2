"""gen/docs/native-isa.md: the reference page of the native ISA."""
from table import UNITS
from text import banner

TITLES = {"rv32i": "RV32I and Zifencei", "zicsr": "Zicsr", "rv32m": "M", "zb": "Zba, Zbb, Zbs",
          "xveil_alu": "Xveil: narrow merging arithmetic (custom-0)", "xveil_1": "Xveil: custom-1",
          "xveil_2": "Xveil: custom-2", "xveil_3": "Xveil: custom-3"}


def _table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(c).replace("|", "\\|") for c in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _spaced(op):
    """The pattern with a space between runs of different fields."""
    out, last = "", None
    for c in op.pattern:
        kind = "01" if c in "01" else c
        out += (" " if last not in (None, kind) else "") + c
        last = kind
    return out


def page(t):
    p = ["# Native ISA reference\n", f"{t.isa['name']}, version {t.isa['version']}. Generated from `isa/native.toml`; "
         "what the machine does with it is in `docs/internals/native-machine.md`.\n",
         "Patterns have bit 31 first: `0` and `1` are fixed, `G` is the group bit (1: the operation ends its group), "
         "other letters are fields.\n", "## Fields\n"]
    fields = {}
    for op in t.ops:
        for f in op.fields.values():
            fields.setdefault(f.name, (f, []))[1].append(op.name)
    p.append(_table(("field", "bits", "signed", "operations"),
                    [(n, f.bits, "yes" if f.signed else "", f"{len(ops)}: {', '.join(ops[:4])}" +
                      (", ..." if len(ops) > 4 else "")) for n, (f, ops) in fields.items()]))
    for section, title in TITLES.items():
        p.append(f"## {title}\n")
        p.append(_table(("operation", "pattern", "unit", "flags", "meaning"),
                        [(f"`{o.name}`", f"`{_spaced(o)}`", o.unit, o.flags,
                          o.meaning + ("" if not o.undefined else " *(undefined: " + "; ".join(
                              ", ".join(f"{k} = {v}" for k, v in c.items()) for c in o.undefined) + ")*"))
                         for o in t.ops if o.section == section]))
    for name, values in t.enums.items():
        p.append(f"## Values of {name}\n")
        p.append(_table(("name", "value"), values.items()))
    p.append("## CSRs\n")
    p.append(_table(("name", "address", "access", "meaning"),
                    [(f"`{n}`", f"{c[0]:#05x}", c[1], c[2]) for n, c in sorted(t.csrs.items(), key=lambda x: x[1][0])]))
    for section, names in t.bits.items():
        p.append(f"### Bits of {section}\n")
        p.append(_table(("name", "bit"), names.items()))
    p.append("### Fields of xconfig\n")
    p.append(_table(("name", "low bit", "bits"), [(n, *v) for n, v in t.xconfig.items()]))
    p.append("## Causes\n")
    p.append(_table(("name", "mcause"), [*t.causes.items(), *((f"interrupt {n}", f"2^31 + {v}")
                                                              for n, v in t.interrupts.items())]))
    p.append("## Counters\n")
    p.append(_table(("index", "name", "meaning"), [(c[0], f"`{n}`", c[1]) for n, c in t.counters.items()]))
    p.append("## Tiers\n")
    p.append(_table(("name", "xtier"), t.tiers.items()))
    return "\n".join(p)
