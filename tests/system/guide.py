#!/usr/bin/env python3
"""Does what a page of the guide says: guide.py --build BUILD [--update] PAGE.md

A block ```c NAME is a file; in a block ```sh each line that begins with `$ ` is a command (with \\ it goes on), and what
follows is what it prints. Files and commands are taken in order, in a fresh directory in which `build` is the build and
`bench` the project's. Each line that the page shows must be a line of the output, numbers apart, which change with every
better translator; of a table's lines most must be there. --update puts the present output into the page instead.
"""
import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from machines import limit

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```(sh|c \S+)\n(.*?)^```$", re.M | re.S)
MARK = "@@ end of a command @@"


def commands_of(block):
    """[(command, shown output)]"""
    found = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append([line[2:], []])
        elif found and not found[-1][1] and found[-1][0].endswith("\\"):
            found[-1][0] += "\n" + line
        elif found:
            found[-1][1].append(line)
    return found


def normal(line):
    """Words without numbers, addresses and the dots that stand for none."""
    line = re.sub(r"(?<![A-Za-z_])(0x)?[0-9a-f,.]*\d[0-9a-f,.]*\b", "#", line)
    words = ["#" if word in (".", "nan") else word for word in line.split()]
    return " ".join(words)


def execute(commands, directory):
    script = "".join(f"{command}\n__status=$?; echo; echo '{MARK}'; (exit $__status)\n" for command in commands)
    done = subprocess.run(["bash", "-c", script], cwd=directory, text=True, stdin=subprocess.DEVNULL, timeout=limit(600),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    outputs = [[line for line in part.split("\n")] for part in done.stdout.split(MARK + "\n")]
    for lines in outputs:
        while lines and not lines[-1]:
            lines.pop()
        while lines and not lines[0]:
            lines.pop(0)
    return outputs[:len(commands)]


def compare(command, shown, output):
    """What is missing. Lines with numbers may be missing if most are there: the order of a table's lines changes."""
    there = {normal(line) for line in output}
    missing = [line for line in shown if normal(line) not in there]
    numbers = [line for line in shown if "#" in normal(line)]
    excused = [line for line in missing if line in numbers]
    if len(excused) * 3 <= len(numbers) and len(numbers) > 5:
        missing = [line for line in missing if line not in excused]
    return [f"$ {command}\n  no such line: {line}\n  output:\n    " + "\n    ".join(output[:40]) for line in missing]


def updated(text, outputs):
    """The page with these outputs, in the order of its commands."""
    rest = iter(outputs)

    def block(match):
        if match[1] != "sh":
            return match[0]
        lines = []
        for command, _ in commands_of(match[2]):
            lines += ["$ " + command, *next(rest)]
        return "```sh\n" + "\n".join(line.rstrip() for line in lines) + "\n```"

    return FENCE.sub(block, text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", type=Path)
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--update", action="store_true")
    args = parser.parse_args()
    text = args.page.read_text()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        (directory / "build").symlink_to(args.build.resolve())
        (directory / "bench").symlink_to(ROOT / "bench")
        commands = []
        for kind, body in FENCE.findall(text):
            if kind == "sh":
                commands += commands_of(body)
            else:  # files are there before the first command: a page shows a file once
                (directory / kind.split()[1]).write_text(body)
        if not commands:
            print(f"{args.page}: no commands")
            return 1
        outputs = execute([command for command, _ in commands], directory)
    if args.update:
        args.page.write_text(updated(text, outputs))
        return 0
    wrong = [line for (command, shown), output in zip(commands, outputs) for line in compare(command, shown, output)]
    if len(outputs) != len(commands):
        wrong.append(f"{len(commands)} commands, but only {len(outputs)} came to an end")
    print("\n".join(wrong) or f"{args.page.name}: {len(commands)} commands do what the page says")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
