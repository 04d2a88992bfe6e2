#!/usr/bin/env python3
"""A binary file as hexadecimal 32-bit words, one a line, for $readmemh: words.py IN OUT WORDS (padded with zeros)."""
import sys
from pathlib import Path


def main():
    source, target, words = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    data = source.read_bytes()
    if len(data) > 4 * words:
        sys.exit(f"{source}: {len(data)} bytes, at most {4 * words}")
    data = data.ljust(4 * words, b"\0")
    lines = (f"{int.from_bytes(data[at:at + 4], 'little'):08x}\n" for at in range(0, len(data), 4))
    target.write_text("".join(lines))


if __name__ == "__main__":
    main()
