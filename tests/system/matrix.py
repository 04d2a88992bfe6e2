#!/usr/bin/env python3
"""One guest program in many configurations of Veil: the guest's end state is the same in all of them.

The reference is the interpreter alone on the ISS. Every other variant must print the same, leave with the same status,
retire the same number of guest instructions and end with the same state hash.
"""

import argparse
import pathlib
import sys

import machines
from known_failures import Judge

# How the translator is driven; each must be invisible to the guest.
GEARS = {
    "gear1": ["--gears", "1"],
    "gear2": ["--gears", "2"],
    # Translations are looked at often, so that many are made again by the optimizing translator.
    "gear3": ["--gears", "3", "--sample-every", "211", "--optimize-threshold", "1"],
    # Everything is translated at once, and by the optimizing translator.
    "hot1": ["--gears", "3", "--hot-threshold", "1", "--optimize-threshold", "0"],
    "block1": ["--gears", "2", "--hot-threshold", "2", "--block-limit", "1"],
    "tinycache": ["--gears", "3", "--hot-threshold", "2", "--cache-bytes", "16384", "--sample-every", "101",
                  "--optimize-threshold", "1"],
    "blocks20": ["--gears", "2", "--hot-threshold", "1", "--cache-bytes", "4096"],  # room for some twenty translations
    "cache20": ["--gears", "2", "--hot-threshold", "2", "--cache-bytes", "2560"],  # room for some 20 translations
    "cache1": ["--gears", "2", "--hot-threshold", "2", "--cache-bytes", "1024"],  # for one, seldom two
    "rollback": ["--gears", "2", "--hot-threshold", "2", "--rollback-every", "7"],
}
# What it runs on.
MACHINES = {
    "iss": ["--engine", "iss"],
    "w1": ["--engine", "lockstep", "--config", "w1"],
    "w2": ["--engine", "lockstep", "--config", "w2"],
    "w4": ["--engine", "lockstep", "--config", "w4"],
    "check": ["--engine", "iss", "--check"],  # an independent x86 beside it, compared at every commit
    "rtl-w1": ["--engine", "rtl", "--config", "w1"],  # without checkers
    "rtl-w2": ["--engine", "rtl", "--config", "w2"],
    "rtl-w4": ["--engine", "rtl", "--config", "w4"],
    "iss-w1": ["--engine", "iss", "--config", "w1"],
    "iss-w2": ["--engine", "iss", "--config", "w2"],
}


def variant(name):
    machine, _, gear = name.partition(":")
    if machine not in MACHINES or (gear or "gear2") not in GEARS:
        raise argparse.ArgumentTypeError(f"{name}: want MACHINE[:GEAR] of {', '.join(MACHINES)} and {', '.join(GEARS)}")
    return machine, gear or "gear2"


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("image", type=pathlib.Path)
    parser.add_argument("--veil", type=pathlib.Path, required=True)
    parser.add_argument("--append", default="n=1", help="guest command line")
    parser.add_argument("--variant", type=variant, action="append", help="MACHINE[:GEAR] (repeated)")
    parser.add_argument("--status", type=int, default=machines.PASS)
    parser.add_argument("--timeout", type=float, default=300, help="seconds for each run")
    return parser.parse_args()


def stat(outcome, *path):
    value = outcome.stats
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def compare(name, outcome, reference):
    problem = machines.difference(name, outcome, "interpreter", reference)
    if problem:
        return problem
    for path in (("guest", "instructions"), ("guest", "state_hash")):
        got, wanted = stat(outcome, *path), stat(reference, *path)
        if got is None or wanted is None:
            return f"no {'.'.join(path)} in the statistics"
        if got != wanted:
            return f"{'.'.join(path)} is {got}, the interpreter's is {wanted}"
    return ""


def figures(outcome):
    instructions, cycles = stat(outcome, "guest", "instructions"), stat(outcome, "native", "cycles")
    return f"({outcome.seconds:.1f} s, {instructions} guest instructions, {cycles} cycles)"


def main():
    options = parse()
    judge = Judge()
    run = lambda machine, gear: machines.run_veil(
        options.veil, options.image, append=options.append, timeout=options.timeout,
        options=[*MACHINES[machine], *GEARS[gear]])
    stem = options.image.stem
    reference = run("iss", "gear1")
    problem = ""
    if reference.timed_out or reference.status != options.status:
        problem = f"{reference.describe()}; wanted status {options.status}"
    elif stat(reference, "guest", "state_hash") is None:
        problem = "no guest.state_hash in the statistics"
    judge.verdict(f"matrix/{stem}/iss/gear1", problem, figures(reference))
    if problem:
        return 1  # nothing to compare with
    for machine, gear in options.variant or [("iss", gear) for gear in GEARS if gear != "gear1"]:
        outcome = run(machine, gear)
        name = f"{machine}/{gear}"
        judge.verdict(f"matrix/{stem}/{name}", compare(name, outcome, reference), figures(outcome))
    return judge.status()


if __name__ == "__main__":
    sys.exit(main())
