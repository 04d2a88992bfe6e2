"""The drivers notice what they are there for: other output, other status, another end state, no end, no statistics."""

import contextlib
import io
import json
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

import codewrites
import compare_qemu
import known_failures
import machines
import matrix

# A veil of six lines: what it does in gear 1 and in other gears comes from a file beside it.
FAKE = """#!{python}
import json, pathlib, sys, time
options = sys.argv[1:]
say = json.loads((pathlib.Path(__file__).parent / "say.json").read_text())["gear1" if options[options.index("--gears") + 1] == "1" else "other"]
time.sleep(say.get("sleep", 0))
if "stats" in say: pathlib.Path(options[options.index("--stats") + 1]).write_text(json.dumps(say["stats"]))
sys.stdout.write(say["output"]); sys.exit(say["status"])
"""
GOOD = {"output": "x PASS\n", "status": 33, "stats": {"guest": {"instructions": 7, "state_hash": "abc"}, "native": {"cycles": 9}}}


class MatrixTest(unittest.TestCase):
    def run_matrix(self, other, gear1=GOOD, entries=(), timeout=20):
        with tempfile.TemporaryDirectory() as name:
            directory = pathlib.Path(name)
            veil = directory / "veil"
            veil.write_text(FAKE.format(python=sys.executable))
            veil.chmod(0o755)
            (directory / "say.json").write_text(json.dumps({"gear1": gear1, "other": other}))
            arguments = ["matrix.py", str(directory / "x.elf"), "--veil", str(veil), "--variant", "iss:gear2", "--timeout", str(timeout)]
            output = io.StringIO()
            judge = lambda: known_failures.Judge(list(entries), output)
            with mock.patch.object(sys, "argv", arguments), mock.patch.object(matrix, "Judge", judge):
                return matrix.main(), output.getvalue()

    def test_equal(self):
        self.assertEqual(self.run_matrix(GOOD)[0], 0)

    def test_differences(self):
        wrong = {
            "output": {"output": "x FAIL\n"},
            "status": {"status": 35},
            "hash": {"stats": {"guest": {"instructions": 7, "state_hash": "abd"}}},
            "instructions": {"stats": {"guest": {"instructions": 8, "state_hash": "abc"}}},
            "no statistics": {"stats": {}},
            "no end": {"sleep": 100000},
        }
        for name, change in wrong.items():
            with self.subTest(name):
                status, text = self.run_matrix({**GOOD, **change}, timeout=1 if name == "no end" else 20)
                self.assertEqual(status, 1, text)
                self.assertIn("FAIL           matrix/x/iss/gear2", text)

    def test_reference_that_fails(self):
        self.assertEqual(self.run_matrix(GOOD, gear1={**GOOD, "status": 35})[0], 1)

    def test_known_failure(self):
        entry = {"case": "matrix/x/iss/*2", "what": "output", "why": "test", "since": "today"}
        self.assertEqual(self.run_matrix({**GOOD, "output": "y"}, entries=[entry])[0], 0)
        self.assertEqual(self.run_matrix(GOOD, entries=[entry])[0], 1)


class CodeWritesTest(unittest.TestCase):
    def test_excess(self):
        bound = {"fixed": 4, "per_round": 2}
        self.assertEqual(codewrites.excess(24, 30, 10, bound, 10), "")
        self.assertIn("25 code-write traps", codewrites.excess(25, 30, 10, bound, 10))
        self.assertIn("translations", codewrites.excess(0, 10 + 24 + codewrites.RUNTIME + 1, 10, bound, 10))


class CompareTest(unittest.TestCase):
    def compare(self, qemu, veil):
        with mock.patch.object(machines, "run_qemu", return_value=qemu), \
                mock.patch.object(machines, "run_veil", return_value=veil), \
                mock.patch.object(sys, "argv", ["compare_qemu.py", "--veil", "veil", "x.elf"]), \
                contextlib.redirect_stdout(io.StringIO()):
            return compare_qemu.main()

    def test_all(self):
        good = machines.Outcome(b"a\nb\n", 33)
        self.assertEqual(self.compare(good, good), 0)
        self.assertEqual(self.compare(good, machines.Outcome(b"a\nc\n", 33)), 1)
        self.assertEqual(self.compare(good, machines.Outcome(b"a\n", 33)), 1)
        self.assertEqual(self.compare(good, machines.Outcome(b"a\nb\n", 35)), 1)
        self.assertEqual(self.compare(machines.Outcome(b"", 35), machines.Outcome(b"", 35)), 1)


if __name__ == "__main__":
    unittest.main()
