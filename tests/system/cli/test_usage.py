"""Wrong command lines: status 64, one clear line. Help and version: status 0. The doctor."""
import re
from pathlib import Path

from harness import USAGE, Case, exit_with, main


class Usage(Case):
    def test_wrong_command_lines(self):
        image = self.image(exit_with(0))
        for arguments, part in [
            ([], "subcommand"), (["nonsense"], ""), (["run", "--demo", image], "--demo"), (["profile"], "IMAGE"), (["run", "--nonsense", image], "--nonsense"),
            (["run", image, image], ""), (["run", "--engine", "x", image], "no engine"),
            (["run", "--engine", image], ""), (["run", "--config", "w3", image], "w1, w1s, w2, w4"),
            (["run", "--config", "", image], "no configuration"),
            (["run", "--memory", "0", image], "MiB"), (["run", "--memory", "4M", image], "MiB"),
            (["run", "--memory", "2G", image], "MiB"), (["run", "--memory", "-32M", image], ""),
            (["run", "--memory", "32X", image], "size"), (["run", "--memory", "", image], ""),
            (["run", "--memory", "99999999999999999999", image], "size"),
            (["run", "--memory", "20971521K", image], "MiB"), (["run", "--memory", "33000000", image], "MiB"),
            (["run", "--gears", "0", image], "--gears"), (["run", "--gears", "4", image], "--gears"),
            (["run", "--gears", "x", image], "--gears"), (["run", "--sample-every", "0", image], "--sample-every"),
            (["run", "--optimize-threshold", "x", image], "--optimize-threshold"), (["run", "--block-limit", "0", image], "--block-limit"),
            (["run", "--block-limit", "32", image], "--block-limit"), (["run", "--limit", "x", image], "--limit"),
            (["run", "--limit", "-1", image], "--limit"), (["run", "--limit", "18446744073709551616", image], "--limit"),
            (["run", "--limit", " 5", image], "--limit"), (["run", "--measure-from", "5x", image], "--measure-from"),
            (["run", "--cache-bytes", "4294967296", image], "--cache-bytes"),
            (["run", "--rollback-every", "99999999999999999999", image], "--rollback-every"),
            (["run", "--hot-threshold", "4294967297", image], "--hot-threshold"),
            (["run", "--memory", " -18446744073675997184", image], "size"), (["run", "--memory", "+32M", image], "size"),
            (["profile", "--top", "4294967297", image], "--top"),
            (["board", "load", image, "--port", "/dev/null", "--baud", "7"], "7 baud"), (["run", "--trace", "guest", image], "trace"),
            (["run", "--trace", "nothing:file", image], "trace"), (["run", "--trace", "guest:", image], "trace"),
            (["run", "--wave-from", "5", image], "--wave"), (["run", "--wave", "x.vcd", image], "RTL"),
            (["run", "--save", "x", image], "--save-at"), (["run", "--save-at", "5", image], "--save"), (["run", "--restore", "x", image], "--restore"),
            (["run", "--engine", "rtl", "--check", image], "lockstep"), (["run", "--no-assertions", image], "--engine rtl"),
            (["run", "--engine", "lockstep", "--no-assertions", image], "--engine rtl"), (["translate"], "IMAGE"),
            (["translate", "--count", "0", image], "--count"), (["doctor", "more"], ""),
        ]:
            with self.subTest(arguments=arguments[:-1]):
                self.assert_complaint(self.veil(*arguments), USAGE, part)

    def test_translate(self):
        image = self.image(bytes.fromhex("0fb6c0" "01d8" "ebf9"))  # movzx eax, al; add eax, ebx; jmp
        for config, slots in (("w1", 1), ("w2", 2), ("w4", 4)):
            done = self.veil("translate", "--config", config, image)
            self.assertEqual(done.returncode, 0, done.stderr)
            text = done.stdout.decode()
            self.assertIn("0010000c  movzx eax, al", text)
            self.assertIn("x.add", text)
            groups = [line for line in text.splitlines() if " | " in line]
            self.assertTrue(all(line.count(" | ") <= slots for line in groups), text)
        self.assertEqual(self.veil("translate", "--at", "0x10000f", "--ir", image).returncode, 0)
        self.assert_complaint(self.veil("translate", "--at", "nowhere", image), USAGE, "nowhere")
        self.assert_complaint(self.veil("translate", "--at", "0x500000", image), USAGE, "not in the image")
        self.assert_complaint(self.veil("translate", "--config", "w3", image), USAGE, "w3")
        self.assert_complaint(self.veil("translate", "/bin/true"), 65, "64-bit")

    def test_help(self):
        for arguments in (["--help"], ["run", "--help"], ["translate", "--help"], ["doctor", "--help"]):
            done = self.veil(*arguments)
            self.assertEqual(done.returncode, 0)
            self.assertIn(b"Usage", done.stdout)
            self.assertEqual(done.stderr, b"")

    def test_help_and_guide_name_the_same_options(self):
        guide = (Path(__file__).resolve().parents[3] / "docs" / "guide" / "command.md").read_text()
        sections = dict(re.findall(r"^## veil (\w+)\n(.*?)(?=^## |\Z)", guide, re.M | re.S))
        option = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
        helped = {}
        for command in ("run", "profile", "translate"):
            text = self.veil(command, "--help").stdout.decode()
            helped[command] = set(re.findall(r"^ +(?:-\w,)?(--[a-z][a-z-]+)", text, re.M)) - {"--help"}
            self.assertGreater(len(helped[command]), 4)
        documented = {command: set(option.findall(sections[command])) for command in helped}
        self.assertEqual(helped["run"] - documented["run"], set())
        self.assertEqual(documented["run"] - helped["run"], set())
        self.assertEqual(helped["profile"] - helped["run"], documented["profile"] - helped["run"])
        self.assertEqual(helped["run"] - helped["profile"], {"--quiet", "--demo", "--live", "--restore"})
        self.assertEqual(helped["translate"], documented["translate"])

    def test_version(self):
        self.assertRegex(self.veil("--version").stdout, rb"^veil \d+\.\d+\.\d+\n$")

    def test_doctor(self):
        done = self.veil("doctor")
        self.assertIn(done.returncode, (0, 1))
        for part in (b"cmake", b"libunicorn-dev", b"verilator", b"firmware"):
            self.assertIn(part, done.stdout)
        self.assertEqual(done.returncode == 0, b"\ncomplete\n" in done.stdout)

    def test_doctor_names_what_is_missing(self):
        done = self.veil("doctor", VEIL_FIRMWARE="/nowhere/veil.elf")
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"/nowhere/veil.elf: MISSING", done.stdout)
        self.assertIn(b"make -C", done.stdout)


if __name__ == "__main__":
    main()
