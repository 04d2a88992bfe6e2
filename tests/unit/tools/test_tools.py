"""The project's own tools: the include check finds what it should, the set-up script refuses what it must."""
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
