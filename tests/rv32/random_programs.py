"""Random RV32IM_Zba_Zbb_Zbs programs under qemu-riscv32 and on the ISS: random_programs.py ISS_TOOL ISA_GEN NATIVE_TOML
[SEED [COUNT]].

A program fills registers and a buffer with random values, executes random operations - arithmetic, loads, stores,
forward branches, counted loops, calls - and writes all registers and the buffer to standard output.  Operations come
from the ISA table, their text is assembled by binutils.
"""
import random
import sys
import tempfile
from pathlib import Path

import common

sys.path.insert(0, sys.argv[2])
import table  # noqa: E402

BASE, COUNT = 8, 9  # x8 points to the middle of the buffer, x9 counts loops
BUFFER = 4096
EDGES = [0, 1, 2, 31, 32, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff]


class Program:
    def __init__(self, ops, rng):
        self.rng = rng
        self.lines = []
        self.labels = 0
        plain = [o for o in ops if o.section in ("rv32i", "rv32m", "zb")]
        self.alu = [o for o in plain if o.unit in ("alu", "mul", "div")]
        self.mem = [o for o in plain if o.unit == "mem"]
        self.branch = [o for o in plain if o.unit == "branch"]

    def value(self):
        return self.rng.choice(EDGES) if self.rng.random() < 0.3 else self.rng.getrandbits(32)

    def source(self):
        return f"x{self.rng.randrange(32)}"

    def target(self):
        return f"x{self.rng.choice([r for r in range(32) if r not in (BASE, COUNT)])}"

    def operation(self):
        kind = self.rng.random()
        if kind < 0.75:
            op = self.rng.choice(self.alu)
            operands = []
            for name, field in op.fields.items():
                if name == "rd":
                    operands.append(self.target())
                elif name in ("rs1", "rs2"):
                    operands.append(self.source())
                elif field.signed:
                    operands.append(str(self.rng.randrange(-2048, 2048)))
                else:
                    operands.append(str(self.rng.getrandbits(field.bits)))
            self.lines.append(f"  {op.name} {', '.join(operands)}")
        elif kind < 0.92:
            op = self.rng.choice(self.mem)
            size = {"b": 1, "h": 2, "w": 4}[op.name[1]]
            offset = self.rng.randrange(-2048, 2048) // size * size
            reg = self.target() if op.has("rd") else self.source()
            self.lines.append(f"  {op.name} {reg}, {offset}(x{BASE})")
        elif kind < 0.98:
            self.labels += 1
            skipped = self.rng.randrange(1, 6)
            self.lines.append(f"  {self.rng.choice(self.branch).name} {self.source()}, {self.source()}, .L{self.labels}")
            here = self.labels
            for _ in range(skipped):
                self.operation()
            self.lines.append(f".L{here}:")
        else:
            self.labels += 1
            self.lines += [f"  {self.rng.choice(['jal x1, ', 'j '])}.L{self.labels}", "  ebreak", f".L{self.labels}:"] \
                if self.rng.random() < 0.5 else \
                [f"  la x5, .L{self.labels} + 1", "  jalr x1, 0(x5)", "  ebreak", f".L{self.labels}:"]

    def loop(self):
        self.labels += 1
        here = self.labels
        self.lines += [f"  li x{COUNT}, {self.rng.randrange(1, 6)}", f".L{here}:"]
        for _ in range(self.rng.randrange(5, 25)):
            self.operation()
        self.lines += [f"  addi x{COUNT}, x{COUNT}, -1", f"  bnez x{COUNT}, .L{here}"]

    def text(self):
        for r in range(1, 32):
            if r != BASE:
                self.lines.append(f"  li x{r}, {self.value()}")
        while len(self.lines) < 900:
            self.loop() if self.rng.random() < 0.1 else self.operation()
        save = [f"  sw x{r}, {r * 4}(x{BASE})" for r in range(32)]
        words = "\n".join(f"  .word {self.value()}" for _ in range(BUFFER // 4))
        return "\n".join([".globl _start", ".text", "_start:", f"  la x{BASE}, buffer + {BUFFER // 2}", *self.lines, *save,
                          "  li a0, 1", "  la a1, buffer", f"  li a2, {BUFFER}", "  li a7, 64", "  ecall",
                          "  li a0, 0", "  li a7, 93", "  ecall", ".data", ".balign 16", "buffer:", words, ""])


def main():
    tool, ops = sys.argv[1], table.read(sys.argv[3]).ops
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    count = int(sys.argv[5]) if len(sys.argv) > 5 else 40
    good = True
    with tempfile.TemporaryDirectory() as folder:
        for number in range(seed, seed + count):
            source, program = Path(folder, "p.s"), Path(folder, "p")
            source.write_text(Program(ops, random.Random(number)).text())
            common.build([source], program)
            good = common.compare(f"seed {number}", tool, program) and good
    common.finish(good, f"{count} random programs from seed {seed} at widths 1 and 4")


main()
