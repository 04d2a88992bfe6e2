#!/usr/bin/env python3
"""veil board card against the simulated board: board_card.py --veil V --board B --image HELLO --directory D.

The image is written, put into the board's slot, and the guest runs without a host; its console and status come out of the
serial line.
"""
import argparse
import os
import select
import subprocess
import sys
import tty
from pathlib import Path

from machines import limit

ESCAPE = 0x10


def said(raw):
    """The guest's console, and the status of a run that is over, of what a board has sent (boards/common/host_port.sv)."""
    console, status, at = bytearray(), None, 0
    while at < len(raw):
        if raw[at] == ESCAPE and len(raw) - at < 3 and raw[at + 1:at + 2] != bytes([ESCAPE]):
            break  # the rest of an escape is still to come
        if raw[at] != ESCAPE or raw[at + 1:at + 2] == bytes([ESCAPE]):
            console.append(raw[at])
            at += 1 if raw[at] != ESCAPE else 2
        else:
            if raw[at + 1:at + 2] == b"x":
                status = raw[at + 2]
            at += 3
    return bytes(console), status


def main():
    parser = argparse.ArgumentParser()
    for name in ("--veil", "--board", "--image", "--directory"):
        parser.add_argument(name, required=True)
    args = parser.parse_args()
    card = Path(args.directory) / "card.img"
    subprocess.run([args.veil, "board", "card", args.image, "--config", "w1", "--memory-is-clear", "-o", card], check=True)
    assert card.stat().st_size % 512 == 0

    board = subprocess.Popen([args.board, "--card", card], stdout=subprocess.PIPE, text=True)
    try:
        line = os.open(board.stdout.readline().strip(), os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(line)
        raw = bytearray()
        while said(raw)[1] is None:
            assert select.select([line], [], [], limit(600))[0], "the board says nothing"
            raw += os.read(line, 4096)
        assert board.wait(timeout=limit(120)) == 0, "the board complains"
    finally:
        board.kill()
    assert said(raw) == (b"Hello from a guest of Veil.\n", 33), raw
    return 0


if __name__ == "__main__":
    sys.exit(main())
