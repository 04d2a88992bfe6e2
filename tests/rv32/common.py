"""What both comparisons share: building RV32 programs and running them under qemu-riscv32 and on the ISS."""
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from limits import limit  # noqa: E402

MARCH = ["-march=rv32im_zba_zbb_zbs", "-mabi=ilp32"]
QEMU = ["qemu-riscv32", "-cpu", "rv32,zba=true,zbb=true,zbs=true"]
LINK = ["-static", "-nostartfiles", "-nostdlib", "-Wl,-Ttext-segment=0x10000", "-Wl,--no-relax", "-Wl,--no-warn-rwx-segments"]


def build(sources, out, *flags):
    objects = []
    for i, source in enumerate(sources):
        objects.append(f"{out}.{i}.o")
        subprocess.run(["riscv64-unknown-elf-gcc", *MARCH, *flags, "-c", str(source), "-o", objects[-1]], check=True)
    # GCC 12 finds its 32-bit libgcc only under an architecture that it was built for.
    subprocess.run(["riscv64-unknown-elf-gcc", "-march=rv32im", "-mabi=ilp32", *LINK, *objects, "-lgcc", "-o", str(out)],
                   check=True)


def run(command):
    done = subprocess.run(command, capture_output=True, timeout=limit(50))
    return done.returncode, done.stdout, done.stderr.decode(errors="replace").strip()


def compare(what, tool, program, widths=("1", "4")):
    """True if the ISS gives the output and status that QEMU gives."""
    expected = run([*QEMU, str(program)])
    if expected[0] < 0 or not expected[1]:
        print(f"{what}: qemu-riscv32 failed: status {expected[0]}, {expected[2]}")
        return False
    good = True
    for width in widths:
        got = run([tool, width, str(program)])
        if got[:2] != expected[:2]:
            good = False
            first = next((i for i, (a, b) in enumerate(zip(got[1], expected[1])) if a != b), min(len(got[1]), len(expected[1])))
            print(f"{what}: width {width}: status {got[0]}, not {expected[0]}; output differs at byte {first}: "
                  f"{got[1][first:first + 16]!r}, not {expected[1][first:first + 16]!r}; {got[2]}")
    return good


def finish(good, text):
    print(text)
    sys.exit(0 if good else 1)
