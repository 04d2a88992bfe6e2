#!/usr/bin/env python3
"""Writes near and into code (tests/guest/codewrite.c): right results, and no more traps than codewrites.toml allows."""

import argparse
import pathlib
import sys
import tomllib

import machines
from known_failures import Judge
from matrix import GEARS, MACHINES, variant

TABLE = pathlib.Path(__file__).resolve().parent / "codewrites.toml"
# Translations for n rounds may differ a little from those for one: the runtime's own loops become hot.
RUNTIME = 40


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("image", type=pathlib.Path)
    parser.add_argument("--veil", type=pathlib.Path, required=True)
    parser.add_argument("--variant", type=variant, default=variant("iss:gear2"))
    parser.add_argument("--rounds", type=int, action="append", help="instead of the table's")
    return parser.parse_args()


def excess(traps, made, baseline, bound, rounds):
    """What a run has taken more than it may; empty if nothing."""
    allowed = bound["fixed"] + bound["per_round"] * rounds
    if traps > allowed:
        return f"{traps} code-write traps, allowed are {allowed}"
    allowed = bound["fixed"] + bound.get("made_per_round", bound["per_round"]) * rounds
    if made - baseline > allowed + RUNTIME:
        return f"{made - baseline} translations more than without code writes, allowed are {allowed} + {RUNTIME}"
    return ""


def main():
    options = parse()
    judge = Judge()
    with open(TABLE, "rb") as file:
        table = tomllib.load(file)
    machine, gear = options.variant

    def run(case, rounds):
        return machines.run_veil(options.veil, options.image, append=f"do={case} n={rounds}",
                                 options=[*MACHINES[machine], *GEARS[gear]])

    baseline = run("own_page", 1).stats["translations"]["made"]
    for case, bound in table["cases"].items():
        for rounds in options.rounds or table["rounds"]:
            outcome = run(case, rounds)
            problem, note = "", ""
            if outcome.status != machines.PASS:
                problem = outcome.describe()
            else:
                traps, made = outcome.stats["events"]["code_write_traps"], outcome.stats["translations"]["made"]
                problem = excess(traps, made, baseline, bound, rounds)
                note = f"({traps} traps, {made} translations)"
            judge.verdict(f"codewrites/{case}/{machine}/{gear}/n={rounds}", problem, note)
    return judge.status()


if __name__ == "__main__":
    sys.exit(main())
