"""Every macro of veil_isa.inc assembles to the table's word: macros.py ISA_GEN_DIR NATIVE_TOML VEIL_ISA_INC."""
import random
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, sys.argv[1])
import asm  # noqa: E402
import table  # noqa: E402


def encode(op, values, end):
    word = op.match & ~1 | end
    for name, field in op.fields.items():
        for s in field.slices:
            word |= (values[name] >> s.value & (1 << s.width) - 1) << s.word
    return word


def main():
    rng = random.Random(1)
    lines, expected = [f'.include "{sys.argv[3]}"'], []
    for op in table.read(sys.argv[2]).ops:
        if not op.section.startswith("xveil"):
            continue
        for _ in range(20):
            values = {n: rng.getrandbits(f.bits) - (1 << f.bits - 1 if f.signed else 0) for n, f in op.fields.items()}
            end = rng.getrandbits(1)
            given = [f"{n}={rng.choice([f'x{v}', asm.ABI[v]]) if n in asm.REGISTERS else v}" for n, v in values.items()]
            lines.append(f"{op.name} {', '.join([*given, f'end={end}'])}")
            expected.append(encode(op, values, end))
    # Operands in order and defaults, as firmware writes them.
    by_hand = ["gx.sw a0, tp, 7, 8", "x.commit 1", "g.lw a0, a1, 4", "csrw xstatus, a0"]
    lines += by_hand
    with tempfile.TemporaryDirectory() as folder:
        source, obj, raw = Path(folder, "m.s"), Path(folder, "m.o"), Path(folder, "m.bin")
        source.write_text("\n".join(lines) + "\n")
        subprocess.run(["riscv64-unknown-elf-as", "-march=rv32im_zicsr", "-mabi=ilp32", "-o", obj, source], check=True)
        subprocess.run(["riscv64-unknown-elf-objcopy", "-O", "binary", "-j", ".text", obj, raw], check=True)
        data = raw.read_bytes()
    words = [int.from_bytes(data[i:i + 4], "little") for i in range(0, len(data), 4)]
    bad = [f"{line}: {word:08x}, not {want:08x}" for line, word, want in zip(lines[1:], words, expected) if word != want]
    t = table.read(sys.argv[2])
    hand = [encode(t.op("gx.sw"), dict(rs1=4, rs2=10, seg=7, disp7=8, wide=0, guard=0), 1),
            encode(t.op("x.commit"), dict(count=1), 1), encode(t.op("g.lw"), dict(rd=10, rs1=11, imm12=4), 1),
            0x7c051073]
    bad += [f"{line}: {word:08x}, not {want:08x}"
            for line, word, want in zip(by_hand, words[len(expected):], hand) if word != want]
    print("\n".join(bad[:20] + [f"{len(words)} words, {len(bad)} differences"]))
    return 1 if bad or len(words) != len(expected) + len(hand) else 0


if __name__ == "__main__":
    sys.exit(main())
