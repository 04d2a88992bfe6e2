"""`veil board load` on a pseudo-terminal with a stand-in for the board's boot ROM, which loses, spoils, is reset, is unplugged,
is something else; `veil board card`. (The boot ROM itself: unit.boards, system.board.)
"""
import os
import pty
import select
import struct
import subprocess
import threading
import time
import tty
import zlib

from harness import IMAGE, INTERNAL, USAGE, VEIL, Case, exit_with, limit, main

ESCAPE = 0x10
START = 0x56


def frames_in(raw):
    """(type, address, payload) of each whole frame."""
    at = 0
    while at < len(raw) and raw[at] == START:
        kind, length, address = struct.unpack_from("<BHI", raw, at + 1)
        body = raw[at + 1:at + 8 + length]
        assert zlib.crc32(body) == struct.unpack_from("<I", raw, at + 8 + length)[0]
        yield chr(kind), address, body[7:]
        at += 12 + length


class Rom(threading.Thread):
    """The boot ROM of a board of width 2 on a pseudo-terminal. `faults`: number of a received byte -> what happens to it."""

    def __init__(self, faults=None, hello=0x22, status=7, mute=False, silence=None):
        """`silence`: seconds after which the rest of a frame will not come; None: it will come, however long that takes."""
        super().__init__(daemon=True)
        self.master, slave = pty.openpty()
        tty.setraw(self.master)
        tty.setraw(slave)
        self.port, self.slave = os.ttyname(slave), slave
        self.faults, self.hello, self.status, self.mute = faults or {}, hello, status, mute
        self.silence = 0.05 if faults else silence
        self.pause = 0.2 if faults else limit(0.2)  # between two calls
        self.memory, self.frames, self.resets, self.count, self.inside = {}, 0, 0, 0, bytearray()
        self.started, self.stop = False, False

    def say(self, kind, value):
        if not self.mute:
            os.write(self.master, bytes([ESCAPE, ord(kind), value]))

    def run(self):
        quiet = call = 0.0
        while not self.stop:
            now = time.monotonic()
            if not select.select([self.master], [], [], 0.01)[0]:
                if self.inside and self.silence and now - quiet > self.silence:
                    self.inside.clear()
                    self.say("n", 0)
                elif not self.started and now - call > self.pause:
                    call = now
                    self.say("c" if self.frames else "b", self.hello)
                continue
            for byte in os.read(self.master, 4096):
                self.count += 1
                fault = self.faults.get(self.count)
                if fault == "unplug":
                    os.close(self.slave)
                    os.close(self.master)
                    return
                if fault == "hang":
                    self.mute = True
                if fault == "reset":
                    self.inside.clear()
                    self.memory, self.frames = {}, 0
                    self.resets += 1
                    self.say("b", self.hello)
                if fault != "lose" and not self.mute:
                    self.take(byte ^ (8 if fault == "spoil" else 0))
            quiet = time.monotonic()

    def take(self, byte):
        if self.started or (not self.inside and byte != START):
            return
        self.inside.append(byte)
        if len(self.inside) < 8:
            return
        length = struct.unpack_from("<H", self.inside, 2)[0]
        if length > 1024:
            self.inside.clear()
            return self.say("n", 0)
        if len(self.inside) < 12 + length:
            return
        frame, self.inside = bytes(self.inside), bytearray()
        tag = frame[8 + length]
        if zlib.crc32(frame[1:8 + length]) != struct.unpack_from("<I", frame, 8 + length)[0]:
            return self.say("n", tag)
        self.frames += 1
        kind, address = chr(frame[1]), struct.unpack_from("<I", frame, 4)[0]
        self.memory[kind, address] = frame[8:8 + length]
        self.say("g", tag)
        if kind == "G":
            self.started = True
            os.write(self.master, b"guest\x10\x10.\n" + bytes([ESCAPE, ord("x"), self.status]))


