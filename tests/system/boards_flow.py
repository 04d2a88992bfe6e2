#!/usr/bin/env python3
"""The way from sources to a board (boards/build, boards/flash, boards/table) with stand-ins for the tools, and what the boards'
files say: ports against pins, clocks that a PLL can make. Nothing is synthesized here.
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "boards"))
from flow import stanza  # noqa: E402

from machines import limit  # noqa: E402

YOSYS = """\
    script = sys.argv[-1]
    if "--version" in sys.argv: print("Yosys of the test"); sys.exit(0)
    if "help read_slang" in script: print(os.environ.get("FAKE_SLANG", "read_slang [options]")); sys.exit(0)
    print("1. Executing SLANG frontend."); print("2. Executing ABC9")
    if os.environ.get("FAKE_YOSYS") == "sleeps": open(os.environ["FAKE_PID"], "w").write(str(os.getpid())); time.sleep(100000)
    if os.environ.get("FAKE_YOSYS") == "fails": print("ERROR: no such module"); sys.exit(1)
    open(re.search(r"write_json (\\S+);", script)[1], "w").write("{}")
    cells = {"LUT4": int(os.environ.get("FAKE_LUTS", "10000")), "CCU2C": 100, "TRELLIS_DPR16X4": 50, "DP16KD": 35}
    open(re.search(r"-o (\\S+) stat", script)[1], "w").write(json.dumps({"design": {"num_cells_by_type": cells}}))
"""
NEXTPNR = """\
    if "--version" in sys.argv: print("nextpnr of the test"); sys.exit(0)
    value = lambda name: sys.argv[sys.argv.index(name) + 1]
    got = json.loads(os.environ["FAKE_MHZ"]).get(value("--seed"))
    if got is None: sys.exit(1)
    open(value("--textcfg"), "w").write("")
    step = {"delay": 3.5, "type": "logic", "from": {"cell": "a"}, "to": {"cell": "the_limit"}}
    open(value("--report"), "w").write(json.dumps({
        "fmax": {"core": {"achieved": got, "constraint": float(value("--freq"))}, "crystal": {"achieved": 400, "constraint": 25}},
        "critical_paths": [{"from": "posedge core", "to": "posedge core", "path": [step]}]}))
"""
ECPPACK = """\
    if "--version" in sys.argv: print("ecppack of the test"); sys.exit(0)
    open(sys.argv[-1], "w").write(" ".join(sys.argv))
"""
LOADER = """\
    print("arguments:", sys.argv[1:]); sys.exit(int(os.environ.get("FAKE_LOADER", "0")))
