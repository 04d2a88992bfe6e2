"""The list tests/known_failures.toml: what is known to fail, why, and since when.

A driver gives every case it runs to a Judge; the Judge's status is 0 when each case did what was expected of it.
"""

import datetime
import fnmatch
import pathlib
import sys
import tomllib

DEFAULT_LIST = pathlib.Path(__file__).resolve().parent.parent / "known_failures.toml"
FIELDS = {"case": str, "what": str, "why": str, "since": datetime.date}


class ListError(Exception):
    """The list itself is wrong."""


def load(path=DEFAULT_LIST):
    """The entries of the list, checked."""
    with open(path, "rb") as file:
        data = tomllib.load(file)
    if set(data) - {"failure"}:
        raise ListError(f"{path}: only [[failure]] entries are known")
    entries = data.get("failure", [])
    for entry in entries:
        for field, kind in FIELDS.items():
            if not isinstance(entry.get(field), kind) or not str(entry[field]).strip():
                raise ListError(f"{path}: {entry.get('case', 'an entry')}: '{field}' is missing or of the wrong type")
        if set(entry) - set(FIELDS):
            raise ListError(f"{path}: {entry['case']}: unknown fields {sorted(set(entry) - set(FIELDS))}")
    return entries


class Judge:
    """Collects verdicts of cases and prints one line for each."""

    def __init__(self, entries=None, out=None):
        self.entries = load() if entries is None else entries
        self.out = out or sys.stdout
        self.unexpected = []
        self.count = 0

    def known(self, case):
        return next((entry for entry in self.entries if fnmatch.fnmatchcase(case, entry["case"])), None)

    def verdict(self, case, problem, note=""):
        """`problem` is empty when the case has passed; returns whether that was expected."""
        self.count += 1
        entry = self.known(case)
        if entry and problem:
            line = f"known failure  {case}: {problem} ({entry['why']})"
        elif entry:
            line = f"PASSES         {case}: listed in known_failures.toml since {entry['since']}; take it off the list"
            self.unexpected.append(case)
        elif problem:
            line = f"FAIL           {case}: {problem}"
            self.unexpected.append(case)
        else:
            line = f"ok             {case}{' ' + note if note else ''}"
        print(line, file=self.out, flush=True)
        return not self.unexpected or self.unexpected[-1] != case

    def status(self):
        if not self.count:
            print("no case was run", file=self.out)
            return 1
        return 1 if self.unexpected else 0
