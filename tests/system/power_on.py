#!/usr/bin/env python3
"""Power-on of the netlist with unknown registers and memories: power_on.py --netlist NETLIST.v [--cycles N]

Icarus Verilog carries unknown values through the gates; boards/sim/power_on.v says what must be known all the same.
"""
import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "boards"))
from flow import stanza  # noqa: E402


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--netlist", required=True)
    parser.add_argument("--cycles", type=int, help="default: until the boot ROM's call")
    args = parser.parse_args()
    board = stanza.load("ulx3s")
    bit_cycles = round(1_000_000 * board["clock_mhz"]["w1"] / board["baud"])
    models = sorted((ROOT / "boards/ecp5/sim").glob("*.v"))
    with tempfile.TemporaryDirectory() as scratch:
        program = f"{scratch}/power_on"
        subprocess.run(["iverilog", "-g2012", f"-DVEIL_BIT_CYCLES={bit_cycles}", "-s", "power_on", "-o", program,
                        ROOT / "boards/sim/power_on.v", *models, args.netlist], check=True)
        plus = [f"+cycles={args.cycles}"] if args.cycles else []
        done = subprocess.run(["vvp", "-n", program, *plus], capture_output=True, text=True, check=False)
    print(done.stdout + done.stderr, end="")
    return 0 if done.returncode == 0 and "power_on: good" in done.stdout else 1


if __name__ == "__main__":
    sys.exit(main())