"""


class Files(unittest.TestCase):
    def test_pins_are_the_ports_of_the_top(self):
        for folder in sorted({stanza.load(name)["folder"] for name in stanza.names()}):
            with self.subTest(folder):
                top = (ROOT / "boards" / folder / "top.sv").read_text()
                header = re.search(r"module top \((.*?)\);", top, re.S)[1]
                ports = set()
                for _, high, name in re.findall(r"(input|output|inout)\s+\w+\s+(?:\[(\d+):0\]\s+)?(\w+)", header):
                    ports |= {f"{name}[{i}]" for i in range(int(high) + 1)} if high else {name}
                lpf = (ROOT / "boards" / folder / "pins.lpf").read_text()
                located = re.findall(r'LOCATE COMP "([^"]+)" SITE "([^"]+)"', lpf)
                self.assertEqual(sorted(port for port, _ in located), sorted(ports))
                self.assertEqual(len({site for _, site in located}), len(located), "a site is used twice")
                self.assertEqual(sorted(re.findall(r'IOBUF PORT "([^"]+)"', lpf)), sorted(ports))

    def test_clocks_can_be_made(self):
        for name in stanza.names():
            board = stanza.load(name)
            self.assertIn(board["default_config"], board["clock_mhz"])
            for config, mhz in board["clock_mhz"].items():
                with self.subTest(f"{name} {config}"):
                    multiplier, divider = stanza.pll(board["crystal_mhz"], mhz)
                    self.assertEqual(board["crystal_mhz"] * multiplier, mhz * divider)
                    self.assertTrue(400 <= board["crystal_mhz"] * multiplier <= 800)
                    self.assertIn(f"ClockKhz = {mhz * 1000};", stanza.package(board, config))
                    # A bit of the serial line is as long as it should be, within 2 %.
                    cycles = mhz * 1_000_000 / board["baud"]
                    self.assertLess(abs(round(cycles) - cycles) / cycles, 0.02)
                    # An SD card's first clock (boards/boot/boot.cpp, kSlow = 99) may not be faster than 400 kHz.
                    self.assertLessEqual(mhz * 1000 / 200, 400)

    def test_a_clock_that_cannot_be_made(self):
        with self.assertRaisesRegex(stanza.StanzaError, "no PLL setting makes 131 MHz"):
            stanza.pll(27, 131)


class Flow(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.build = Path(scratch.name) / "build"
        self.tools = Path(scratch.name) / "bin"
        for path in ("gen/rtl/veil_config_pkg.sv", "boards/boot_rom.hex"):
            (self.build / path).parent.mkdir(parents=True, exist_ok=True)
            (self.build / path).write_text("")
        self.tools.mkdir()
        self.fake("yosys", YOSYS)
        self.fake("nextpnr-ecp5", NEXTPNR)
        self.fake("ecppack", ECPPACK)

    def fake(self, name, body):
        path = self.tools / name
        path.write_text(f"#!{sys.executable}\nimport json, os, re, sys, time\n" + textwrap.dedent(body))
        path.chmod(0o755)

    def run_tool(self, tool, *arguments, mhz=None, **environment):
        environment = {**os.environ, "PATH": f"{self.tools}:/usr/bin:/bin", "FAKE_MHZ": json.dumps(mhz or {}), **environment}
        return subprocess.run([sys.executable, "-B", ROOT / "boards" / tool, *arguments, "--build", self.build],
                              capture_output=True, text=True, env=environment, check=False)

    def out(self, name="ulx3s-w1"):
        return self.build / "boards" / name

    def test_a_clock_that_is_met(self):
        done = self.run_tool("build", "ulx3s", "--config", "w1", "--seeds", "1", "2", "3", "--jobs", "1", mhz={"1": 61, "2": 65.5, "3": 80})
        self.assertEqual(done.returncode, 0, done.stderr)
        for part in ("native", "Yosys of the test", "synthesis:", "seed 1: 61.00 MHz", "seed 2: 65.50 MHz", "65 MHz met"):
            self.assertIn(part, done.stdout)
        self.assertNotIn("seed 3", done.stdout, "two seeds were enough")
        self.assertIn("seed2.config", (self.out() / "top.bit").read_text())
        self.assertIn("0x41113043", (self.out() / "top.bit").read_text())
        text = (self.out() / "report.txt").read_text()
        for part in ("LUT sites", "10500 of   83640", "the_limit", "65 MHz met"):
            self.assertIn(part, text)
        report = json.loads((self.out() / "report.json").read_text())
        self.assertEqual((report["met"], report["seed"], report["mhz"]), (True, 2, 65.5))
        self.assertIn("PllMultiply = 26;", (self.out() / "veil_board_pkg.sv").read_text())
        table = self.run_tool("table").stdout
        self.assertRegex(table, r"ulx3s +w1 +65 MHz +65\.5 MHz +1: 61\.0, 2: 65\.5 +10500 \(13 %\)")

    def test_a_clock_that_is_missed(self):
        done = self.run_tool("build", "ulx3s", "--config", "w1", "--seeds", "1", "2", mhz={"1": 41, "2": 40})
        self.assertEqual(done.returncode, 1)
        self.assertIn("65 MHz MISSED: 41.00 MHz with seed 1", done.stdout)
        self.assertFalse((self.out() / "top.bit").exists(), "a bitstream that does not work")
        self.assertTrue((self.out() / "missed.bit").exists())
        done = self.run_tool("flash", "ulx3s", "--config", "w1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("misses its timing", done.stderr)
        self.assertIn("41.0 MHz, missed", self.run_tool("table").stdout)

    def test_what_goes_wrong_is_said(self):
        wrong = [(["nowhere"], {}, "no board 'nowhere' (there are: ulx3s"), (["ulx3s-25f", "--config", "w4"], {}, "has no configuration 'w4'"),
                 (["ulx3s"], {"FAKE_YOSYS": "fails"}, "yosys failed, see"), (["ulx3s-25f"], {"FAKE_LUTS": "24500"}, "does not fit a ULX3S 25F")]
        for arguments, environment, text in wrong:
            with self.subTest(text):
                done = self.run_tool("build", *arguments, **environment)
                self.assertEqual(done.returncode, 1)
                self.assertIn(text, done.stderr)
                self.assertNotIn("Traceback", done.stderr)
        done = self.run_tool("build", "ulx3s", "--seeds", "1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("not routed", done.stdout)

    def test_a_yosys_without_slang_is_not_used(self):
        done = self.run_tool("build", "ulx3s", FAKE_SLANG="No such command or cell type: read_slang")
        self.assertEqual(done.returncode, 1)
        self.assertIn("has no slang front end, not used", done.stdout)
        self.assertIn("tools/setup --synth", done.stderr)

    def test_an_interrupted_build_leaves_nothing_running(self):
        pid = self.build / "pid"
        environment = {**os.environ, "PATH": f"{self.tools}:/usr/bin:/bin", "FAKE_YOSYS": "sleeps", "FAKE_PID": str(pid)}
        with subprocess.Popen([sys.executable, "-B", ROOT / "boards/build", "ulx3s", "--build", self.build], env=environment,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            while not pid.exists() or not pid.read_text():
                time.sleep(0.05)
            process.terminate()
            self.assertEqual(process.wait(timeout=limit(30)), 128 + 15)
        end = time.monotonic() + limit(5)
        while time.monotonic() < end:
            path = Path(f"/proc/{pid.read_text()}/stat")
            if not path.exists() or path.read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return
            time.sleep(0.05)
        self.fail("yosys is still there")

    def test_flash(self):
        done = self.run_tool("flash", "ulx3s", "--config", "w2")
        self.assertEqual(done.returncode, 1)
        self.assertIn("make bitstream BOARD=ulx3s CONFIG=w2", done.stderr)
        (self.out("ulx3s-w2")).mkdir(parents=True)
        (self.out("ulx3s-w2") / "top.bit").write_text("")
        done = self.run_tool("flash", "ulx3s", "--config", "w2", PATH=str(self.tools))
        self.assertEqual(done.returncode, 1)
        self.assertIn("openFPGALoader is missing", done.stderr)
        self.fake("openFPGALoader", LOADER)
        done = self.run_tool("flash", "ulx3s", "--config", "w2", "--permanent")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("['-b', 'ulx3s', '-f', ", done.stdout)
        done = self.run_tool("flash", "ulx3s", "--config", "w2", FAKE_LOADER="1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("plugged in", done.stderr)


if __name__ == "__main__":
    unittest.main()
