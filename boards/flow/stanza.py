"""Reads boards/NAME/board.toml and works out what follows from it: PLL settings, the package that the RTL takes them from.

A board that is `like` another one has its top and pins, and only says what differs. All clocks of the design, the serial
line's divider and the SDRAM's cycles come from the package written here: [clock_mhz] and [sdram] are their only place.
"""
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# What the dice hold (Lattice FPGA-DS-02012, table 1.1). The 12F is the 25F's die, and the open tools use all of it.
CAPACITY = {"12k": (24288, 56, 28), "25k": (24288, 56, 28), "45k": (43848, 108, 72), "85k": (83640, 208, 156)}


class StanzaError(Exception):
    pass


def names():
    return sorted(path.parent.name for path in ROOT.glob("boards/*/board.toml"))


def load(name):
    path = ROOT / "boards" / name / "board.toml"
    if not path.exists():
        raise StanzaError(f"no board '{name}' (there are: {', '.join(names())})")
    own = tomllib.loads(path.read_text())
    board = {**load(own["like"]), **own} if "like" in own else dict(own)
    board["folder"] = board["folder"] if "like" in own else name
    board["id"] = name
    board["luts"], board["block_rams"], board["multipliers"] = CAPACITY[board["device"]]
    return board


def configuration(board, name):
    """The configuration's name, `name` or the board's own choice, if the board has it."""
    name = name or board["default_config"]
    if name not in board["clock_mhz"]:
        raise StanzaError(f"{board['name']} has no configuration '{name}' (there are: {', '.join(board['clock_mhz'])})")
    return name


def pll(crystal_mhz, mhz):
    """(multiplier, divider): oscillator = crystal * multiplier, in its 400 to 800 MHz; core = oscillator / divider.

    The feedback is the crystal's own rate, so the phase detector stays above its least frequency (FPGA-DS-02012, table 3.24).
    """
    settings = []
    for divider in range(1, 129):
        multiplier, rest = divmod(mhz * divider, crystal_mhz)
        if rest == 0 and 400 <= crystal_mhz * multiplier <= 800:
            settings.append((abs(crystal_mhz * multiplier - 600), multiplier, divider))
    if not settings:
        raise StanzaError(f"no PLL setting makes {mhz} MHz of {crystal_mhz} MHz")
    return min(settings)[1:]


def package(board, config, mhz=None):
    """veil_board_pkg.sv for one configuration on one board."""
    mhz = mhz or board["clock_mhz"][config]
    if mhz != int(mhz):
        raise StanzaError(f"clocks are whole megahertz, not {mhz}: microseconds are counted in cycles")
    multiplier, divider = pll(board["crystal_mhz"], mhz)
    numbers = {"ClockKhz": mhz * 1000, "Baud": board["baud"], "PllMultiply": multiplier, "PllDivide": divider}
    for key, value in board["sdram"].items():
        numbers["Sdram" + "".join(part.capitalize() for part in key.split("_"))] = value
    lines = [f"// Made from boards/{board['id']}/board.toml for {config} by boards/build. Do not edit.",
             "/* verilator lint_off UNUSEDPARAM */", "package veil_board_pkg;"]
    lines += [f"  localparam int unsigned {name} = {value};" for name, value in numbers.items()]
    lines += ["endpackage", "/* verilator lint_on UNUSEDPARAM */"]
    return "\n".join(lines) + "\n"


def header(board, config):
    """The same for the simulated board's C++: veil_board.h."""
    return (f"// Made from boards/{board['id']}/board.toml for {config} by boards/build. Do not edit.\n#pragma once\n\n"
            "#include <cstdint>\n\nnamespace veil::boards {\n"
            f"inline constexpr uint64_t kClockKhz = {board['clock_mhz'][config] * 1000};\n"
            f"inline constexpr uint64_t kBaud = {board['baud']};  // of the serial line\n"
            "}  // namespace veil::boards\n")


def write_package(board, config, folder, bit_cycles=None):
    """Both, with so many clocks a bit instead of the board's serial rate: a real one takes long to simulate."""
    if bit_cycles:
        board = {**board, "baud": board["clock_mhz"][config] * 1_000_000 // bit_cycles}
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in ((folder / "veil_board_pkg.sv", package(board, config)), (folder / "veil_board.h", header(board, config))):
        if not path.exists() or path.read_text() != text:  # what depends on it need not be built again
            path.write_text(text)
