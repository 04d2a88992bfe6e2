"""Verilated core: the same end as on the ISS, waveforms, and a difference that ends the run with a report."""
import json
import subprocess

from harness import FOREVER, USAGE, Case, exit_with, limit, main, put

PROGRAM = put("ok\n") + bytes.fromhex("b932000000" "01c8" "49" "75fb") + exit_with(2)  # a loop that becomes hot
DIFFERENCE = 81
WAVES = "w1"  # the configuration whose model with waveforms every build has


class Lockstep(Case):
    def numbers(self, *options):
        stats = self.directory / "stats.json"
        done = self.run_guest(PROGRAM, "--stats", stats, *options)
        self.assertEqual(done.stdout, b"ok\n", done.stderr)
        self.assertEqual(done.returncode, 5)
        return json.loads(stats.read_text())

    def test_every_width_ends_as_the_iss_does(self):
        expected = self.numbers()["guest"]
        for config in ("w1", "w2", "w4"):
            found = self.numbers("--engine", "lockstep", "--config", config)
            self.assertEqual(found["guest"], expected)
            self.assertGreater(found["checks"]["native_groups"], 1000)
            self.assertGreater(found["checks"]["guest_commits"], 10)
            self.assertGreater(found["native"]["cycles"], found["native"]["groups"])

    def test_rtl_alone(self):
        self.assertEqual(self.numbers("--engine", "rtl")["guest"], self.numbers()["guest"])

    def test_waveform_of_a_window(self):
        wave = self.directory / "wave.vcd"
        waves = ("--engine", "rtl", "--config", WAVES, "--limit", 1, "--wave", wave)
        done = self.run_guest(FOREVER, *waves, "--wave-from", 100, "--wave-for", 50)
        self.assertEqual(done.returncode, 124)
        small = wave.stat().st_size
        self.assertIn(b"$enddefinitions", wave.read_bytes())
        self.run_guest(FOREVER, *waves, "--wave-from", 100, "--wave-for", 500)
        self.assertGreater(wave.stat().st_size, small)
        image = self.image(FOREVER)
        self.assert_complaint(self.veil("run", "--engine", "rtl", "--wave", "/nowhere/x.vcd", image), USAGE, "/nowhere")

    def check_report(self, checker, *options):
        report = self.directory / "report"
        late = self.numbers(*options)["native"]["groups"] * 9 // 10
        done = self.run_guest(PROGRAM, "--report", report, "--spoil", late, *options)
        self.assertEqual(done.returncode, DIFFERENCE, done.stderr)
        self.assertIn(b"lockstep difference: " + checker, done.stderr)
        names = {path.name for path in report.iterdir()}
        self.assertLessEqual({"difference.txt", "native-groups.txt", "translation.txt", "replay.sh"}, names)
        self.assertIn("core", (report / "difference.txt").read_text())
        self.assertIn("gated st", (report / "native-groups.txt").read_text())
        return report

    def test_difference_seen_by_the_native_checker(self):
        report = self.check_report(b"native", "--engine", "lockstep", "--config", WAVES)
        # The replay runs into the same difference (the spoiling is part of the command) and leaves a waveform.
        done = subprocess.run([report / "replay.sh"], capture_output=True, timeout=limit(120))
        self.assertEqual(done.returncode, DIFFERENCE, done.stderr)
        self.assertIn(b"$enddefinitions", (report / "wave.vcd").read_bytes())

    def test_difference_seen_by_the_guest_checker(self):
        report = self.check_report(b"guest", "--check")
        self.assertIn("eip", (report / "guest-state.txt").read_text())
        self.assertIn("001000", (report / "guest-code.txt").read_text())


if __name__ == "__main__":
    main()
