"""Reads and checks isa/native.toml: the only place that knows how the table is written.

Everything else in this package works on the classes here.  A mistake in the table is a TableError with one
line that says which row and what.
"""
import tomllib
from dataclasses import dataclass, field

UNITS = ("alu", "mem", "mul", "div", "branch", "jump", "system", "commit")

# Scattered immediates (RISC-V manual vol. I, section 2.3): which bit of the value each letter carries,
# most significant bit of the word first.
SCATTER = {
    "branch": [12, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 11],
    "jal": [20, *range(10, 0, -1), 11, *range(19, 11, -1)],
}


class TableError(Exception):
    """A mistake in a table."""


@dataclass(frozen=True)
class Slice:
    """`width` bits of a field's value from bit `value`, at bit `word` of the operation."""
    value: int
    word: int
    width: int


@dataclass(frozen=True)
class Field:
    name: str
    signed: bool
    slices: tuple
    bits: int  # bits of the value, the implied zero of branch offsets included

    @property
    def align(self):
        return 1 << min(s.value for s in self.slices)


@dataclass
class Op:
    name: str
    section: str
    pattern: str
    unit: str
    flags: str
    meaning: str
    mask: int = 0
    match: int = 0
    fields: dict = field(default_factory=dict)  # name -> Field, in the order of FIELD_ORDER
    undefined: list = field(default_factory=list)  # [{field: value}]: all equal = undefined pattern

    @property
    def major(self):
        return (self.match >> 2) & 31

    def has(self, name):
        return name in self.fields

    @property
    def imm(self):
        """The one immediate field of the operation, or None."""
        found = [f for f in self.fields.values() if f.name in IMMEDIATES]
        return found[0] if found else None


IMMEDIATES = ("imm12", "simm12", "imm20", "boff", "joff", "jump17", "br13", "disp7", "shamt", "zimm")
# Order in which encoders take fields.
FIELD_ORDER = ("rd", "rs1", "rs2", "csr", "cond", "fd", "fbit", "width", "src2", "seg", "scale",
               *IMMEDIATES, "count", "likely", "high", "wide", "guard")


@dataclass
class Table:
    isa: dict
    ops: list
    enums: dict
    causes: dict
    interrupts: dict
    csrs: dict       # name -> (address, access, text)
    counters: dict   # name -> (index, text)
    tiers: dict
    bits: dict       # xstatus, tlb, segattr -> {name: bit}
    xconfig: dict    # name -> (low, width)
    convention: dict
    majors: dict

    def op(self, name):
        return next(o for o in self.ops if o.name == name)

    def version(self):
        major, minor = self.isa["version"].split(".")
        return int(major) << 16 | int(minor)


def _word_bits(pattern, letters):
    """Bit numbers in the word where `letters` are, most significant first."""
    return [31 - i for letter in letters for i, c in enumerate(pattern) if c == letter]


def _slices(value_bits, word_bits):
    """Joins bits that are neighbours in both value and word."""
    out = []
    for value, word in zip(value_bits, word_bits):
        if out and out[-1].value == value + 1 and out[-1].word == word + 1:
            last = out.pop()
            out.append(Slice(value, word, last.width + 1))
        else:
            out.append(Slice(value, word, 1))
    return tuple(out)


def _fields(where, pattern, letters_table):
    used = set(pattern) - set("01G")
    out = {}
    for letter in used:
        if letter not in letters_table and not any(letter in f.get("pieces", ()) for f in letters_table.values()):
            raise TableError(f"{where}: unknown letter '{letter}'")
    seen = {}
    for first, spec in letters_table.items():
        letters = spec.get("pieces", [first])
        if "scatter" in spec:
            letters = [c for c, other in letters_table.items() if other["name"] == spec["name"]]
        if first not in used or spec["name"] in out:
            continue
        missing = [c for c in letters if c not in used]
        if missing:
            raise TableError(f"{where}: field {spec['name']} lacks letter '{missing[0]}'")
        words = _word_bits(pattern, letters)
        values = SCATTER[spec["scatter"]] if "scatter" in spec else list(range(len(words) - 1, -1, -1))
        if len(values) != len(words):
            raise TableError(f"{where}: field {spec['name']} has {len(words)} bits, not {len(values)}")
        out[spec["name"]] = Field(spec["name"], spec.get("signed", False), _slices(values, words), max(values) + 1)
        for letter in letters:
            seen[letter] = True
    stray = used - set(seen)
    if stray:
        raise TableError(f"{where}: letter '{sorted(stray)[0]}' without the first piece of its field")
    for name in out:
        if name not in FIELD_ORDER:
            raise TableError(f"{where}: field {name} is unknown to the generator")
    return {name: out[name] for name in FIELD_ORDER if name in out}


