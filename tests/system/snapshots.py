#!/usr/bin/env python3
"""A machine that is saved in the middle of a run goes on on any engine, and no guest can tell.

snapshots.py --veil VEIL --at N[,N...] [--from MACHINE:GEAR] [--to MACHINE:GEAR]... IMAGE

The reference is a run without a break. Saving must not disturb the run in which it happens; each run from the saved
machine must print the rest, execute the rest of the guest instructions and end in the same state.
"""

import argparse
import pathlib
import sys
import tempfile

import machines
from known_failures import Judge
from matrix import GEARS, MACHINES, stat, variant


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("image", type=pathlib.Path)
    parser.add_argument("--veil", type=pathlib.Path, required=True)
    parser.add_argument("--append", default="n=1", help="guest command line")
    parser.add_argument("--at", type=lambda text: [int(n) for n in text.split(",")], required=True)
    parser.add_argument("--from", dest="first", type=variant, default=("iss", "gear2"))
    parser.add_argument("--to", type=variant, action="append", required=True)
    parser.add_argument("--timeout", type=float, default=600, help="seconds for each run")
    return parser.parse_args()


def compare(outcome, whole, executed_before):
    if outcome.timed_out or outcome.status != whole.status:
        return outcome.describe()
    if not whole.output.endswith(outcome.output) or (executed_before == 0 and outcome.output != whole.output):
        return f"another output: {outcome.describe()}"
    done = stat(outcome, "guest", "instructions") + executed_before
    if done != stat(whole, "guest", "instructions"):
        return f"{done} guest instructions in all, {stat(whole, 'guest', 'instructions')} without a break"
    got, wanted = stat(outcome, "guest", "state_hash"), stat(whole, "guest", "state_hash")
    return "" if got == wanted and got is not None else f"state hash {got}, without a break {wanted}"


def main():
    options = parse()
    judge = Judge()

    def run(kind, image, *more):
        machine, gear = kind
        return machines.run_veil(options.veil, image, append=options.append if image else "", timeout=options.timeout,
                                 options=[*MACHINES[machine], *GEARS[gear], *more])

    whole = run(options.first, options.image)
    stem = options.image.stem
    with tempfile.TemporaryDirectory() as directory:
        saved = pathlib.Path(directory) / "saved"
        for at in options.at:
            name = f"snapshot/{stem}/{at}/{':'.join(options.first)}"
            saved.unlink(missing_ok=True)
            outcome = run(options.first, options.image, "--save", saved, "--save-at", str(at))
            problem = compare(outcome, whole, 0) or ("" if saved.exists() else "nothing saved")
            judge.verdict(name, problem)
            if problem:
                continue
            for kind in options.to:
                outcome = run(kind, None, "--restore", saved)
                judge.verdict(f"{name}/{':'.join(kind)}", compare(outcome, whole, at), f"({outcome.seconds:.1f} s)")
    return judge.status()


if __name__ == "__main__":
    sys.exit(main())
