"""Small guest images made by hand, and ways to start veil on them."""
import os
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from limits import limit  # noqa: E402

BUILD = Path(sys.argv.pop(1) if len(sys.argv) > 1 else "build").resolve()
VEIL = BUILD / "veil"

USAGE, IMAGE, INTERNAL, TRIPLE, HALTED, LIMIT, INTERRUPTED = 64, 65, 70, 80, 82, 124, 130
BASE = 0x100000
MAGIC = 0x1BADB002

# Guest code, assembled by hand.
EXIT = bytes.fromhex("baf4000000ee")      # mov edx, 0xf4; out dx, al
FOREVER = bytes.fromhex("40ebfd")         # inc eax; jmp to it


def mov_al(value):
    return bytes([0xB0, value])


def put(text):
    """Code that writes a text to port 0xe9."""
    return bytes.fromhex("bae9000000") + b"".join(mov_al(c) + b"\xee" for c in text.encode())


def exit_with(value):
    return mov_al(value) + EXIT


def elf(code, machine=3, kind=2, bits=1, entry=BASE + 12, memory=None, flags=0, address=BASE):
    """A multiboot image: header, then the code."""
    body = struct.pack("<III", MAGIC, flags, (-MAGIC - flags) & 0xFFFFFFFF) + code
    header = b"\x7fELF" + bytes([bits, 1, 1]) + bytes(9)
    header += struct.pack("<HHIIIIIHHHHHH", kind, machine, 1, entry, 52, 0, 0, 52, 32, 1, 0, 0, 0)
    segment = struct.pack("<8I", 1, 84, address, address, len(body), memory or len(body), 7, 4)
    return header + segment + body


class Case(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)

    def file(self, name, data):
        path = self.directory / name
        path.write_bytes(data)
        return path

    def image(self, code, **options):
        return self.file("guest.elf", elf(code, **options))

    def veil(self, *arguments, input=b"", timeout=60, **environment):
        return subprocess.run([VEIL, *map(str, arguments)], input=input, capture_output=True, timeout=limit(timeout),
                              cwd=self.directory, env={**os.environ, **environment})

    def run_guest(self, code, *options, input=b"", **image_options):
        return self.veil("run", "--quiet", *options, self.image(code, **image_options), input=input)

    def assert_complaint(self, done, status, *parts):
        """Exactly one line on stderr, nothing on stdout, this status."""
        text = done.stderr.decode()
        self.assertEqual(done.returncode, status, text)
        self.assertEqual(done.stdout, b"")
        self.assertEqual(len(text.splitlines()), 1, text)
        self.assertTrue(text.startswith("veil: "), text)
        for part in parts:
            self.assertIn(part, text)


def main():
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
