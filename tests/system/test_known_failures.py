"""The list of known failures does its work: it excuses what fails, and complains of what no longer does."""

import datetime
import io
import pathlib
import tempfile
import unittest

import known_failures

ENTRY = {"case": "matrix/zlib/w*", "what": "hash", "why": "a reason", "since": datetime.date(2026, 11, 21)}


class JudgeTest(unittest.TestCase):
    def judge(self):
        return known_failures.Judge([ENTRY], io.StringIO())

    def test_pass_and_failure_of_unlisted_cases(self):
        judge = self.judge()
        self.assertTrue(judge.verdict("qemu/sort", ""))
        self.assertEqual(judge.status(), 0)
        self.assertFalse(judge.verdict("qemu/sort", "wrong"))
        self.assertEqual(judge.status(), 1)

    def test_listed_failure_is_excused(self):
        judge = self.judge()
        self.assertTrue(judge.verdict("matrix/zlib/w2", "wrong"))
        self.assertEqual(judge.status(), 0)

    def test_listed_case_that_passes_is_an_error(self):
        judge = self.judge()
        self.assertFalse(judge.verdict("matrix/zlib/w2", ""))
        self.assertEqual(judge.status(), 1)
        self.assertIn("take it off the list", judge.out.getvalue())

    def test_nothing_run_is_an_error(self):
        self.assertEqual(self.judge().status(), 1)


class ListTest(unittest.TestCase):
    def load(self, text):
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory) / "list.toml"
            path.write_text(text)
            return known_failures.load(path)

    def test_the_projects_list_is_sound(self):
        known_failures.load()

    def test_entry(self):
        text = '[[failure]]\ncase = "a"\nwhat = "b"\nwhy = "c"\nsince = 2026-11-21\n'
        self.assertEqual(self.load(text)[0]["case"], "a")

    def test_missing_reason(self):
        with self.assertRaises(known_failures.ListError):
            self.load('[[failure]]\ncase = "a"\nwhat = "b"\nwhy = " "\nsince = 2026-11-21\n')

    def test_unknown_field(self):
        with self.assertRaises(known_failures.ListError):
            self.load('[[failure]]\ncase = "a"\nwhat = "b"\nwhy = "c"\nsince = 2026-11-21\nwhom = "d"\n')


if __name__ == "__main__":
    unittest.main()
