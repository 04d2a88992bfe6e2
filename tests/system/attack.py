#!/usr/bin/env python3
"""A hostile guest (tests/guest/attack.c): each attack ends as it must, in the same way in every configuration.

The command itself compares the firmware's code with what was loaded, at the end of every run, and stops with status 70
if it has changed. The guest checks what it reads.
"""

import argparse
import pathlib
import sys
import tomllib

import machines
from known_failures import Judge
from matrix import GEARS, MACHINES, variant

TRIPLE_FAULT = 80
PLATFORM = pathlib.Path(__file__).resolve().parents[2] / "isa/platform.toml"
# Attack -> status, and how many values of n= name different attacks (those that end the guest try one place each).
ATTACKS = {name: (machines.PASS, 1) for name in """flat sweep frames every_frame neighbours strings ports segments limits far_bits ring3 fetch
gdt ldt page_table""".split()}
ATTACKS |= {name: (TRIPLE_FAULT, 4) for name in ("idt", "tss", "directory")}


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("image", type=pathlib.Path)
    parser.add_argument("--veil", type=pathlib.Path, required=True)
    parser.add_argument("--variant", type=variant, action="append", required=True, help="MACHINE[:GEAR] (repeated)")
    parser.add_argument("--attack", choices=ATTACKS, action="append", help="these only (repeated)")
    parser.add_argument("--skip", choices=ATTACKS, action="append", default=[], help="all but these (repeated)")
    parser.add_argument("--scale", type=int, default=1, help="n= of the attacks")
    parser.add_argument("--timeout", type=float, default=300)
    return parser.parse_args()


def places():
    """What the guest is told of concealed memory."""
    memory = tomllib.loads(PLATFORM.read_text())["memory"]
    return f"window={memory['concealed_window']:x} size={memory['concealed_size']:x} mmio={memory['mmio']:x}"


def main():
    options = parse()
    judge = Judge()
    for attack in options.attack or [name for name in ATTACKS if name not in options.skip]:
        status, ways = ATTACKS[attack]
        for n in [options.scale] if ways == 1 else range(1, ways + 1):
            reference = None
            for machine, gear in options.variant:
                outcome = machines.run_veil(options.veil, options.image, append=f"do={attack} n={n} {places()}",
                                            timeout=options.timeout, options=[*MACHINES[machine], *GEARS[gear]])
                end = (outcome.output, (outcome.stats or {}).get("guest"))
                reference = reference or end
                problem = ""
                if outcome.timed_out or outcome.status != status:
                    problem = f"wanted status {status}; {outcome.describe()}"
                elif end != reference:
                    problem = f"ends with {end}, the first variant with {reference}"
                judge.verdict(f"attack/{attack}/{machine}/{gear}/n={n}", problem, f"({outcome.seconds:.1f} s)")
    return judge.status()


if __name__ == "__main__":
    sys.exit(main())
