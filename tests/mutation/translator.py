#!/usr/bin/env python3
"""Mutates the translator and the x86 semantics (translator.toml) and demands that the unit tests notice.

tests/mutation/translator.py [--build DIR] [--jobs N] [--only NAME...] [--sample N] [--at-least PERCENT]
One build serves all mutants (schema.py); it and the report are in DIR/mutation/translator.
"""
import argparse
import random
import subprocess
import sys
from pathlib import Path

import schema

ROOT = Path(__file__).resolve().parent.parent.parent
# In the order of trial. The golden test comes last: it notices any change, right or wrong.
TARGETS = ["translator_blocks", "x86_interpreter", "translator_equivalence", "x86_unicorn", "x86_host", "translator_golden"]
GUARDS = {
    "expression": lambda number, mutated, original:
        f"(VEIL_MUTANT({number}) ? static_cast<std::remove_cvref_t<decltype({original})>>({mutated}) : ({original}))",
    "statement": lambda number, mutated, original: f"if (VEIL_MUTANT({number})) {{ {mutated} }} else {{ {original} }}",
}


def build(args, work, mutants):
    source, out = work / "source", work / "build"
    schema.copy_sources(ROOT, source)
    schema.Schema(mutants, GUARDS).apply(ROOT, source)
    cache = args.build / "CMakeCache.txt"  # the tools of the build that this one belongs to
    tools = [f"-D{line}" for line in cache.read_text().splitlines() if line.startswith("VEIL_VENV")] if cache.exists() else []
    flags = f"-include {source}/tests/mutation/mutant.h -w -Wno-narrowing"
    commands = [["cmake", "-S", source, "-B", out, "-G", "Ninja", f"-DCMAKE_CXX_FLAGS={flags}", *tools],
                ["cmake", "--build", out, "--parallel", str(args.jobs), "--target", *TARGETS]]
    with open(work / "build.log", "w") as log:
        for command in commands:
            if subprocess.run(command, stdout=log, stderr=log).returncode != 0:
                sys.exit(f"mutation: the mutated sources do not build: see {work / 'build.log'}")
    found = {path.name: path for path in out.rglob("*") if path.name in TARGETS and path.is_file()}
    return [found[name] for name in TARGETS]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", nargs="*", help="these mutants")
    parser.add_argument("--sample", type=int, help="so many of them, the same ones each time")
    parser.add_argument("--at-least", type=float, default=95, help="percent that must be killed")
    args = parser.parse_args()
    work = args.build.resolve() / "mutation" / "translator"
    work.mkdir(parents=True, exist_ok=True)
    try:
        mutants = schema.load(Path(__file__).with_name("translator.toml"))
        programs = build(args, work, mutants)
        chosen = [m for m in mutants if not args.only or m.name in args.only]
        if args.sample:
            chosen = random.Random(1).sample(chosen, min(args.sample, len(chosen)))
        # Quick looks first: most mutants die of a fraction of the random cases.
        quick = {"VEIL_CASES": "20000"}
        random_ones = programs[3:5]
        tests = [(p.name, [p], {}) for p in programs[:3]] + [(p.name + " (part)", [p], quick) for p in random_ones]
        tests += [(p.name, [p], {}) for p in [*random_ones, programs[-1]]]
        share = schema.campaign(chosen, tests, lambda number: {"VEIL_MUTANT": str(number)}, jobs=args.jobs, timeout=120,
                                report=work / "report.json", title="translator")
    except schema.TableError as error:
        sys.exit(f"mutation: {error}")
    return 0 if 100 * share >= args.at_least else 1


if __name__ == "__main__":
    sys.exit(main())
