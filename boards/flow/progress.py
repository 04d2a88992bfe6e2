"""Runs tools with their output in a log, and shows on the screen which stage each is in and for how long.

On a terminal one line is rewritten; elsewhere a line is printed when a stage changes.
"""
import shutil
import subprocess
import sys
import threading
import time


_running = set()


def stop_all():
    """Ends what `run` has begun, on all threads."""
    for process in list(_running):
        process.kill()


class Screen:
    """Shared by jobs that run side by side."""

    def __init__(self):
        self._lock = threading.Lock()
        self._states = {}
        self._terminal = sys.stdout.isatty()
        self._shown = 0

    def _clear(self):
        if self._terminal and self._shown:
            sys.stdout.write("\r" + " " * self._shown + "\r")
            self._shown = 0

    def line(self, text):
        with self._lock:
            self._clear()
            print(text, flush=True)

    def state(self, job, stage, seconds):
        with self._lock:
            changed = self._states.get(job, ("", 0))[0] != stage
            self._states[job] = (stage, seconds)
            if self._terminal:
                text = "  " + " | ".join(f"{name}: {at}, {took:.0f} s" for name, (at, took) in sorted(self._states.items()))
                text = text[:max(20, shutil.get_terminal_size().columns - 1)]
                sys.stdout.write("\r" + text.ljust(self._shown))
                sys.stdout.flush()
                self._shown = len(text)
            elif changed:
                print(f"  {job}: {stage} (after {seconds:.0f} s)", flush=True)

    def end(self, job):
        with self._lock:
            self._clear()
            self._states.pop(job, None)


def run(screen, job, command, log, stages, cwd):
    """Status and seconds. `stages`: (text of the log, stage) in order; the last one that the log has come to is shown."""
    begin = time.monotonic()
    stage, reached = "starting", -1
    seen = 0
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=cwd, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        _running.add(process)
        try:
            while True:
                try:
                    status = process.wait(timeout=1)
                except subprocess.TimeoutExpired:
                    status = None
                with log.open(errors="replace") as read:
                    read.seek(seen)
                    fresh = read.read()
                    seen = read.tell()
                for index in range(reached + 1, len(stages)):
                    if stages[index][0] in fresh:
                        reached, stage = index, stages[index][1]
                screen.state(job, stage, time.monotonic() - begin)
                if status is not None:
                    return status, time.monotonic() - begin
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            _running.discard(process)
            screen.end(job)
