#!/usr/bin/env python3
"""Guest images hold plain i686 integer code: every instruction that objdump finds is on the list below. Images after --system
may also have the instructions of the system side.

The list is what a compiler for i686 without floating point emits, what bench/runtime and tests/guest write by hand, and
nothing of x87, MMX, SSE or of later processors. One later instruction is in Debian's libgcc and libz: endbr32, which is
0F 1E, a no-operation on every P6 and later processor (SDM volume 2, "NOP" and "ENDBR32").
"""

import argparse
import collections
import re
import subprocess
import sys

CONDITIONS = "o no b ae e ne be a s ns p np l ge le g".split()
SIZED = """mov add adc sub sbb cmp and or xor test inc dec neg not mul imul div idiv push pop xchg lea shl shr sar rol ror rcl
rcr shld shrd bt bts btr btc bsf bsr bswap xadd cmpxchg in out ret call enter leave movs cmps scas lods stos ins outs
cbtw cwtl cwtd cltd""".split()
PLAIN = """nop hlt cli sti cld std clc stc cmc lahf sahf pushf popf pusha popa pushfw popfw pushaw popaw int int3 into iret
jmp jecxz jcxz loop loope loopne loopw xlat aaa aas aam aad daa das cmpxchg8b bound lock rep repz repnz data16 addr16
movzbl movzwl movzbw movsbl movswl movsbw ljmp lcall lret ud2 cs ds es ss fs gs ret""".split()
ALLOWED = set(PLAIN) | {word + suffix for word in SIZED for suffix in ("", "b", "w", "l")}
ALLOWED |= {prefix + c for c in CONDITIONS for prefix in ("j", "set", "cmov")}
ALLOWED |= {"endbr32", "nopl", "nopw", "pause", "leaw", "pushal", "popal", "pushfl", "popfl", "addr16", "movabs", "cwtl", "xlat"}
FORBIDDEN_OPERAND = re.compile(r"%(xmm|ymm|zmm|mm|st|k[0-7]|bnd|tr)")
SYSTEM = set("lgdtl lidtl sgdtl sidtl lldt ltr sldt str lmsw smsw clts invlpg lar lsl verr verw arpl lss lds les lfs lgs cpuid rdtsc ud1 int1 iretw wbinvd".split())
SYSTEM_OPERAND = re.compile(r"%(cr|dr)[0-7]")
LINE = re.compile(r"^ *[0-9a-f]+:\t(.*)$")
PREFIXES = {"lock", "rep", "repz", "repnz", "data16", "addr16", "cs", "ds", "es", "ss", "fs", "gs"}


def words_of(image):
    """(mnemonic, whole text) of each instruction."""
    text = subprocess.run(["objdump", "-d", "--no-show-raw-insn", image], capture_output=True, text=True, check=True)
    for line in text.stdout.splitlines():
        match = LINE.match(line)
        if match:
            words = match.group(1).split()
            while len(words) > 1 and words[0] in PREFIXES:
                words = words[1:]
            if words:
                yield words[0].split(",")[0], match.group(1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("images", nargs="+")
    parser.add_argument("--system", nargs="+", default=[], metavar="IMAGE")
    options = parser.parse_args()
    status, seen = 0, collections.Counter()
    for image in options.images + options.system:
        system = image in options.system
        wrong, count = collections.Counter(), 0
        for mnemonic, text in words_of(image):
            count += 1
            seen[mnemonic] += 1
            known = mnemonic in ALLOWED or (system and mnemonic in SYSTEM)
            if not known or FORBIDDEN_OPERAND.search(text) or (not system and SYSTEM_OPERAND.search(text)):
                wrong[mnemonic] += 1
        if not count:
            print(f"{image}: no instruction found")
            status = 1
        if wrong:
            print(f"{image}: not i686 integer code: {dict(wrong)}")
            status = 1
    print(f"{sum(seen.values())} instructions, {len(seen)} mnemonics")
    return status


if __name__ == "__main__":
    sys.exit(main())