def _read_op(section, row, letters_table):
    if len(row) != 5:
        raise TableError(f"[ops] {section}: row {row[:1]} has {len(row)} columns, not 5")
    name, text, unit, flags, meaning = row
    pattern = text.replace(" ", "")
    where = f"[ops] {section}: {name}"
    if len(pattern) != 32:
        raise TableError(f"{where}: pattern has {len(pattern)} characters, not 32")
    if pattern[30:] != "1G":
        raise TableError(f"{where}: pattern does not end in 1G")
    if unit not in UNITS:
        raise TableError(f"{where}: unknown unit '{unit}'")
    if flags not in ("", "r", "w", "rw"):
        raise TableError(f"{where}: unknown flags '{flags}'")
    op = Op(name, section, pattern, unit, flags, meaning)
    op.mask = int("".join("1" if c in "01" else "0" for c in pattern), 2)
    op.match = int("".join("1" if c == "1" else "0" for c in pattern), 2)
    op.fields = _fields(where, pattern, letters_table)
    if sum(f.name in IMMEDIATES for f in op.fields.values()) > 1:
        raise TableError(f"{where}: more than one immediate field")
    return op


def _check_ops(ops):
    names = {}
    for op in ops:
        if op.name in names:
            raise TableError(f"[ops]: {op.name} appears twice")
        names[op.name] = op
    for i, a in enumerate(ops):
        for b in ops[i + 1:]:
            common = a.mask & b.mask
            if a.match & common == b.match & common:
                raise TableError(f"[ops]: patterns of {a.name} and {b.name} overlap")


def _unique(what, pairs):
    seen = {}
    for name, value in pairs:
        if value in seen:
            raise TableError(f"{what}: {name} and {seen[value]} are both {value:#x}")
        seen[value] = name


def parse(raw):
    """Table from the parsed TOML."""
    try:
        ops = [_read_op(section, row, raw["fields"]) for section, rows in raw["ops"].items() for row in rows]
        _check_ops(ops)
        for name, conditions in raw["undefined"].items():
            op = next((o for o in ops if o.name == name), None)
            if op is None:
                raise TableError(f"[undefined]: no operation {name}")
            for condition in conditions:
                for key in condition:
                    if not op.has(key):
                        raise TableError(f"[undefined]: {name} has no field {key}")
            op.undefined = conditions
        csrs = {name: tuple(row) for name, row in raw["csr"].items()}
        _unique("[csr]", ((name, row[0]) for name, row in csrs.items()))
        for name, row in csrs.items():
            if row[1] not in ("rw", "ro") or not 0 <= row[0] < 4096:
                raise TableError(f"[csr]: {name}: bad access or address")
        counters = {name: tuple(row) for name, row in raw["counter"].items()}
        _unique("[counter]", ((name, row[0]) for name, row in counters.items()))
        for name in ("cause", "interrupt", "tier", "xstatus", "tlb", "segattr", "major"):
            _unique(f"[{name}]", raw[name].items())
        for name, values in raw["enums"].items():
            _unique(f"[enums.{name}]", values.items())
        for op in ops:
            if op.major not in raw["major"].values():
                raise TableError(f"[major]: no name for the major opcode of {op.name}")
        return Table(raw["isa"], ops, raw["enums"], raw["cause"], raw["interrupt"], csrs, counters, raw["tier"],
                     {k: raw[k] for k in ("xstatus", "tlb", "segattr")},
                     {k: tuple(v) for k, v in raw["xconfig"].items()}, raw["convention"], raw["major"])
    except KeyError as missing:
        raise TableError(f"section or key {missing} is missing") from None


def read_toml(path):
    try:
        with open(path, "rb") as file:
            return tomllib.load(file)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise TableError(f"{path}: {error}") from None


def read(path):
    try:
        return parse(read_toml(path))
    except TableError as error:
        raise TableError(f"{path}: {error}" if str(path) not in str(error) else str(error)) from None
