#!/usr/bin/env python3
"""Mutates the core, its memories and the bus (rtl.toml) and demands that lockstep with the ISS notices.

tests/mutation/rtl.py [--build DIR] [--jobs N] [--configs w1 w4] [--only NAME...] [--sample N] [--at-least PERCENT]
One Verilated model for each configuration serves all mutants (schema.py): a package variable that takes its value from
VEIL_MUTANT when the model starts says which of them is on.  Builds and report are in DIR/mutation/rtl.
"""
import argparse
import random
import subprocess
import sys
from pathlib import Path

import schema

ROOT = Path(__file__).resolve().parent.parent.parent
GUARDS = {
    "expression": lambda number, mutated, original:
        f"((veil_mutation_pkg::active == {number}) ? ({mutated}) : ({original}))",
    "statement": lambda number, mutated, original:
        f"if (veil_mutation_pkg::active == {number}) begin {mutated} end else begin {original} end",
}
PACKAGE = """package veil_mutation_pkg;
  int active = $c("(std::getenv(\\"VEIL_MUTANT\\") ? std::atoi(std::getenv(\\"VEIL_MUTANT\\")) : 0)");
endpackage
"""


def build(args, work, mutants, targets=("rtl_lockstep", "rtl_directed")):
    """Builds the mutated sources; returns the folder of the tests that have been built."""
    source, out = work / "source", work / "build"
    schema.copy_sources(ROOT, source)
    schema.Schema(mutants, GUARDS).apply(ROOT, source)
    first = source / "rtl/core/veil_core_pkg.sv"  # every tool reads it before the modules
    if not first.read_text().startswith(PACKAGE):
        first.write_text(PACKAGE + first.read_text())
    cache = args.build / "CMakeCache.txt"  # the tools of the build that this one belongs to
    tools = [f"-D{line}" for line in cache.read_text().splitlines() if line.startswith("VEIL_VENV")] if cache.exists() else []
    commands = [["cmake", "-S", source, "-B", out, "-G", "Ninja", "-DCMAKE_CXX_FLAGS=-w -g0", "-DVEIL_RTL_WAVES=OFF",
                 f"-DVEIL_RTL_CONFIGS={';'.join(args.configs)}", *tools],
                ["cmake", "--build", out, "--parallel", str(args.jobs), "--target", *targets]]
    with open(work / "build.log", "w") as log:
        for command in commands:
            if subprocess.run(command, stdout=log, stderr=log).returncode != 0:
                sys.exit(f"mutation: the mutated sources do not build: see {work / 'build.log'}")
    return out / "tests"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--configs", nargs="+", default=["w1", "w4"], help="narrow before wide: narrow is quicker")
    parser.add_argument("--programs", type=int, default=60, help="random programs for each configuration")
    parser.add_argument("--only", nargs="*", help="these mutants")
    parser.add_argument("--sample", type=int, help="so many of them, the same ones each time")
    parser.add_argument("--at-least", type=float, default=95, help="percent that must be killed")
    args = parser.parse_args()
    work = args.build.resolve() / "mutation" / "rtl"
    work.mkdir(parents=True, exist_ok=True)
    try:
        mutants = schema.load(Path(__file__).with_name("rtl.toml"))
        programs = build(args, work, mutants) / "fuzz"
        chosen = [m for m in mutants if not args.only or m.name in args.only]
        if args.sample:
            chosen = random.Random(1).sample(chosen, min(args.sample, len(chosen)))
        # The quickest first: a few random programs, of which most mutants die at once, and those written by hand.
        def lockstep(count, seed):
            return [(f"random {config}" + (" (part)" if count == 3 else ""),
                     [programs / "rtl_lockstep", "--config", config, "--seed", str(seed), "--programs", str(count)], {})
                    for config in args.configs]
        directed = [(f"directed {config}", [programs / "rtl_directed", "--config", config], {}) for config in args.configs]
        tests = lockstep(3, 1) + directed + lockstep(args.programs, 100)
        share = schema.campaign(chosen, tests, lambda number: {"VEIL_MUTANT": str(number)}, jobs=args.jobs, timeout=240,
                                report=work / "report.json", title="rtl")
    except schema.TableError as error:
        sys.exit(f"mutation: {error}")
    return 0 if 100 * share >= args.at_least else 1


if __name__ == "__main__":
    sys.exit(main())
