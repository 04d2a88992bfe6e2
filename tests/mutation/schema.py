"""Mutation schemata: all mutants of a table in one copy of the sources, chosen by number when the program runs.

A table (toml) is a list of [[mutant]]:
  name        short and unique; reports use it
  file        path from the top of the project
  find        source text that the mutant replaces; it must occur exactly once in the file, or in `within`
  within      optional: a longer piece of the file, itself unique, that holds `find`
  replace     what is there in the mutant
  as          "expression" (default) or "statement"
  means       what goes wrong, in words
  fires, on   optional: the assertion of the RTL that notices, and where (assertions.py)
  equivalent  optional: why no test can tell it from the original; such a mutant is not run

`Schema.apply` writes the mutated files; `guards` says how the languages choose: a function of (number, mutated, original)
for expressions and one for statements. Mutant numbers start at 1; 0 is the program as it is. Mutants may share their
text or lie inside one another, but not overlap otherwise.

`campaign` then runs commands against each number until one fails (killed) or all pass (survived).
"""
import concurrent.futures
import json
import os
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from limits import limit  # noqa: E402


class TableError(Exception):
    """A table that does not fit the sources: the message names mutant and file."""


@dataclass
class Mutant:
    number: int
    name: str
    file: str
    find: str
    replace: str
    means: str
    within: str = ""
    statement: bool = False
    equivalent: str = ""
    fires: str = ""
    on: str = ""
    start: int = 0  # span of `find` in the file
    end: int = 0


def load(path):
    table = tomllib.loads(Path(path).read_text())
    mutants = []
    for number, row in enumerate(table["mutant"], start=1):
        kind = row.pop("as", "expression")
        if kind not in ("expression", "statement"):
            raise TableError(f"{row['name']}: `as` is expression or statement, not {kind}")
        mutants.append(Mutant(number=number, statement=kind == "statement", **row))
    names = [mutant.name for mutant in mutants]
    for name in names:
        if names.count(name) != 1:
            raise TableError(f"{name}: two mutants have this name")
    return mutants


def _only(text, part, what, mutant):
    count = text.count(part)
    if count != 1:
        raise TableError(f"{mutant.name}: {what} occurs {count} times in {mutant.file}, not once: {part!r}")
    return text.index(part)


def locate(mutant, text):
    base, scope = 0, text
    if mutant.within:
        base, scope = _only(text, mutant.within, "`within`", mutant), mutant.within
    mutant.start = base + _only(scope, mutant.find, "`find`", mutant)
    mutant.end = mutant.start + len(mutant.find)


def _render(text, start, end, mutants, guards):
    """The text of [start, end) with the mutants inside it, none of which is wider than the span."""
    out, at = [], start
    while mutants:
        first = mutants[0]
        inner = [m for m in mutants[1:] if m.start < first.end]
        for m in inner:
            if m.end > first.end:
                raise TableError(f"{m.name} and {first.name} overlap in {m.file}")
        out.append(text[at:first.start])
        original = _render(text, first.start, first.end, inner, guards)
        out.append(guards["statement" if first.statement else "expression"](first.number, first.replace, original))
        at = first.end
        mutants = mutants[1 + len(inner):]
    out.append(text[at:end])
    return "".join(out)


def mutate(text, mutants, guards):
    for mutant in mutants:
        locate(mutant, text)
    # Outer before inner: by start, the longer first.
    return _render(text, 0, len(text), sorted(mutants, key=lambda m: (m.start, -m.end, m.number)), guards)


@dataclass
class Schema:
    mutants: list
    guards: dict

    def apply(self, source, target):
        """Writes the mutated files under `target`; says all that does not fit at once."""
        problems = []
        for name in sorted({mutant.file for mutant in self.mutants}):
            mine = [mutant for mutant in self.mutants if mutant.file == name]
            try:
                text = (Path(source) / name).read_text()
            except OSError as error:
                problems.append(f"{name}: {error.strerror}")
                continue
            for mutant in mine:
                try:
                    locate(mutant, text)
                except TableError as error:
                    problems.append(str(error))
            if problems:
                continue
            out = Path(target) / name
            out.parent.mkdir(parents=True, exist_ok=True)
            mutated = mutate(text, mine, self.guards)
            if not out.exists() or out.read_text() != mutated:  # an old copy keeps its date, and its object files
                out.write_text(mutated)
        if problems:
            raise TableError("\n".join(problems))


def copy_sources(root, target):
    """The project's files as they are in the working tree, without what is built. Unchanged files keep their dates."""
    listed = subprocess.run(["git", "-C", str(root), "ls-files", "--cached", "--others", "--exclude-standard"],
                            capture_output=True, text=True)
    if listed.returncode != 0:
        raise TableError(f"{root}: not a git checkout, so its source files are unknown")
    for name in listed.stdout.splitlines():
        source, out = Path(root) / name, Path(target) / name
        if not source.is_file():
            continue
        data = source.read_bytes()
        if out.exists() and out.read_bytes() == data:
            continue
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(data)
        out.chmod(source.stat().st_mode)


@dataclass
class Verdict:
    mutant: Mutant
    killed_by: str = ""
    seconds: float = 0.0
    output: list = field(default_factory=list)


def judge(mutant, tests, environment, timeout):
    """tests: (name, command, extra environment) in the order in which they are tried."""
    begin = time.monotonic()
    for name, command, extra in tests:
        settings = {**os.environ, **environment(mutant.number), **extra}
        try:
            done = subprocess.run(command, env=settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                  stdin=subprocess.DEVNULL, timeout=timeout)
        except subprocess.TimeoutExpired:
            return Verdict(mutant, f"{name} (no end)", time.monotonic() - begin)
        if done.returncode != 0:
            return Verdict(mutant, name, time.monotonic() - begin)
    return Verdict(mutant, "", time.monotonic() - begin)


def campaign(mutants, tests, environment, *, jobs, timeout, report, title):
    """Runs all mutants that are not equivalent; prints the table, writes `report` (JSON); returns the share killed."""
    whole = judge(Mutant(0, "none", "", "", "", ""), tests, environment, limit(timeout))
    if whole.killed_by:
        raise TableError(f"{title}: {whole.killed_by} fails without any mutant")
    run = [mutant for mutant in mutants if not mutant.equivalent]
    timeout = 30 + 10 * whole.seconds  # a mutant without an end: told by what this machine needs without one
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        verdicts = []
        for verdict in pool.map(lambda m: judge(m, tests, environment, timeout), run):
            verdicts.append(verdict)
            print(f"{verdict.mutant.number:4} {verdict.mutant.name:32} {verdict.killed_by or 'SURVIVED':36}"
                  f"{verdict.seconds:6.1f} s  {verdict.mutant.means}", flush=True)
    survivors = [verdict.mutant for verdict in verdicts if not verdict.killed_by]
    killed = len(verdicts) - len(survivors)
    share = killed / max(1, len(verdicts))
    print(f"{title}: {killed} of {len(verdicts)} mutants killed ({100 * share:.1f} %), "
          f"{len(mutants) - len(run)} equivalent ones not run")
    for mutant in survivors:
        print(f"  survived: {mutant.name} ({mutant.file}): {mutant.means}")
    Path(report).parent.mkdir(parents=True, exist_ok=True)
    Path(report).write_text(json.dumps({
        "killed": killed, "run": len(verdicts), "equivalent": len(mutants) - len(run),
        "mutants": [{"name": v.mutant.name, "file": v.mutant.file, "killed_by": v.killed_by} for v in verdicts]}, indent=1))
    return share
