#!/usr/bin/env python3
"""The models of ECP5 cells that have a counterpart in yosys (boards/ecp5/sim) do the same as that: cells.py YOSYS

Proved by SAT for some contents of the tables; that the proof can fail is tried with a content that differs.
"""
import random
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
MODELS = "boards/ecp5/sim/LUT4.v boards/ecp5/sim/CCU2C.v"


def script(cell, parameters, others):
    def design(name, sources, values):
        chosen = " ".join(f"-set {key} {value}" for key, value in values.items())
        return (f"read_verilog -DNO_INCLUDES {sources}; chparam {chosen} {cell}; hierarchy -top {cell}; proc; flatten; opt_clean; "
                f"rename {cell} {name}; design -stash {name}; ")

    return (design("gold", "+/ecp5/cells_sim.v", parameters) + design("gate", MODELS, others) +
            "design -copy-from gold gold; design -copy-from gate gate; miter -equiv -flatten gold gate both; "
            "sat -verify -prove trigger 0 both")


def same(yosys, cell, parameters, others=None):
    done = subprocess.run([yosys, "-q", "-p", script(cell, parameters, others or parameters)], cwd=ROOT, capture_output=True,
                          text=True)
    if done.returncode != 0 and "proof did fail" not in done.stdout + done.stderr:
        sys.exit(f"{cell}: {done.stdout}{done.stderr}")
    return done.returncode == 0


def main():
    yosys = sys.argv[1]
    rng = random.Random(5)
    no_inject = {"INJECT1_0": '"NO"', "INJECT1_1": '"NO"'}
    words = [f"16'h{rng.getrandbits(16):04x}" for _ in range(6)]
    for word in words:
        assert same(yosys, "LUT4", {"INIT": word}), word
    for pair in [("16'h96aa", "16'h96aa"), *zip(words, reversed(words))]:
        assert same(yosys, "CCU2C", {"INIT0": pair[0], "INIT1": pair[1], **no_inject}), pair
    assert not same(yosys, "LUT4", {"INIT": words[0]}, {"INIT": words[1]}), "any two tables pass for the same"
    assert not same(yosys, "CCU2C", {"INIT0": words[0], **no_inject}, {"INIT0": words[1], **no_inject}), "any two tables pass"
    print("LUT4 and CCU2C: as in yosys")
    return 0


if __name__ == "__main__":
    sys.exit(main())
