"""What a terminal shows while a guest runs: the line of the tiers, and that it never spoils the guest's own output."""
import fcntl
import os
import pty
import re
import struct
import termios

from harness import VEIL, Case, exit_with, main, put

# Half a million additions, then a line, and as many again.
COUNT = bytes.fromhex("b920a10700" "40" "49" "75fc")  # mov ecx, 500000; inc eax; dec ecx; jnz
STATUS = re.compile(r"\[([a-zA-Z_]*)\] ((?:\w+ \d+  )+)%  (\d\.\d\d)?")


class Live(Case):
    def on_terminal(self, *arguments, columns=120):
        """(status, everything that the terminal got)"""
        seen = []

        def read(fd):
            seen.append(os.read(fd, 65536))
            return b""

        pid, fd = pty.fork()
        if pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
            os.execv(VEIL, [str(VEIL), *map(str, arguments)])
        while True:
            try:
                if not read(fd) and not seen[-1]:
                    break
            except OSError:  # the terminal's other end is closed
                break
        os.close(fd)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), b"".join(seen).decode()

    def screen(self, text):
        """The lines that are left to see: what a carriage return and an erasure cover is no longer there."""
        return [line.split("\r\x1b[K")[-1].rstrip("\r") for line in text.split("\n")]

    def test_shares(self):
        image = self.image(COUNT + put("half\n") + COUNT + put("all\n") + exit_with(1))
        status, text = self.on_terminal("run", "--quiet", "--live", "--engine", "iss", image)
        self.assertEqual(status, 3)
        found = STATUS.search(text)
        self.assertIsNotNone(found, text)
        shares = dict(re.findall(r"(\w+) (\d+)", found[2]))
        self.assertTrue(95 <= sum(map(int, shares.values())) <= 105, shares)
        self.assertLessEqual(len(found[1]), 40)
        self.assertEqual([line for line in self.screen(text) if line], ["half", "all"])

    def test_narrow_terminal(self):
        image = self.image(COUNT + exit_with(1))
        status, text = self.on_terminal("run", "--quiet", "--live", "--engine", "iss", image, columns=40)
        self.assertEqual(status, 3)
        self.assertTrue(all(len(line) < 40 for line in text.split("\r\x1b[K")), text)

    def test_guest_that_is_in_the_middle_of_a_line_is_left_alone(self):
        image = self.image(put("no end") + COUNT + exit_with(1))
        status, text = self.on_terminal("run", "--quiet", "--live", "--engine", "iss", image)
        self.assertEqual(status, 3)
        self.assertTrue(self.screen(text)[-1].startswith("no end"), text)

    def test_nothing_without_a_terminal(self):
        done = self.run_guest(COUNT + exit_with(1), "--live")
        self.assertEqual((done.returncode, done.stderr), (3, b""))

    def test_demonstration(self):
        status, text = self.on_terminal("run", "--demo", "--engine", "iss")
        self.assertEqual(status, 33)
        self.assertIn("PASS", text)
        self.assertIn("native cycles", text)


main()
