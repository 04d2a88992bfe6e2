#!/usr/bin/env python3
"""veil board load against the simulated board on a pseudo-terminal: board.py --veil V --board B --state S --image HELLO.

A guest is sent, with lost and spoiled bytes on the way, runs, and its console and status come back. What it leaves in the
SDRAM, as S (board_run) reads it, is what it leaves on the ISS.
"""
import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from machines import limit


def check_state(args, dram, scratch):
    stats = Path(scratch) / "stats.json"
    subprocess.run([args.veil, "run", "--engine", "iss", "--config", "w1", "--memory", "32M", "--quiet", "--stats", str(stats), args.image],
                   stdin=subprocess.DEVNULL, capture_output=True, check=False)
    wanted = json.loads(stats.read_text())["guest"]["state_hash"]
    got = subprocess.run([args.state, "--state-of", str(dram)], capture_output=True, text=True, check=True).stdout.strip()
    print(f"state {got} on the board, {wanted} on the ISS")
    assert got == wanted, "the guest's state"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--veil", required=True)
    parser.add_argument("--board", required=True)
    parser.add_argument("--state", required=True)
    parser.add_argument("--image", required=True)
    args = parser.parse_args()

    nobody = subprocess.run([args.veil, "board", "load", args.image, "--port", "/dev/null"], capture_output=True, text=True)
    assert nobody.returncode != 0 and "/dev/null: not a serial port" in nobody.stderr, nobody

    scratch = tempfile.TemporaryDirectory()
    dram = Path(scratch.name) / "dram"
    board = subprocess.Popen([args.board, "--spoil", "40001", "--drop", "90001", "--dram", str(dram)], stdout=subprocess.PIPE, text=True)
    try:
        port = board.stdout.readline().strip()
        done = subprocess.run([args.veil, "board", "load", args.image, "--port", port, "--memory-is-clear", "--patience", str(int(limit(0.5)) or 1)],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=limit(900))
        print(done.stderr, end="")
        assert done.returncode == 33, f"status {done.returncode}, not 33: {done.stderr}"
        assert done.stdout == "Hello from a guest of Veil.\n", done.stdout
        assert "100 %" in done.stderr, "no progress"
        assert "frames were sent again" in done.stderr, "nothing was lost on the way"
        assert board.wait(timeout=limit(120)) == 0, "the board complains"
        check_state(args, dram, scratch.name)
    finally:
        board.kill()
        scratch.cleanup()
    return 0


if __name__ == "__main__":
    sys.exit(main())
