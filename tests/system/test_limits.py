"""No test's verdict rests on the machine's speed: every test has a time limit, and all of them scale by one factor.

test_limits.py BUILD
"""
import ast
import json
import subprocess
import sys
import unittest
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
BUILD = sys.argv.pop(1)


class Limits(unittest.TestCase):
    def test_every_test_has_one(self):
        listed = subprocess.run(["ctest", "--test-dir", BUILD, "--show-only=json-v1"], capture_output=True, check=True).stdout
        tests = json.loads(listed)["tests"]
        self.assertGreater(len(tests), 100)
        for test in tests:
            with self.subTest(test["name"]):
                properties = {entry["name"]: entry["value"] for entry in test["properties"]}
                scale = [text.partition("=")[2] for text in properties.get("ENVIRONMENT", ()) if text.startswith("VEIL_TEST_TIME_SCALE=")]
                self.assertEqual(len(scale), 1)
                self.assertEqual(properties["TIMEOUT"] % float(scale[0]), 0)

    def test_no_driver_has_one_of_its_own(self):
        """What waits has no number of seconds but through limit()."""
        for path in sorted(TESTS.rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.Call):
                    continue
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                waits = [word.value for word in node.keywords if word.arg == "timeout"] if called in ("run", "communicate", "wait") else []
                waits += node.args if called == "wait" else []
                for value in waits:
                    self.assertNotIsInstance(value, ast.Constant, f"{path}:{node.lineno}")


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
