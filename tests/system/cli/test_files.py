"""Files that veil writes: complete or not at all; what cannot be written is said before the guest runs."""
import json
import os
import subprocess

from harness import BUILD, USAGE, VEIL, Case, elf, exit_with, limit, main, put

TIERS = ("boot", "interpret", "translate", "optimize", "run_cold", "run_hot", "device", "idle", "dispatch")


class Files(Case):
    def test_statistics(self):
        stats = self.directory / "stats.json"
        done = self.run_guest(put("x") + exit_with(0), "--stats", stats)
        self.assertEqual(done.returncode, 1)
        numbers = json.loads(stats.read_text())
        self.assertEqual(numbers["schema"], 1)
        self.assertEqual(numbers["engine"], "iss")
        self.assertEqual(numbers["exit"], {"reason": "guest", "status": 1})
        # mov, mov, out; mov, mov, out: the last one ends the run
        self.assertEqual(numbers["guest"]["instructions"], 6)
        self.assertRegex(numbers["guest"]["state_hash"], "^[0-9a-f]{16}$")
        self.assertEqual(numbers["knobs"]["gears"], 3)
        self.assertGreater(numbers["native"]["cycles"], 0)
        self.assertGreaterEqual(numbers["native"]["operations"], 1)
        self.assertEqual(sum(numbers["tiers"][tier]["guest_instructions"] for tier in TIERS), 6)
        self.assertEqual(sum(numbers["tiers"][tier]["cycles"] for tier in TIERS), numbers["native"]["cycles"])
        self.assertEqual(numbers["events"]["guest_instructions"], 6)
        self.assertEqual(sorted(p.name for p in self.directory.iterdir()), ["guest.elf", "stats.json"])

    def test_state_hash_sees_registers_and_memory(self):
        def state(code):
            stats = self.directory / "stats.json"
            self.run_guest(code + exit_with(0), "--stats", stats)
            return json.loads(stats.read_text())["guest"]["state_hash"]
        first = state(bytes.fromhex("bb01000000") + b"\x90" * 7)           # mov ebx, 1
        self.assertEqual(first, state(bytes.fromhex("bb01000000") + b"\x90" * 7))
        self.assertNotEqual(first, state(bytes.fromhex("bb02000000") + b"\x90" * 7))
        self.assertNotEqual(first, state(bytes.fromhex("bb01000000") + bytes.fromhex("c6050000200001")))  # a byte

    def test_every_way_of_running_agrees_with_itself(self):
        """Observed (with records) and fast runs of the ISS count the same."""
        stats = self.directory / "stats.json"
        results = []
        for options in ([], ["--check"], ["--trace", "trap:/dev/null"]):
            self.run_guest(put("x" * 50) + exit_with(0), "--stats", stats, *options)
            numbers = json.loads(stats.read_text())
            results.append([numbers[key] for key in ("guest", "native", "tiers", "events", "translations")])
        self.assertEqual(results[0], results[1])
        self.assertEqual(results[0], results[2])

    def test_measured_part(self):
        stats = self.directory / "stats.json"
        code = put("x" * 40) + exit_with(0)
        for options in ([], ["--check"], ["--engine", "rtl"]):
            self.run_guest(code, "--stats", stats, "--measure-from", 30, *options)
            whole = json.loads(stats.read_text())
            part = whole["measured"]
            self.assertEqual(part["guest"]["instructions"], whole["guest"]["instructions"] - 30)
            self.assertEqual(part["events"]["guest_instructions"], part["guest"]["instructions"])
            self.assertEqual(sum(tier["cycles"] for tier in part["tiers"].values()), part["native"]["cycles"])
            self.assertEqual(part["tiers"]["boot"]["cycles"], 0)
            self.assertLess(part["native"]["groups"], whole["native"]["groups"])
            self.assertGreater(part["native"]["groups"], 100)
        self.run_guest(code, "--stats", stats, "--measure-from", 30000)  # never reached
        self.assertNotIn("measured", json.loads(stats.read_text()))

    def test_statistics_that_cannot_be_written(self):
        image = self.image(put("not seen") + exit_with(0))
        for path in ("/nowhere/stats.json", self.directory):
            self.assert_complaint(self.veil("run", "--stats", path, image), USAGE, "cannot write")
        if os.getuid() != 0:
            locked = self.file("locked", b"old")
            locked.chmod(0o400)
            self.assert_complaint(self.veil("run", "--stats", locked, image), USAGE, "cannot write")
            self.assertEqual(locked.read_bytes(), b"old")

    def test_statistics_into_a_device(self):
        self.assertEqual(self.run_guest(exit_with(0), "--stats", "/dev/null").returncode, 1)

    def test_traces(self):
        names = {what: self.directory / f"{what}.txt" for what in ("guest", "native", "commit", "trap")}
        options = [word for what, path in names.items() for word in ("--trace", f"{what}:{path}")]
        self.run_guest(put("x") + exit_with(0), *options)
        guest = names["guest"].read_text()
        self.assertIn("0010000c", guest)
        self.assertIn("out dx, al", guest)
        self.assertIn("edx=000000e9", names["commit"].read_text())
        self.assertGreater(len(names["native"].read_text().splitlines()), 100)
        self.assertIn("tlb_", names["trap"].read_text())

    def test_trace_that_cannot_be_written(self):
        image = self.image(exit_with(0))
        self.assert_complaint(self.veil("run", "--trace", "guest:/nowhere/x", image), USAGE, "cannot write")

    def test_links_are_followed(self):
        real, link = self.file("real", b"old"), self.directory / "link"
        link.symlink_to("real")
        real.chmod(0o640)
        self.run_guest(exit_with(0), "--stats", link)
        self.assertTrue(link.is_symlink())
        self.assertEqual(json.loads(real.read_text())["exit"]["status"], 1)
        self.assertEqual(real.stat().st_mode & 0o777, 0o640)
        real.unlink()
        self.run_guest(exit_with(0), "--stats", link)  # to a file that is to be made
        self.assertTrue(link.is_symlink())
        self.assertEqual(json.loads(real.read_text())["exit"]["status"], 1)

    def test_statistics_where_the_console_goes(self):
        image, link = self.image(put("text\n") + exit_with(0)), self.directory / "so"
        link.symlink_to("/proc/self/fd/1")
        for path in ("/dev/stdout", link):
            with open(self.directory / "out", "wb") as out:
                done = subprocess.run([VEIL, "run", "--quiet", "--stats", path, image], stdin=subprocess.DEVNULL, stdout=out,
                                      timeout=limit(60), check=False)
            self.assertEqual(done.returncode, 1)
            text = (self.directory / "out").read_text()
            self.assertTrue(text.startswith("text\n{"), text)
            self.assertEqual(json.loads(text[5:])["exit"]["status"], 1)
        self.assertTrue(link.is_symlink())
        self.assertTrue(os.path.islink("/dev/stdout"))

    def test_closed_standard_streams(self):
        """No file of ours becomes a stream that the caller has closed."""
        image, stats = self.image(put("text\n") + exit_with(0)), self.directory / "stats.json"
        for closed, status, silent in ((">&-", USAGE, False), ("<&-", 1, True), ("2>&-", 1, True), ("<&- 2>&-", 1, True)):
            command = f'exec "{VEIL}" run --quiet --stats "{stats}" "{image}" {closed}'
            done = subprocess.run(["sh", "-c", command], capture_output=True, timeout=limit(60), check=False)
            self.assertEqual(done.returncode, status, closed)
            self.assertEqual(done.stderr == b"", silent, done.stderr)
            json.loads(stats.read_text())
        self.assertIn(b"standard output", subprocess.run(["sh", "-c", f'"{VEIL}" run "{image}" >&-'], capture_output=True,
                                                         timeout=limit(60), check=False).stderr)

    def test_full_devices(self):
        image, stats = self.image(put("text\n") + exit_with(0)), self.directory / "stats.json"
        for option in ("--stats", "--trace"):
            path = "guest:/dev/full" if option == "--trace" else "/dev/full"
            done = self.veil("run", "--quiet", option, path, image)
            self.assertEqual((done.returncode, len(done.stderr.splitlines())), (USAGE, 1), done.stderr)
            self.assertIn(b"/dev/full: cannot write: No space left", done.stderr)
        done = self.veil("run", "--quiet", "--trace", "guest:/dev/full", "--stats", stats, image)
        self.assertEqual(done.returncode, USAGE)
        json.loads(stats.read_text())  # the other output is whole
        done = self.veil("run", "--quiet", "--engine", "rtl", "--trace", "pipeline:/dev/full", image)
        self.assertEqual(done.returncode, USAGE, done.stderr)
        with open("/dev/full", "wb") as full:
            done = subprocess.run([VEIL, "run", "--quiet", "--stats", stats, image], stdin=subprocess.DEVNULL, stdout=full,
                                  stderr=subprocess.PIPE, timeout=limit(60), check=False)
            self.assertEqual((done.returncode, done.stderr),
                             (USAGE, b"veil: standard output: cannot write: No space left on device\n"))
            self.assertEqual(json.loads(stats.read_text())["exit"], {"reason": "output", "status": USAGE})
            done = subprocess.run([VEIL, "translate", image], stdout=full, stderr=subprocess.PIPE, timeout=limit(60), check=False)
            self.assertEqual((done.returncode, len(done.stderr.splitlines())), (USAGE, 1), done.stderr)

    def test_one_file_for_two_outputs(self):
        image = self.image(put("not seen") + exit_with(0))
        before = image.read_bytes()
        self.assert_complaint(self.veil("run", "--stats", "x", "--trace", "guest:x", image), USAGE, "x", "--stats", "--trace")
        self.assert_complaint(self.veil("run", "--trace", "trap:x", "--trace", "guest:./x", image), USAGE, "x")
        self.assert_complaint(self.veil("profile", "--output", "y", "--json", "y", image), USAGE, "y", "--output", "--json")
        self.assert_complaint(self.veil("run", "--stats", image, image), USAGE, "the image")
        module = self.file("module", b"m")
        (self.directory / "other").symlink_to(module)
        self.assert_complaint(self.veil("run", "--stats", "other", "--module", "module text", image), USAGE, "a module")
        self.assertEqual((image.read_bytes(), module.read_bytes()), (before, b"m"))
        self.assertEqual(self.run_guest(exit_with(0), "--stats", "/dev/null", "--trace", "guest:/dev/null").returncode, 1)

    def test_names_that_are_not_unicode(self):
        image = os.fsencode(self.directory) + b"/h\xff.elf"
        with open(image, "wb") as file:
            file.write(elf(exit_with(0)))
        stats = self.directory / "stats.json"
        done = subprocess.run([VEIL, "run", "--quiet", "--stats", stats, image], stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=limit(60), check=False)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertTrue(json.loads(stats.read_text())["image"].endswith("h\ufffd.elf"))

    def test_symbols_that_are_not_unicode(self):
        image, profile = self.directory / "symbol.elf", self.directory / "profile.json"
        subprocess.run(["objcopy", "--redefine-sym", b"main=m\xffn", BUILD / "bench" / "hello.elf", image], check=True)
        done = self.veil("profile", "--json", profile, image)
        self.assertEqual(done.returncode, 33, done.stderr)
        self.assertIn("m\ufffdn", profile.read_text())

    def test_runs_from_anywhere(self):
        """The firmware is found beside the command, not in the current directory."""
        link = self.directory / "veil-link"
        link.symlink_to(BUILD.resolve() / "veil")
        image = self.image(exit_with(0))
        self.assertEqual(os.spawnl(os.P_WAIT, str(link), str(link), "run", "--quiet", str(image)), 1)


if __name__ == "__main__":
    main()
