#!/usr/bin/env python3
"""A guest on a simulated board leaves what it leaves on the ISS: console, status, state.

board_state.py --veil V --runner R [--seed N ...] [--few N] [--card] [--append TEXT] IMAGE

R is board_run (the RTL) or netlist_run (what synthesis made of it); each seed is another power-on.
"""
import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path


def run(command, stats):
    done = subprocess.run([*map(str, command), "--stats", str(stats)], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    numbers = json.loads(stats.read_text()) if stats.exists() else {}
    return done, numbers


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--veil", required=True, type=Path)
    parser.add_argument("--runner", required=True)
    parser.add_argument("--config", default="w1")
    parser.add_argument("--seed", type=int, action="append")
    parser.add_argument("--few", type=int)
    parser.add_argument("--card", action="store_true")
    parser.add_argument("--append", default="")
    parser.add_argument("image")
    args = parser.parse_args()
    same = ["--config", args.config, "--append", args.append, args.image]
    wrong = 0
    with tempfile.TemporaryDirectory() as scratch:
        iss, numbers = run([args.veil, "run", "--engine", "iss", "--memory", "32M", "--quiet", *same], Path(scratch) / "iss.json")
        wanted = (iss.stdout, iss.returncode, numbers["guest"]["state_hash"])
        assert wanted[1] == 33, f"on the ISS the guest fails: status {iss.returncode}: {iss.stderr}"
        firmware = args.veil.parent / "firmware/veil.elf"
        for seed in args.seed or [0]:
            command = [args.runner, "--firmware", firmware, "--seed", seed, *same]
            command += ["--card"] if args.card else []
            command += [] if args.few is None else ["--few", args.few]
            board, numbers = run(command, Path(scratch) / f"board{seed}.json")
            got = (board.stdout, board.returncode, numbers.get("state_hash"))
            good = got == wanted and numbers.get("problem") == ""
            wrong += not good
            print(f"seed {seed}: {'as on the ISS' if good else 'DIFFERS'}: {board.stderr.strip()}")
            if not good:
                print(f"  ISS:   {wanted}\n  board: {got}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
