"""The generator says in one line what is wrong with a table: generator.py ISA_GEN_DIR NATIVE_TOML."""
import copy
import sys
import unittest
from pathlib import Path

sys.path.insert(0, sys.argv[1])
import plat  # noqa: E402
import table  # noqa: E402

RAW = table.read_toml(sys.argv[2])
PLATFORM = table.read_toml(Path(sys.argv[2]).with_name("platform.toml"))


class Mistakes(unittest.TestCase):
    def expect(self, change, message):
        raw = copy.deepcopy(RAW)
        change(raw)
        with self.assertRaises(table.TableError) as caught:
            table.parse(raw)
        self.assertIn(message, str(caught.exception))
        self.assertNotIn("\n", str(caught.exception))

    def add(self, pattern, unit="alu", name="new"):
        return lambda raw: raw["ops"]["zb"].append([name, pattern, unit, "", "nothing"])

    def test_good(self):
        self.assertGreater(len(table.parse(copy.deepcopy(RAW)).ops), 100)

    def test_overlap(self):
        self.expect(self.add("0000000 BBBBB AAAAA 00I DDDDD 01100 1G".replace("I", "M")), "overlap")

    def test_length(self):
        self.expect(self.add("0000000 BBBBB AAAAA 000 DDDDD 01100 1"), "31 characters")

    def test_letter(self):
        self.expect(self.add("1111111 BBBBB AAAAA 000 DDDD? 01100 1G"), "unknown letter '?'")

    def test_group_bit(self):
        self.expect(self.add("1111111 BBBBB AAAAA 000 DDDDD 01100 0G"), "does not end in 1G")

    def test_unit(self):
        self.expect(self.add("1111111 BBBBB AAAAA 000 DDDDD 01100 1G", unit="fpu"), "unknown unit")

    def test_name(self):
        self.expect(self.add("1111111 BBBBB AAAAA 000 DDDDD 01100 1G", name="add"), "appears twice")

    def test_piece(self):
        self.expect(self.add("1111111 BBBBB AAAAA 000 TTTTT 01100 1G"), "without the first piece")

    def test_scatter(self):
        self.expect(self.add("bbbbbbb BBBBB AAAAA 010 0cccc 11000 1G"), "11 bits, not 12")

    def test_csr(self):
        self.expect(lambda raw: raw["csr"].update(other=[0x300, "rw", ""]), "mstatus are both 0x300")

    def test_counter(self):
        self.expect(lambda raw: raw["counter"].update(other=[0, ""]), "cycles are both 0x0")

    def test_undefined(self):
        self.expect(lambda raw: raw["undefined"].update(add=[{"fd": 0}]), "add has no field fd")

    def test_section(self):
        self.expect(lambda raw: raw.pop("cause"), "'cause' is missing")

    def test_knob(self):
        raw = copy.deepcopy(PLATFORM)
        raw["knobs"]["rows"].append(["new", 7, 8, 9, "a default that is too small"])
        with self.assertRaises(table.TableError) as caught:
            plat.check_platform(raw)
        self.assertIn("knob new: 7 is not in 8..9", str(caught.exception))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
