"""The base ISA's encoders and disassembler against binutils: binutils.py WORDS_TOOL [SEED].

Random words from the tool are disassembled by riscv64-unknown-elf-objdump; name and operands must be the same.
"""
import re
import subprocess
import sys
import tempfile
from pathlib import Path


def normal(text):
    """Operands without spaces, symbols and number formats."""
    text = re.sub(r"\s*<[^>]*>", "", text.split("#")[0])
    name, _, rest = text.strip().partition(" ")
    if name in ("fence", "fence.i"):
        return name  # we print no operands
    operands = [x for x in re.split(r"[ ,\t()]+", rest.strip()) if x]
    branch = name.startswith("b") and len(operands) == 3 and name in ("beq", "bne", "blt", "bge", "bltu", "bgeu")
    out = []
    for i, operand in enumerate(operands):
        target = (branch or name == "jal") and i == len(operands) - 1
        if re.fullmatch(r"-?(0x)?[0-9a-f]+", operand) and not re.fullmatch(r"a[0-7]", operand):
            value = int(operand, 16 if target or operand.startswith("0x") else 10)
            out.append(str(value & 0xffffffff))
        else:
            out.append(operand)
    return " ".join([name, *out])


def main():
    seed = sys.argv[2] if len(sys.argv) > 2 else "1"
    ours = [line.split("\t") for line in
            subprocess.run([sys.argv[1], seed, "40"], check=True, capture_output=True, text=True).stdout.splitlines()]
    with tempfile.TemporaryDirectory() as folder:
        source, obj = Path(folder, "w.s"), Path(folder, "w.o")
        # .insn keeps binutils from calling them data.
        source.write_text("".join(f".insn 4, 0x{word}\n" for word, _ in ours))
        march = "rv32im_zba_zbb_zbs_zicsr_zifencei"
        subprocess.run(["riscv64-unknown-elf-as", f"-march={march}", "-mabi=ilp32", "-o", obj, source], check=True)
        dump = subprocess.run(["riscv64-unknown-elf-objdump", "-d", "-M", "no-aliases", obj], check=True,
                              capture_output=True, text=True).stdout
    theirs = re.findall(r"^ *[0-9a-f]+:\s+([0-9a-f]{8})\s+(.*)$", dump, re.M)
    if len(theirs) != len(ours):
        print(f"objdump shows {len(theirs)} operations of {len(ours)}")
        return 1
    bad = 0
    for (word, text), (their_word, their_text) in zip(ours, theirs):
        if word != their_word or normal(text) != normal(their_text.replace("\t", " ")):
            bad += 1
            if bad <= 20:
                print(f"{word}: ours '{text}', binutils '{their_text}'")
    print(f"{len(ours)} words, seed {seed}, {bad} differences")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
