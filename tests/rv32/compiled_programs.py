"""C programs compiled by GCC, under qemu-riscv32 and on the ISS: compiled_programs.py ISS_TOOL."""
import sys
import tempfile
from pathlib import Path

import common


def main():
    folder = Path(__file__).parent / "programs"
    programs = sorted(p for p in folder.glob("*.c") if p.name != "runtime.c")
    good, runs = True, 0
    with tempfile.TemporaryDirectory() as out:
        for source in programs:
            for level in ("-O0", "-O2", "-Os"):
                program = Path(out, source.stem)
                common.build([folder / "runtime.c", source], program, level, "-ffreestanding", "-fno-builtin-printf", "-Wall")
                good = common.compare(f"{source.name} {level}", sys.argv[1], program, ("4",)) and good
                runs += 1
    common.finish(good, f"{len(programs)} programs, {runs} runs")


main()
