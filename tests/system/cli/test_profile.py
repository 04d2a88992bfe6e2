"""veil profile: the cycles add up, blocks have names, what cannot be is said."""
import json
import subprocess

from harness import BUILD, USAGE, VEIL, Case, exit_with, main, put

LOOP = put("ok\n") + bytes.fromhex("b932000000" "01c8" "49" "75fb") + exit_with(2)  # a loop that becomes hot
MIX = BUILD / "bench" / "mix.elf"


class Profile(Case):
    def profile(self, image, *options):
        path, stats = self.directory / "profile.json", self.directory / "stats.json"
        done = self.veil("profile", "--json", path, "--stats", stats, *options, image)
        return done, json.loads(path.read_text()), json.loads(stats.read_text())

    def check_sums(self, profile, stats):
        """Every cycle and every guest instruction is in exactly one block, one function and one tier."""
        self.assertEqual(profile["cycles"], stats["native"]["cycles"])
        self.assertEqual(profile["guest_instructions"], stats["guest"]["instructions"])
        for part in ("blocks", "functions"):
            self.assertEqual(sum(each["cycles"] for each in profile[part]), profile["cycles"], part)
            self.assertEqual(sum(each["guest_instructions"] for each in profile[part]), profile["guest_instructions"], part)
        for tier, numbers in stats["tiers"].items():
            rows = [each for each in profile["blocks"] if each["tier"] == tier]
            self.assertEqual(sum(each["guest_instructions"] for each in rows), numbers["guest_instructions"], tier)
            self.assertEqual(profile["tiers"].get(tier, {"cycles": 0})["cycles"], sum(each["cycles"] for each in rows))
        self.assertEqual(sum(each.get("translated_instructions", 0) for each in profile["blocks"]),
                         stats["translations"]["instructions"])

    def test_a_program(self):
        done, profile, stats = self.profile(MIX, "--append", "n=5", "--firmware-functions")
        self.assertEqual(done.returncode, 33)
        self.assertIn(b"PASS", done.stdout)
        self.check_sums(profile, stats)
        text = done.stderr.decode()
        for part in ("run_cold", "strcmp+0x", "main+0x", "firmware: no block", "Decoder"):
            self.assertIn(part, text)
        names = [each["name"] for each in profile["functions"]]
        self.assertIn("strcmp", names)
        self.assertEqual(sum(each["cycles"] for each in profile["firmware"] if "translate" in each["tiers"]) > 0, True)
        hot = max((b for b in profile["blocks"] if b["tier"] == "run_cold"), key=lambda b: b["guest_instructions"])
        self.assertGreater(hot["times"], 1000)
        self.assertGreaterEqual(hot["guest_instructions"], 2 * hot["times"] - 2)

    def test_a_kernel(self):
        _, profile, stats = self.profile(BUILD / "bench" / "kernel.elf", "--append", "n=1", "--limit", "60000")
        self.check_sums(profile, stats)

    def test_interpreter_alone(self):
        _, profile, stats = self.profile(MIX, "--append", "n=1", "--gears", "1")
        self.check_sums(profile, stats)
        self.assertEqual({each["tier"] for each in profile["blocks"]} - {"boot", "interpret", "device", "dispatch"}, set())

    def test_the_loop_is_found(self):
        """50 rounds: some interpreted, the others translated; three instructions each."""
        for options in ([], ["--hot-threshold", "1"], ["--block-limit", "1"], ["--rollback-every", "7"]):
            _, profile, stats = self.profile(self.image(LOOP), *options)
            self.check_sums(profile, stats)
            start = 0x10000C + len(put("ok\n")) + 5
            inside = [b for b in profile["blocks"] if start <= b.get("eip", 0) < start + 5]
            self.assertGreaterEqual(sum(b["guest_instructions"] for b in inside), 3 * 49, options)

    def test_causes_on_the_core(self):
        for config in ("w1", "w2", "w4"):
            done, profile, stats = self.profile(self.image(LOOP), "--engine", "rtl", "--config", config)
            self.assertNotIn(b"pipeline", done.stderr)
            self.check_sums(profile, stats)
            for block in profile["blocks"]:
                self.assertEqual(sum(block["causes"].values()), block["cycles"])
                self.assertEqual(block["causes"]["issue"], block["groups"] + block["traps"])
            issued = sum(block["groups"] for block in profile["blocks"])
            self.assertEqual(issued, stats["native"]["groups"])
            self.assertGreater(sum(block["causes"]["icache"] for block in profile["blocks"]), 0)

    def test_output_file(self):
        path = self.directory / "profile.txt"
        done = self.veil("profile", "--output", path, "--top", 1, self.image(LOOP))
        self.assertEqual(done.returncode, 5)
        self.assertEqual((done.stdout, done.stderr), (b"ok\n", b""))
        text = path.read_text()
        self.assertIn("more lines", text)
        self.assertIn("(no block)", text)

    def test_no_symbols(self):
        done, profile, _ = self.profile(self.image(LOOP))
        self.assertIn("(no symbol)", [each["name"] for each in profile["functions"]])
        self.assertIn("0x00100", done.stderr.decode())

    def test_what_cannot_be_written(self):
        image = self.image(exit_with(0))
        for option in ("--json", "--output"):
            self.assert_complaint(self.veil("profile", option, "/nowhere/x", image), USAGE, "cannot write")
        self.assert_complaint(self.veil("profile", "--top", "0", image), USAGE, "--top")
        self.assert_complaint(self.veil("profile"), USAGE, "IMAGE")

    def test_help(self):
        done = subprocess.run([VEIL, "profile", "--help"], capture_output=True, check=True)
        for part in (b"--firmware-functions", b"--engine", b"--append", b"--gears"):
            self.assertIn(part, done.stdout)


if __name__ == "__main__":
    main()
