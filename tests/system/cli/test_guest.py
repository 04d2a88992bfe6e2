"""What the guest does reaches the outside: exit status, console both ways, faults, limit, interrupt."""
import json
import signal
import struct
import subprocess
import time

from harness import BUILD, FOREVER, HALTED, INTERNAL, INTERRUPTED, LIMIT, TRIPLE, VEIL, Case, exit_with, limit, main, put

# Waits for a byte on COM1, prints it on port 0xe9, ends at 'q'.
ECHO = bytes.fromhex(
    "bafd030000"    # again: mov edx, 0x3fd
    "ec"            # wait:  in al, dx
    "a801" "74fb"   #        test al, 1; jz wait
    "baf8030000"    #        mov edx, 0x3f8
    "ec"            #        in al, dx
    "bae9000000"    #        mov edx, 0xe9
    "ee"            #        out dx, al
    "3c71" "75e6")  #        cmp al, 'q'; jne again


class Guest(Case):
    def test_exit_status(self):
        for value in (0, 1, 16, 127):
            for gears in (1, 2, 3):
                self.assertEqual(self.run_guest(exit_with(value), "--gears", gears).returncode, (value << 1 | 1) & 0xFF)

    def test_output_is_the_guests_alone(self):
        done = self.veil("run", self.image(put("hello\n") + exit_with(0)))
        self.assertEqual(done.stdout, b"hello\n")
        self.assertIn(b"guest instructions", done.stderr)

    def test_output_is_bytes(self):
        code = bytes.fromhex("bae9000000") + b"".join(bytes([0xB0, c, 0xEE]) for c in range(256)) + exit_with(0)
        self.assertEqual(self.run_guest(code).stdout, bytes(range(256)))

    def test_clock(self):
        """A kernel with a timer does the same with the host's clock, and gets on at a rate that no host's clock leaves time for."""
        image = BUILD / "bench" / "kernel.elf"
        for clock, hertz in (("guest", 5000), ("real", 5000), ("guest", 20000), ("real", 20000)):
            done = self.veil("run", "--clock", clock, "--append", f"n=1 hz={hertz}", image)
            self.assertEqual((done.returncode, done.stdout.splitlines()[-1][-4:]), (33, b"PASS"), (clock, hertz))

    def test_clock_on_a_slow_host(self):
        """The core's simulation is far slower than the guest's clock."""
        done = self.veil("run", "--engine", "rtl", "--config", "w4", "--clock", "real", "--append", "n=1 run=turns",
                         BUILD / "bench" / "kernel.elf")
        self.assertEqual((done.returncode, done.stdout.splitlines()[-1][-4:]), (33, b"PASS"))

    def test_sleep(self):
        """hlt waits for the host's clock, and passes the guest's at once."""
        seconds = {}
        for clock in ("guest", "real"):
            start = time.monotonic()
            done = self.veil("run", "--clock", clock, "--append", "n=7 run=naps hz=50", BUILD / "bench" / "kernel.elf")
            seconds[clock] = time.monotonic() - start
            self.assertEqual(done.returncode, 33, done.stdout)
        self.assertGreaterEqual(seconds["real"], sum(range(1, 7)) / 50)

    def test_year(self):
        year = bytes.fromhex("b009e670e471e6e9") + exit_with(0)  # CMOS register 9 to port 0xe9
        self.assertEqual(self.run_guest(year).stdout, b"\x00")
        real = self.run_guest(year, "--clock", "real").stdout
        self.assertIn(int(real.hex()), (time.gmtime().tm_year % 100, (time.gmtime().tm_year - 1) % 100))

    def test_input(self):
        done = self.run_guest(ECHO + exit_with(3), input=b"one\ntwo\xff\x00q and no more")
        self.assertEqual(done.stdout, b"one\ntwo\xff\x00q")
        self.assertEqual(done.returncode, 7)

    def test_input_comes_while_the_guest_waits(self):
        process = subprocess.Popen([VEIL, "run", "--quiet", self.image(ECHO + exit_with(0))], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE)
        process.stdin.write(b"a\n")
        process.stdin.flush()
        self.assertEqual(process.stdout.read(2), b"a\n")  # live: before the end of the run
        process.stdin.write(b"q")
        process.stdin.close()
        self.assertEqual(process.stdout.read(), b"q")
        self.assertEqual(process.wait(limit(60)), 1)
        process.stdout.close()

    def test_triple_fault(self):
        done = self.run_guest(bytes.fromhex("0f0b"))  # ud2, and no IDT
        self.assertEqual(done.returncode, TRIPLE, done.stderr)

    def test_dead_in_hlt(self):
        stats = self.directory / "stats.json"
        for gears in (1, 3):
            done = self.run_guest(bytes.fromhex("faf4"), "--gears", gears, "--stats", stats)  # cli; hlt
            self.assertEqual(done.returncode, HALTED, done.stderr)
            self.assertIn(b"halted at eip", done.stderr)
            self.assertEqual(json.loads(stats.read_text())["exit"], {"reason": "halted", "status": HALTED})

    def test_the_count_of_instructions_wraps(self):
        """A fault when exactly 2^32 - 1 instructions have been executed is a fault like any other."""
        rounds, rest = divmod((1 << 32) - 2, 31)
        code = b"\xb9" + struct.pack("<I", rounds) + b"\x40" * 29 + bytes.fromhex("49" "75e0") + b"\x90" * rest  # inc eax; dec ecx; jnz
        stats = self.directory / "stats.json"
        done = self.run_guest(code + bytes.fromhex("0f0b"), "--stats", stats)
        self.assertEqual(json.loads(stats.read_text())["guest"]["instructions"], (1 << 32) - 1)
        self.assertEqual(done.returncode, TRIPLE, done.stderr)

    def test_what_is_not_there_yet_stops_with_its_name(self):
        done = self.run_guest(b"\x90" + bytes.fromhex("d9e8"))  # fld1: no floating point yet
        self.assertEqual(done.returncode, INTERNAL)
        text = done.stderr.decode()
        for part in ("0010000d", "d9 e8"):
            self.assertIn(part, text)

    def test_limit(self):
        stats = self.directory / "stats.json"
        for gears in (1, 2, 3):
            done = self.run_guest(FOREVER, "--limit", 5000, "--gears", gears, "--stats", stats)
            self.assertEqual(done.returncode, LIMIT)
            numbers = json.loads(stats.read_text())
            self.assertGreaterEqual(numbers["guest"]["instructions"], 5000)
            self.assertLess(numbers["guest"]["instructions"], 5000 + 31)
            self.assertEqual(numbers["exit"], {"reason": "limit", "status": LIMIT})

    def test_interrupt_still_writes_statistics(self):
        stats = self.directory / "stats.json"
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            for options in ([], ["--trace", "trap:/dev/null"]):
                process = subprocess.Popen([VEIL, "run", "--stats", stats, *options, self.image(put("on\n") + FOREVER)],
                                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                self.assertEqual(process.stdout.readline(), b"on\n")  # it runs
                process.send_signal(number)
                _, messages = process.communicate(timeout=limit(30))
                self.assertEqual(process.returncode, INTERRUPTED)
                self.assertIn(b"interrupted", messages)
                self.assertGreater(json.loads(stats.read_text())["guest"]["instructions"], 0)
                stats.unlink()
                self.assertEqual([path.name for path in self.directory.iterdir()], ["guest.elf"])

    def test_a_reader_that_leaves(self):
        stats = self.directory / "stats.json"
        prints = put("line\n")
        code = prints + b"\xeb" + bytes([256 - len(prints) - 2])  # endless
        for options in ([], ["--check"]):
            with subprocess.Popen([VEIL, "run", "--quiet", "--stats", stats, *options, self.image(code)],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
                self.assertEqual(process.stdout.readline(), b"line\n")
                process.stdout.close()
                self.assertEqual(process.wait(limit(30)), INTERRUPTED)
                self.assertEqual(process.stderr.read(), b"")
            self.assertEqual(json.loads(stats.read_text())["exit"]["reason"], "interrupted")
            self.assertEqual(sorted(path.name for path in self.directory.iterdir()), ["guest.elf", "stats.json"])


if __name__ == "__main__":
    main()
