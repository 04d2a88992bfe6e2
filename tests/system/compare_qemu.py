#!/usr/bin/env python3
"""Guest images under qemu-system-i386 and under `veil run`: same console output, same exit status.

With --host a build of the same program for the host's own processor joins in. Without --veil QEMU (and the host) run
alone, which still checks the programs themselves.
"""

import argparse
import pathlib
import sys

import machines
from known_failures import Judge


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("images", nargs="+", type=pathlib.Path)
    parser.add_argument("--veil", type=pathlib.Path, help="the veil command")
    parser.add_argument("--veil-option", action="append", default=[], help="one more option of veil run (repeated)")
    parser.add_argument("--qemu", default="qemu-system-i386")
    parser.add_argument("--host", type=pathlib.Path, help="the program built for the host")
    parser.add_argument("--machine", type=pathlib.Path, help="one more machine: MACHINE IMAGE GUEST-COMMAND-LINE")
    parser.add_argument("--append", default="", help="guest command line")
    parser.add_argument("--module", action="append", default=[], help="multiboot module (repeated)")
    parser.add_argument("--stdin", type=pathlib.Path, help="file that the console reads")
    parser.add_argument("--status", type=int, default=machines.PASS, help="exit status wanted")
    parser.add_argument("--timeout", type=float, default=120)
    return parser.parse_args()


def main():
    options = parse()
    judge = Judge()
    for image in options.images:
        what = {"append": options.append, "modules": options.module, "stdin": options.stdin, "timeout": options.timeout}
        qemu = machines.run_qemu(image, qemu=options.qemu, **what)
        problem = ""
        if qemu.timed_out or qemu.status != options.status:
            problem = f"QEMU: {qemu.describe()}; wanted status {options.status}"
        judge.verdict(f"qemu/{image.stem}", problem, f"({qemu.seconds:.2f} s)")
        if options.host:
            host = machines.run_host(options.host, options.append, options.timeout)
            judge.verdict(f"host/{image.stem}", machines.difference("host", host, "QEMU", qemu))
        if options.machine:
            machine = machines.execute([str(options.machine), str(image), options.append], options.timeout)
            judge.verdict(f"machine/{image.stem}", machines.difference("machine", machine, "QEMU", qemu))
        if options.veil:
            veil = machines.run_veil(options.veil, image, options=options.veil_option, **what)
            judge.verdict(f"veil/{image.stem}", machines.difference("veil", veil, "QEMU", qemu), f"({veil.seconds:.2f} s)")
    return judge.status()


if __name__ == "__main__":
    sys.exit(main())
