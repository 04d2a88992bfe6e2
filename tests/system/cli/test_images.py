"""Images that cannot be started: status 65, one clear line, nothing written. Missing firmware: status 70."""
import os
import random

from harness import IMAGE, INTERNAL, Case, elf, exit_with, main


class Images(Case):
    def refused(self, data, *parts, options=()):
        path = self.file("bad.elf", data)
        stats = self.directory / "stats.json"
        self.assert_complaint(self.veil("run", "--stats", stats, *options, path), IMAGE, "bad.elf", *parts)
        self.assertEqual(sorted(p.name for p in self.directory.iterdir()), ["bad.elf"])

    def test_missing_and_strange_files(self):
        self.assert_complaint(self.veil("run", "/nowhere/image.elf"), IMAGE, "No such file")
        self.assert_complaint(self.veil("run", self.directory), IMAGE, "is a directory")
        self.assert_complaint(self.veil("run", "/dev/null"), IMAGE, "not a regular file")
        os.mkfifo(self.directory / "pipe")
        self.assert_complaint(self.veil("run", self.directory / "pipe"), IMAGE, "not a regular file")

    def test_damaged_images(self):
        good = elf(exit_with(0))
        self.refused(b"", "not a multiboot image")
        self.refused(b"#!/bin/sh\necho hello\n", "not a multiboot image")
        self.refused(good[:40], "too short")
        self.refused(good[:-1], "truncated")
        self.refused(elf(exit_with(0), bits=2), "64-bit")
        self.refused(elf(exit_with(0), machine=40), "80386")
        self.refused(elf(exit_with(0), kind=3), "fixed addresses")
        self.refused(elf(exit_with(0), entry=0), "entry point")
        self.refused(good.replace(b"\x02\xb0\xad\x1b", b"\x03\xb0\xad\x1b"), "no multiboot header")

    def test_a_real_64_bit_program(self):
        self.assert_complaint(self.veil("run", "/bin/true"), IMAGE, "64-bit")

    def test_too_large(self):
        self.refused(elf(exit_with(0), memory=40 << 20), "does not fit", "--memory")
        self.refused(elf(exit_with(0), memory=0xFFF00000), "does not fit")
        path = self.file("huge.elf", elf(exit_with(0)))
        with open(path, "r+b") as file:
            file.truncate(1 << 34)  # sparse
        self.assert_complaint(self.veil("run", path), IMAGE, "too large")

    def test_into_concealed_memory(self):
        self.refused(elf(exit_with(0), address=0x1D00000, entry=0x1D0000C), "does not fit")
        self.refused(elf(exit_with(0), address=0x7FC00000, entry=0x7FC0000C), "does not fit")

    def test_modules(self):
        image = self.image(exit_with(0))
        self.assert_complaint(self.veil("run", "--module", "/nowhere/module", image), IMAGE, "/nowhere/module")
        self.assert_complaint(self.veil("run", "--module", self.directory, image), IMAGE, "is a directory")

    def test_random_damage_never_crashes(self):
        good = bytearray(elf(exit_with(0)))
        numbers = random.Random(1)
        for _ in range(60):
            bad = bytearray(good)
            for _ in range(numbers.randrange(1, 4)):
                bad[numbers.randrange(84)] = numbers.randrange(256)
            done = self.veil("run", "--quiet", "--limit", "20", "--firmware", "/nowhere", self.file("bad.elf", bad))
            self.assertIn(done.returncode, (IMAGE, INTERNAL), bytes(bad[:84]).hex())
            self.assertEqual(len(done.stderr.splitlines()), 1)

    def test_firmware(self):
        image = self.image(exit_with(0))
        self.assert_complaint(self.veil("run", "--firmware", "/nowhere/fw.elf", image), INTERNAL, "/nowhere/fw.elf")
        self.assert_complaint(self.veil("run", image, VEIL_FIRMWARE="/nowhere/fw2.elf"), INTERNAL, "fw2.elf")
        self.assert_complaint(self.veil("run", "--firmware", image, image), INTERNAL, "RISC-V")


if __name__ == "__main__":
    main()
