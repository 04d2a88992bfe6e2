#!/usr/bin/env python3
"""An interrupt after every guest instruction of tests/guest/inject.c in turn: nothing but the handler's count changes.

A run without an interrupt is the reference. Runs that end where the program switches interrupts on and off say which
instructions are meant: a point in between must be handled exactly once, each run must print what the reference prints.
"""

import argparse
import pathlib
import re
import sys

import machines
from matrix import GEARS, MACHINES, variant

COUNT = re.compile(rb"^interrupts (\d+)\n", re.MULTILINE)
# The ends are taken from runs with another command line, whose words take a few instructions more or less to compare.
MARGIN = 64
# After the last instruction with interrupts on the program only leaves main() and ends.
EPILOGUE = 400


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("image", type=pathlib.Path)
    parser.add_argument("--veil", type=pathlib.Path, required=True)
    parser.add_argument("--variant", type=variant, action="append", required=True, help="MACHINE[:GEAR] (repeated)")
    parser.add_argument("--stride", type=int, default=1, help="every n-th instruction only")
    parser.add_argument("--first", type=int, default=0, help="begin with this one of each stride")
    return parser.parse_args()


def main():
    options = parse()
    failures, runs = [], 0

    def run(extra, append):
        return machines.run_veil(options.veil, options.image, append=append, options=[*settings, *extra])

    for machine, gear in options.variant:
        settings = [*MACHINES[machine], *GEARS[gear]]
        name = f"{machine}:{gear}"
        ends = [run([], f"until={end}") for end in ("start", "end")]
        reference = run([], "until=none")
        if reference.status != machines.PASS or any(end.status != machines.PASS for end in ends):
            failures.append(f"{name}: without interrupts: {reference.describe()}")
            continue
        first, last = (end.stats["guest"]["instructions"] for end in ends)
        wanted = COUNT.sub(b"", reference.output)
        if COUNT.search(reference.output).group(1) != b"0":
            failures.append(f"{name}: an interrupt that was not requested")
        points = range(first - MARGIN + options.first, last + MARGIN, options.stride)
        over = None  # the first point that is never reached
        for point in points:
            outcome = run(["--interrupt-at", str(point)], "until=none")
            runs += 1
            count = COUNT.search(outcome.output)
            if outcome.status != machines.PASS or not count or COUNT.sub(b"", outcome.output) != wanted:
                failures.append(f"{name}: interrupt after {point} instructions: {outcome.describe()}")
            elif count.group(1) == b"0" and point > last - MARGIN - EPILOGUE:
                over = over or point
            elif count.group(1) != b"1" or over is not None:
                failures.append(f"{name}: interrupt after {point} instructions was handled {count.group(1).decode()} times")
        print(f"{name}: {len(points)} points from {points.start} to {points.stop}", flush=True)
    print("\n".join(failures[:20]))
    print(f"{runs} runs, {len(failures)} failures")
    return 1 if failures or not runs else 0


if __name__ == "__main__":
    sys.exit(main())
