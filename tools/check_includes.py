#!/usr/bin/env python3
"""Includes point one way: sim, firmware -> translator -> x86 -> isa. Nothing includes upwards.

check_includes.py [ROOT]: prints each include that breaks the rule; status 1 if there is one.
"""
import re
import sys
from pathlib import Path

# area -> areas whose headers it may include (its own always).
ALLOWED = {
    "isa": set(),
    "x86": {"isa"},
    "translator": {"x86", "isa"},
    "firmware": {"translator", "x86", "isa"},
    "sim": {"boards", "firmware", "translator", "x86", "isa"},
    "boards": {"isa"},
    "tests": {"boards", "sim", "firmware", "translator", "x86", "isa", "bench"},
    "bench": set(),
}
INCLUDE = re.compile(r'^\s*#\s*include\s*["<]([^">]+)[">]', re.M)
SOURCES = (".h", ".hpp", ".cpp", ".cc", ".c", ".S")


def header_areas(root):
    """Every way in which a project header can be named -> the area that owns it."""
    owner = {}
    for area in ALLOWED:
        for path in (root / area).rglob("*.h"):
            name = path.relative_to(root).as_posix()
            owner[name] = area
            parts = name.split("/include/")
            if len(parts) == 2:
                owner[parts[1]] = area
    return owner


def area_of_include(name, path, root, owner):
    if name in owner:
        return owner[name]
    if name.startswith("veil/isa/"):  # generated
        return "isa"
    beside = (path.parent / name).resolve()
    if beside.is_file() and root in beside.parents:
        return beside.relative_to(root).parts[0]
    # Named from the area's own directory ("backend/link.h").
    matches = {area for full, area in owner.items() if full.endswith("/" + name)}
    return matches.pop() if len(matches) == 1 else None


def check(root):
    owner = header_areas(root)
    found = []
    for area, allowed in ALLOWED.items():
        for path in sorted((root / area).rglob("*")):
            if path.suffix not in SOURCES or not path.is_file():
                continue
            text = path.read_text(errors="replace")
            for match in INCLUDE.finditer(text):
                # The guests' C library has names that are also the host's; only guests include it.
                if area != "bench" and owner.get(match[1]) == "bench" and "/" not in match[1]:
                    continue
                target = area_of_include(match[1], path, root, owner)
                if target is None or target == area or target in allowed:
                    continue
                line = text.count("\n", 0, match.start(1)) + 1
                found.append(f"{path.relative_to(root)}:{line}: {area} includes {match[1]} of {target}")
    return found


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent).resolve()
    found = check(root)
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