class Board(Case):
    def load(self, rom, *options, timeout=60):
        rom.start()
        try:
            return self.veil("board", "load", self.image(exit_with(0)), "--port", rom.port, "--memory-is-clear", *options, timeout=timeout)
        finally:
            rom.stop = True

    def whole(self):
        """What a board should have in the end."""
        card = self.directory / "whole.img"
        done = self.veil("board", "card", self.image(exit_with(0)), "--config", "w2", "--memory-is-clear", "-o", card)
        self.assertEqual(done.returncode, 0, done.stderr)
        raw = card.read_bytes()
        self.assertEqual(len(raw) % 512, 0)
        frames = list(frames_in(raw))
        self.assertEqual([frames[0][0], frames[0][2], frames[-1][0]], ["M", b"\x02", "G"])
        return {(kind, address): payload for kind, address, payload in frames}

    def assert_loaded(self, rom, done):
        self.assertEqual((done.returncode, done.stdout), (7, b"guest\x10.\n"), done.stderr)
        self.assertTrue(rom.started)
        self.assertEqual(rom.memory, self.whole())

    def test_a_good_line(self):
        rom = Rom()
        done = self.load(rom, "--patience", int(limit(6)))
        self.assert_loaded(rom, done)
        self.assertIn(b"100 %", done.stderr)
        self.assertNotIn(b"again", done.stderr)

    def test_lost_and_spoiled_bytes(self):
        # Also a frame's first byte (the second frame begins after 13 bytes), which gets no answer.
        rom = Rom({5000: "lose", 14: "lose", 20_000: "spoil", 30_001: "spoil", 40_500: "lose"})
        done = self.load(rom)
        self.assert_loaded(rom, done)
        self.assertIn(b"frames were sent again", done.stderr)

    def test_a_reset_on_the_way(self):
        rom = Rom({50_000: "reset"})
        done = self.load(rom)
        self.assert_loaded(rom, done)
        self.assertEqual(rom.resets, 1)
        self.assertIn(b"the board was reset: all was sent anew", done.stderr)

    def test_a_transfer_cut_off_and_begun_again(self):
        rom = Rom({60_000: "hang"})
        rom.start()
        first = subprocess.Popen([VEIL, "board", "load", self.image(exit_with(0)), "--port", rom.port, "--memory-is-clear"],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not rom.mute:
            time.sleep(0.01)
        first.kill()
        first.wait()
        rom.mute = False
        done = self.veil("board", "load", self.image(exit_with(0)), "--port", rom.port, "--memory-is-clear")
        rom.stop = True
        self.assert_loaded(rom, done)

    def test_a_cable_that_is_pulled(self):
        done = self.load(Rom({50_000: "unplug"}))
        self.assertEqual(done.returncode, INTERNAL, done.stderr)
        self.assertRegex(done.stderr.splitlines()[-1], rb"^veil: /dev/pts/\d+: the line is gone after \d+ of \d+ bytes")

    def test_nobody_there(self):
        self.assert_complaint(self.load(Rom(mute=True)), INTERNAL, "no board answers")

    def test_somebody_else_there(self):
        rom = Rom(mute=True)
        os.write(rom.master, b"Debian GNU/Linux 12\r\nlogin: ")
        self.assert_complaint(self.load(rom), INTERNAL, "no boot ROM", "press the board's reset")

    def test_another_version(self):
        self.assert_complaint(self.load(Rom(hello=0x32)), INTERNAL, "version 3, not 2", "flash")

    def test_too_wide_a_configuration(self):
        self.assert_complaint(self.load(Rom(), "--config", "w4"), INTERNAL, "core is 2 wide, w4 needs 4")

    def test_a_narrower_configuration(self):
        rom = Rom()
        self.assertEqual(self.load(rom, "--config", "w1").returncode, 7)
        self.assertEqual(rom.memory["M", 0], b"\x01")

    def test_wrong_devices_and_images(self):
        image = self.image(exit_with(0))
        for port, part in (("/dev/ttyNowhere", "not plugged in"), ("/dev/null", "not a serial port")):
            self.assert_complaint(self.veil("board", "load", image, "--port", port), INTERNAL, port, part)
        # The image is looked at before anybody looks for a board.
        self.assert_complaint(self.veil("board", "load", "/bin/true", "--port", "/dev/ttyNowhere"), IMAGE, "64-bit")
        self.assert_complaint(self.veil("board", "load", self.directory / "none", "--port", "/dev/null"), IMAGE, "none")
        self.assert_complaint(self.veil("board", "load", image, "--port", "/dev/null", "--baud", "17"), USAGE, "17 baud")
        self.assert_complaint(self.veil("board", "load", image), USAGE, "--port")

    def test_wrong_cards(self):
        image = self.image(exit_with(0))
        self.assert_complaint(self.veil("board", "card", image, "-o", "card"), USAGE, "--config")
        self.assert_complaint(self.veil("board", "card", image, "--config", "w3", "-o", "card"), USAGE, "w3")
        self.assert_complaint(self.veil("board", "card", image, "--config", "w1", "-o", "/nowhere/card"), USAGE, "/nowhere/card")
        self.assert_complaint(self.veil("board", "card", "/bin/true", "--config", "w1", "-o", "card"), IMAGE, "64-bit")


if __name__ == "__main__":
    main()
