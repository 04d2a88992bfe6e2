#!/usr/bin/env python3
"""Tries the assertions of the RTL: each must fail under the fault that assertions.toml has for it.

tests/mutation/assertions.py [--build DIR] [--configs w4 w1] [--only NAME...] [--check] [--list]
One Verilated model of each configuration, and of the board, holds all faults (rtl.py). A fault runs on random and directed
programs until its assertion has failed; other assertions may fail before it, and nothing is compared with the ISS.
--configs: faults that show neither there nor anywhere (`on`) are left out, and so is the board unless all configurations run.
At the end the command itself runs a guest on a core with a fault, and must stop with the assertion's name and status 70.
--check says only whether table and sources agree: every assertion has a fault, every fault an assertion and its source text.
--list prints the table: assertion, fault.
Builds and logs are in DIR/mutation/assertions.
"""
import argparse
import concurrent.futures
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import rtl
import schema

ROOT = Path(__file__).resolve().parent.parent.parent
TABLE = Path(__file__).with_name("assertions.toml")
ALL = ("w4", "w1")


def declared():
    """Assertions in the sources, as file.Name."""
    found = set()
    for folder in ("rtl/core", "rtl/memory", "rtl/soc", "boards"):
        for path in sorted((ROOT / folder).rglob("*.sv")):
            for name in re.findall(r"`VEIL_ASSERT(?:_NEXT|_STABLE)?\((\w+),", path.read_text()):
                full = f"{path.stem}.{name}"
                if full in found:
                    raise schema.TableError(f"{full}: two assertions have this name")
                found.add(full)
    return found


def check(faults):
    for fault in faults:
        schema.locate(fault, (ROOT / fault.file).read_text())
    tried, there = {fault.fires for fault in faults}, declared()
    problems = [f"{name}: no fault in {TABLE.name}" for name in sorted(there - tried)]
    problems += [f"{name}: there is no such assertion" for name in sorted(tried - there)]
    if problems:
        raise schema.TableError("\n".join(problems))
    return len(there)


def commands(fault, folder, configs):
    """(name, command) in the order in which they are tried."""
    if fault.on == "board":
        return [("board", [folder / "unit/boards/boards_board"])]
    out = []
    for directory, options in (("rtl_lockstep", ["--programs", "3"]), ("rtl_directed", []),
                               ("rtl_lockstep", ["--seed", "100", "--programs", "40"])):
        for config in configs:
            if not fault.on or config == fault.on:
                out.append((f"{directory} {config}",
                            [folder / "fuzz" / directory, "--config", config, "--expect", fault.fires, *options]))
    return out


def judge(fault, folder, configs, log):
    """Where the assertion failed, or "", and how long it took."""
    begin = time.monotonic()
    stem, name = fault.fires.split(".")
    for where, command in commands(fault, folder, configs):
        try:
            done = subprocess.run(command, env={**os.environ, "VEIL_MUTANT": str(fault.number)}, capture_output=True,
                                  stdin=subprocess.DEVNULL, timeout=schema.limit(240), text=True, errors="replace")
            output, status = done.stdout + done.stderr, done.returncode
        except subprocess.TimeoutExpired:
            output, status = "no end\n", 1
        (log / f"{fault.name}.log").write_text(f"{where}\n{output}")
        # The board's programs know nothing of assertions: the model ends the process, and says why.
        fired = re.search(rf"\b{stem}\.sv:\d+: Assertion failed in \S*\.{name}:", output) if fault.on == "board" else status == 0
        if fired:
            return where, time.monotonic() - begin
    return "", time.monotonic() - begin


def command_stops(args, folder, fault):
    """What `veil run` makes of a failed assertion: "", or what is wrong. Nothing is tried in a build without command or guest."""
    guest = args.build / "bench/mix.elf"
    if not (args.build / "veil").exists() or not guest.exists():
        return ""
    command = [args.build / "veil", "run", "--engine", "rtl", "--config", args.configs[-1], "--quiet", guest]
    done = subprocess.run(command, env={**os.environ, "VEIL_MUTANT": str(fault.number),
                                        "VEIL_RTL_MODULES": str(folder.parent / "sim/rtl")},
                          capture_output=True, stdin=subprocess.DEVNULL, timeout=schema.limit(60), text=True, errors="replace")
    stem, name = fault.fires.split(".")
    if done.returncode == 70 and re.search(rf"the core cannot go on: assertion \S+\.{name} \({stem}\.sv:\d+\) does not hold in "
                                           r"cycle \d+\n", done.stderr):
        return ""
    return f"veil run with {fault.name}: status {done.returncode}\n{done.stderr[-500:]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--configs", nargs="+", default=list(ALL))
    parser.add_argument("--only", nargs="*", help="faults with these names or of these assertions")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--list", action="store_true")
    args = parser.parse_args()
    work = args.build.resolve() / "mutation" / "assertions"
    try:
        faults = schema.load(TABLE)
        if args.list:
            for fault in faults:
                print(f"{fault.fires:40} {fault.means} ({fault.file})")
            return 0
        print(f"assertions: {check(faults)}, each with a fault")
        if args.check:
            return 0
        board = tuple(args.configs) == ALL
        chosen = [f for f in faults if f.on in ("", *args.configs) or (board and f.on == "board")]
        if args.only:
            chosen = [f for f in chosen if f.name in args.only or f.fires in args.only]
        work.mkdir(parents=True, exist_ok=True)
        targets = ["rtl_lockstep", "rtl_directed"]
        if any(f.on == "board" for f in chosen):
            targets.append("boards_board")
        folder = rtl.build(args, work, faults, targets)
    except schema.TableError as error:
        sys.exit(f"assertions: {error}")
    silent = []
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        results = pool.map(lambda f: judge(f, folder, args.configs, work), chosen)
        for fault, (where, seconds) in zip(chosen, results):
            print(f"{fault.fires:40} {where or 'SILENT':20}{seconds:6.1f} s  {fault.name}: {fault.means}", flush=True)
            if not where:
                silent.append(fault)
    print(f"assertions: {len(chosen) - len(silent)} of {len(chosen)} failed under their faults")
    for fault in silent:
        print(f"  silent: {fault.fires} under {fault.name}")
    wrong = command_stops(args, folder, next(f for f in faults if f.fires == "counters.NothingLost"))
    if wrong:
        print(wrong)
    return 1 if silent or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
