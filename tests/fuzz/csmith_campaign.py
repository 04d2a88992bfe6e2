#!/usr/bin/env python3
"""Random C programs (csmith): what a guest prints is what the host's own processor prints.

Each seed gives a program. It is compiled for the host (-m32) and run there, and compiled for a guest at one optimisation
level and run on veil in several ways (without --veil: on QEMU). A seed whose program takes long on the host is left out.
A difference leaves the program, the image and the commands in --keep.
"""

import argparse
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "system"))
import machines  # noqa: E402
import matrix  # noqa: E402
from known_failures import Judge  # noqa: E402

LEVELS = ["O0", "O1", "O2", "O3", "Os"]
# Small programs: what a slow machine can run, and a person can read.
CSMITH = ["--no-argc", "--max-funcs", "5", "--max-block-depth", "3", "--max-block-size", "4", "--max-expr-complexity", "8",
          "--max-array-len-per-dim", "6", "--max-array-dim", "2"]
CSMITH_INCLUDE = "/usr/include/csmith"
LONGEST_ON_HOST = 0.05  # seconds, start of the process included: some ten million instructions


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--toolchain", type=pathlib.Path, required=True,
                        help="directory with compile-LEVEL.rsp and link-LEVEL.rsp (build/tests/fuzz)")
    parser.add_argument("--veil", type=pathlib.Path)
    parser.add_argument("--seed", type=int, action="append", help="one seed (repeated); default: random ones")
    parser.add_argument("--first", type=int, help="seeds from here on, one after the other")
    parser.add_argument("--minutes", type=float, help="stop after so many minutes")
    parser.add_argument("--count", type=int, help="stop after so many programs")
    parser.add_argument("--level", choices=LEVELS, help="optimisation level; default: goes round with the seed")
    parser.add_argument("--variant", type=matrix.variant, action="append", help="MACHINE[:GEAR] (repeated)")
    parser.add_argument("--timeout", type=float, default=120, help="seconds for each run on veil")
    parser.add_argument("--keep", type=pathlib.Path, default=pathlib.Path("csmith-differences"))
    parser.add_argument("--strict", action="store_true", help="the seeds are known to be short: one without an answer is a failure")
    return parser.parse_args()


def build(command, directory=None):
    done = subprocess.run(command, capture_output=True, text=True, timeout=machines.limit(300), cwd=directory)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}\n{done.stderr[-2000:]}")


def generate(seed, directory):
    source = directory / f"seed{seed}.c"
    # csmith reads this file in the current directory, and would write the host's sizes into it.
    (directory / "platform.info").write_text("integer size = 4\npointer size = 4\n")
    build(["csmith", "--seed", str(seed), *CSMITH, "--output", str(source)], directory)
    return source


def run_native(source, directory, any_length):
    """What the host prints; None when it takes too long."""
    program = directory / "host"
    build(["gcc", "-m32", "-O1", "-w", f"-I{CSMITH_INCLUDE}", str(source), "-o", str(program)])
    outcome = machines.run_host(program, timeout=5 if any_length else 0.5)
    if outcome.timed_out or outcome.status != machines.PASS:
        return None
    if any_length:
        return outcome
    fastest = min([outcome.seconds] + [machines.run_host(program, timeout=0.5).seconds for _ in range(2)])
    return outcome if fastest < LONGEST_ON_HOST else None


def build_guest(source, level, toolchain, directory):
    compiled, image = directory / "guest.o", directory / f"{source.stem}-{level}.elf"
    # At -O0 the floating-point functions of csmith's header stay in, unused: the linker leaves them out.
    build(["gcc", f"@{toolchain / f'compile-{level}.rsp'}", "-w", "-ffunction-sections", f"-I{CSMITH_INCLUDE}",
           "-c", str(source), "-o", str(compiled)])
    build(["gcc", str(compiled), f"@{toolchain / f'link-{level}.rsp'}", "-Wl,--gc-sections", "-o", str(image)])
    return image


def variants_of(options, seed):
    if options.variant:
        return options.variant
    more = sorted(set(matrix.GEARS) - {"gear1", "gear2"})
    return [("iss", "gear1"), ("iss", "gear2"), ("iss", more[seed % len(more)])]


def examine(seed, options, judge):
    """Runs one seed; returns whether its program was of use."""
    with tempfile.TemporaryDirectory(prefix="veil-csmith-") as name:
        directory = pathlib.Path(name)
        source = generate(seed, directory)
        native = run_native(source, directory, any_length=options.strict)
        if native is None:
            if options.strict:
                judge.verdict(f"csmith/{seed}", "no answer on the host")
            return False
        level = options.level or LEVELS[seed % len(LEVELS)]
        image = build_guest(source, level, options.toolchain, directory)
        commands = []
        if options.veil:
            for machine, gear in variants_of(options, seed):
                switches = [*matrix.MACHINES[machine], *matrix.GEARS[gear]]
                outcome = machines.run_veil(options.veil, image, options=switches, timeout=options.timeout)
                problem = machines.difference("veil", outcome, "host", native)
                judge.verdict(f"csmith/{seed}/{level}/{machine}/{gear}", problem, matrix.figures(outcome))
                if problem:
                    commands.append(f"{options.veil} run {' '.join(switches)} {image.name}")
        else:
            problem = machines.difference("QEMU", machines.run_qemu(image, timeout=options.timeout), "host", native)
            judge.verdict(f"csmith/{seed}/{level}/qemu", problem)
            if problem:
                commands.append(f"qemu-system-i386 -kernel {image.name} ...")
        if commands:
            place = options.keep / f"seed{seed}-{level}"
            place.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, place)
            shutil.copy(image, place)
            (place / "commands").write_text("\n".join(commands) + "\n")
            (place / "host-output").write_bytes(native.output)
            print(f"               kept in {place}")
        return True


def seeds_of(options):
    if options.seed:
        yield from options.seed
    elif options.first is not None:
        yield from range(options.first, 1 << 31)
    else:
        dice = random.SystemRandom()
        while True:
            yield dice.randrange(1 << 31)


def main():
    options = parse()
    if not (options.seed or options.minutes or options.count):
        options.count = 20
    judge, start, used, left_out = Judge(), time.monotonic(), 0, 0
    for seed in seeds_of(options):
        if options.count is not None and used >= options.count:
            break
        if options.minutes is not None and time.monotonic() - start > options.minutes * 60:
            break
        if examine(seed, options, judge):
            used += 1
        else:
            left_out += 1
    print(f"{used} programs, {left_out} left out as too long, {judge.count} runs, {len(judge.unexpected)} differences")
    return judge.status()


if __name__ == "__main__":
    sys.exit(main())
