"""The project's own tools: the include check finds what it should, the set-up script refuses what it must."""
import importlib.machinery
import importlib.util
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tools"))
import check_includes  # noqa: E402


class Includes(unittest.TestCase):
    def tree(self, files):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        root = Path(directory.name).resolve()
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        return check_includes.check(root)

    def test_downwards_is_allowed(self):
        self.assertEqual(self.tree({
            "translator/include/veil/translator.h": "",
            "translator/a.cpp": '#include "veil/isa/native.h"\n#include <vector>\n',
            "firmware/b.cpp": '#include "veil/translator.h"\n',
            "sim/cli/c.h": "", "sim/cli/c.cpp": '#include "sim/cli/c.h"\n#include "veil/translator.h"\n'}), [])

    def test_upwards_is_found(self):
        found = self.tree({"sim/cli/c.h": "", "firmware/f.h": "",
                           "translator/a.cpp": "// c\n#include \"sim/cli/c.h\"\n", "translator/b.h": '#include "f.h"\n'})
        self.assertEqual(len(found), 2)
        self.assertIn("translator/a.cpp:2", found[0])

    def test_relative_path_upwards_is_found(self):
        self.assertEqual(len(self.tree({"sim/x.h": "", "firmware/a.cpp": '#include "../sim/x.h"\n'})), 1)


def script(name):
    """A tool without a suffix, as a module."""
    loader = importlib.machinery.SourceFileLoader(name, str(ROOT / "tools" / name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


class Cliffs(unittest.TestCase):
    tool = script("cliffs")
    STATS = [{"native": {"cycles": 1100, "groups": 7}, "guest": {"instructions": 60}},
             {"native": {"cycles": 100, "groups": 4}, "guest": {"instructions": 10}}]

    def test_a_second_run_is_subtracted_from_measure_and_divisor(self):
        row = {"measure": "native.cycles + native.groups", "per": "guest.instructions", "at_most": 20.06}
        self.assertAlmostEqual(self.tool.figure(self.STATS, row), 1003 / 50)
        self.assertTrue(self.tool.met(row, 1003 / 50))
        self.assertFalse(self.tool.met(row, 20.07))
        self.assertEqual(self.tool.figure(self.STATS, {"measure": "native.cycles", "per": 10}), 100)
        self.assertEqual(self.tool.figure(self.STATS[:1], {"measure": "native.groups"}), 7)

    def test_at_least(self):
        self.assertTrue(self.tool.met({"at_least": 0.5}, 0.5))
        self.assertFalse(self.tool.met({"at_least": 0.5}, 0.49))

    def test_nothing_to_divide_by_is_an_error(self):
        with self.assertRaises(self.tool.Failed):
            self.tool.figure([self.STATS[0]] * 2, {"measure": "native.cycles", "per": "guest.instructions"})

    def test_every_row_is_well_formed_and_has_a_guest(self):
        rows = self.tool.load()
        self.assertGreater(len(rows), 3)
        for name, row in rows.items():
            self.assertRegex(name, r"^[a-z0-9_-]+$")
            directory, _, guest = row["guest"].rpartition("/")
            if directory == "cliffs":
                self.assertTrue((ROOT / "bench/cliffs" / f"{guest}.c").exists(), name)

    def test_a_row_without_a_bound_or_with_an_unknown_key_is_refused(self):
        good = 'demand = "1"\nwhat = "w"\nguest = "g"\nmeasure = "m"\nat_most = 1\n'
        for text, accepted in ((good, True), (good + "at_least = 2\n", False), (good.replace("at_most", "atmost"), False),
                               (good.replace('guest = "g"\n', ""), False)):
            with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
                file.write("[row]\n" + text)
                file.flush()
                if accepted:
                    self.assertEqual(list(self.tool.load(file.name)), ["row"])
                else:
                    with self.assertRaises(self.tool.Failed):
                        self.tool.load(file.name)


class Setup(unittest.TestCase):
    def run_setup(self, *arguments, **environment):
        return subprocess.run([str(ROOT / "tools/setup"), *arguments], capture_output=True, text=True,
                              env={**os.environ, **environment})

    def test_bad_usage(self):
        done = self.run_setup("--nonsense")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(len(done.stderr.splitlines()), 1)


class Packages(unittest.TestCase):
    def test_every_line_is_a_package_with_a_reason(self):
        lines = (ROOT / "tools/packages.toml").read_text().splitlines()
        entries = [line for line in lines if line and not line.startswith(("#", "["))]
        self.assertGreater(len(entries), 20)
        for line in entries:
            self.assertRegex(line, r'^"[a-z0-9.+-]+" = "[^"]+"$')

    def test_python_tools_are_pinned(self):
        for name in ("requirements.txt", "requirements-test.txt", "requirements-synth.txt"):
            for line in (ROOT / "tools" / name).read_text().splitlines():
                if line and not line.startswith("#"):
                    self.assertRegex(line, r"^[a-z0-9-]+==[0-9][a-z0-9.]*$")


if __name__ == "__main__":
    unittest.main()
