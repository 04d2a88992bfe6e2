#!/usr/bin/env python3
"""Where the firmware steps in (tests/guest/edges.c): exit status and report of each case, alike in all configurations."""

import argparse
import pathlib
import re
import sys

import machines
from matrix import GEARS, MACHINES, variant

# case of edges.c -> (exit status, what the report says)
CASES = {
    "nomemory": (machines.PASS, ""),
    "stores": (machines.PASS, ""),
    "divide": (80, r"triple fault: vector 00 at eip [0-9a-f]{8}: f7 35 .* div$"),
    "ud": (80, r"triple fault: vector 06 at eip [0-9a-f]{8}: 0f 0b  ud2$"),
    "int": (80, r"triple fault: vector 0d at eip [0-9a-f]{8}: cd 80  int$"),
    "jump": (80, r"triple fault: vector 06 at eip a0000000: "),
    "recursion": (80, r"triple fault: vector [0-9a-f]{2} at eip [0-9a-f]{8}: 0f 0b  ud2$"),
    "x87": (70, r"instruction not implemented: eip [0-9a-f]{8}: d9 ee  fldz$"),
    "hlt": (82, r"the guest has halted at eip [0-9a-f]{8}$"),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("image", type=pathlib.Path)
    parser.add_argument("--veil", type=pathlib.Path, required=True)
    parser.add_argument("--variant", type=variant, action="append", required=True)
    options = parser.parse_args()
    failures = []
    for case, (status, report) in CASES.items():
        reference = None
        for machine, gear in options.variant:
            name = f"{case} {machine}:{gear}"
            outcome = machines.run_veil(options.veil, options.image, append=f"do={case}",
                                        options=["--quiet", *MACHINES[machine], *GEARS[gear]])
            if outcome.timed_out or outcome.status != status:
                failures.append(f"{name}: wanted status {status}; {outcome.describe()}")
                continue
            if not re.search(report, outcome.errors, re.MULTILINE):
                failures.append(f"{name}: the report is {outcome.errors!r}, wanted {report!r}")
            end = (outcome.output, (outcome.stats or {}).get("guest"))
            reference = reference or end
            if end != reference:
                failures.append(f"{name}: ends with {end}, the first variant with {reference}")
    print("\n".join(failures) or f"{len(CASES)} cases in {len(options.variant)} variants")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
