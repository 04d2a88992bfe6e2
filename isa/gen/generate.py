#!/usr/bin/env python3
"""Generates everything that comes from the ISA tables: generate.py ISA_DIR CONFIGS_TOML OUT_DIR.

Files whose text does not change are left alone, so that nothing is rebuilt for nothing.
"""
import sys
from pathlib import Path

import asm
import cpp_disasm
import cpp_native
import docs_page
import intrinsics
import plat
import sv
import table


def outputs(isa_dir, configs):
    t = table.read(isa_dir / "native.toml")
    platform = plat.check_platform(table.read_toml(isa_dir / "platform.toml"))
    named = plat.check_configs(table.read_toml(configs))
    return {
        "include/veil/isa/native.h": cpp_native.header(t),
        "include/veil/isa/disasm.h": cpp_disasm.header(),
        "include/veil/isa/platform.h": plat.platform_header(platform),
        "include/veil/isa/configs.h": plat.configs_header(named),
        "src/native.cpp": cpp_native.source(t),
        "src/disasm.cpp": cpp_disasm.source(t),
        "rtl/veil_isa_pkg.sv": sv.isa_package(t, platform),
        "rtl/veil_config_pkg.sv": sv.config_package(named),
        "firmware/veil_isa.inc": asm.include(t, platform),
        "firmware/veil_isa.ld": asm.linker(platform),
        "firmware/veil/isa/intrinsics.h": intrinsics.generate(t),
        "docs/native-isa.md": docs_page.page(t),
        "docs/knobs.md": plat.knobs_page(platform),
    }


def main():
    if len(sys.argv) != 4:
        print(__doc__, file=sys.stderr)
        return 64
    out = Path(sys.argv[3])
    try:
        files = outputs(Path(sys.argv[1]), Path(sys.argv[2]))
    except table.TableError as error:
        print(f"isa/gen: {error}", file=sys.stderr)
        return 1
    for name, text in files.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
