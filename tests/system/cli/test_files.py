"""Files that veil writes: complete or not at all; what cannot be written is said before the guest runs."""
import json
import os

from harness import BUILD, USAGE, Case, exit_with, main, put

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

    def test_runs_from_anywhere(self):
        """The firmware is found beside the command, not in the current directory."""
        link = self.directory / "veil-link"
        link.symlink_to(BUILD.resolve() / "veil")
        image = self.image(exit_with(0))
        self.assertEqual(os.spawnl(os.P_WAIT, str(link), str(link), "run", "--quiet", str(image)), 1)


if __name__ == "__main__":
    main()
