"""Runs a guest image on QEMU, on veil, or (a program built for it) on the host, and says what came out.

Nothing here judges: the drivers compare outcomes.
"""

import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from limits import limit  # noqa: E402

PASS = 33  # main has returned 0 (bench/runtime/include/guest.h)


@dataclasses.dataclass
class Outcome:
    output: bytes
    status: int
    errors: str = ""
    timed_out: bool = False
    seconds: float = 0.0
    stats: dict | None = None

    def describe(self):
        tail = self.output[-300:].decode(errors="replace")
        lines = [f"status {self.status}, output ends: {tail!r}"]
        if self.errors:
            lines.append(f"messages end: {self.errors[-600:]!r}")
        return "; ".join(lines)


def execute(command, timeout, stdin=None, env=None):
    """`timeout`: seconds on a quiet machine (limits.py)."""
    start = time.monotonic()
    with open(stdin, "rb") if stdin else open(os.devnull, "rb") as source:
        try:
            done = subprocess.run(command, stdin=source, capture_output=True, timeout=limit(timeout), env=env)
            outcome = Outcome(done.stdout, done.returncode, done.stderr.decode(errors="replace"))
        except subprocess.TimeoutExpired as expired:
            outcome = Outcome(expired.stdout or b"", -1, f"no end after {limit(timeout):.0f} s", timed_out=True)
    outcome.seconds = time.monotonic() - start
    return outcome


def run_qemu(image, append="", modules=(), stdin=None, timeout=60, qemu="qemu-system-i386", memory="32M"):
    command = [qemu, "-kernel", str(image), "-m", memory, "-display", "none", "-nodefaults", "-no-reboot"]
    if stdin:
        command += ["-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console"]
    else:  # a multiplexer would take Ctrl-A out of the input, so port 0xe9 joins COM1 only where nothing is read
        command += ["-chardev", "stdio,id=console,signal=off,mux=on", "-serial", "chardev:console"]
        command += ["-device", "isa-debugcon,iobase=0xe9,chardev=console"]
    command += ["-device", "isa-debug-exit,iobase=0xf4,iosize=0x01"]
    if append:
        command += ["-append", append]
    if modules:
        command += ["-initrd", ",".join(str(module) for module in modules)]
    return execute(command, timeout, stdin)


def run_veil(veil, image, append="", modules=(), stdin=None, timeout=120, options=()):
    with tempfile.TemporaryDirectory(prefix="veil-run-") as directory:
        stats = pathlib.Path(directory) / "stats.json"
        command = [str(veil), "run", "--quiet", "--stats", str(stats), *options]
        if append:
            command += ["--append", append]
        for module in modules:
            command += ["--module", str(module)]
        if image:  # a saved machine needs none
            command.append(str(image))
        outcome = execute(command, timeout, stdin)
        if stats.exists():
            try:
                outcome.stats = json.loads(stats.read_text())
            except ValueError as error:
                outcome.errors += f"\nstatistics: {error}"
        return outcome


def run_host(program, append="", timeout=60):
    """The program's own main value as a guest's status."""
    env = dict(os.environ)
    for word in append.split():
        if "=" in word:
            key, value = word.split("=", 1)
            env[f"GUEST_{key}"] = value
    outcome = execute([str(program)], timeout, env=env)
    if outcome.status >= 0:
        outcome.status = PASS + 2 * outcome.status
    return outcome


def difference(name, outcome, reference_name, reference):
    """What differs between two runs, in one line; empty if nothing does."""
    if outcome.timed_out:
        return f"{name}: {outcome.errors}"
    if outcome.status != reference.status:
        return f"{name}: {outcome.describe()}; {reference_name}: status {reference.status}"
    if outcome.output != reference.output:
        lines = zip(outcome.output.splitlines(), reference.output.splitlines())
        at, (got, wanted) = next(((i, pair) for i, pair in enumerate(lines, 1) if pair[0] != pair[1]), (0, (b"", b"")))
        if at:
            return f"line {at}: {name} {got.decode(errors='replace')!r}, {reference_name} {wanted.decode(errors='replace')!r}"
        return f"{name} printed {len(outcome.output)} bytes, {reference_name} {len(reference.output)}"
    return ""
