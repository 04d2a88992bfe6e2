"""Reads isa/platform.toml and rtl/configs.toml; gives them as C++ (platform.h, configs.h)."""
from table import TableError
from text import banner, c_name, camel

BLOCKS = ("boot_block", "guest_state", "firmware_state", "block_descriptor")
PLAIN = ("memory", "window", "host", "time")  # sections of plain 32-bit constants
CONFIG_KEYS = {"width": (1, 2, 4), "icache_bytes": None, "dcache_bytes": None, "tlb_entries": None,
               "tlb2_entries": None, "store_buffer": None, "alias_entries": None, "jump_table": None,
               "branch_history": None, "return_stack": None,
               "counters": (False, True)}


def check_platform(raw):
    for name in (*PLAIN, "exit_status", "log", "knobs", *BLOCKS):
        if name not in raw:
            raise TableError(f"platform.toml: section [{name}] is missing")
    for name, default, least, most, _ in raw["knobs"]["rows"]:
        if not 0 <= least <= default <= most < 1 << 32:
            raise TableError(f"platform.toml: knob {name}: {default} is not in {least}..{most}")
    raw["boot_block"]["fields"] += [[row[0], row[4]] for row in raw["knobs"]["rows"]]
    for name in BLOCKS:
        fields = [f[0] for f in raw[name]["fields"]]
        if len(set(fields)) != len(fields):
            raise TableError(f"platform.toml: a field of [{name}] appears twice")
    return raw


def check_configs(raw):
    for name, config in raw.items():
        for key, allowed in CONFIG_KEYS.items():
            if key not in config:
                raise TableError(f"configs.toml: [{name}] lacks {key}")
            if allowed and config[key] not in allowed:
                raise TableError(f"configs.toml: [{name}] {key} = {config[key]} is not one of {allowed}")
            if allowed is None and config[key] and config[key] & (config[key] - 1):
                raise TableError(f"configs.toml: [{name}] {key} = {config[key]} is not a power of two")
        unknown = set(config) - set(CONFIG_KEYS)
        if unknown:
            raise TableError(f"configs.toml: [{name}] has unknown key {sorted(unknown)[0]}")
    return raw


def constants(raw):
    """(name, value) of every plain constant, host registers prefixed."""
    for name, value in raw["memory"].items():
        yield name, value
    for name, value in raw["window"].items():
        yield f"window_{name}", value
    for name, value in raw["host"].items():
        yield f"host_{name}", value


def _struct(name, section):
    lines = [f"struct {camel(name)} {{"]
    for field, text in section["fields"]:
        lines.append(f"  uint32_t {c_name(field)} = 0;" + (f"  // {text}" if text else ""))
    lines.append("};")
    lines.append(f"static_assert(sizeof({camel(name)}) == {4 * len(section['fields'])});")
    lines.append(f"namespace {name} {{  // byte offsets")
    lines += [f"inline constexpr uint32_t {c_name(f[0])} = {4 * i};" for i, f in enumerate(section["fields"])]
    lines.append(f"inline constexpr uint32_t size_bytes = {4 * len(section['fields'])};")
    lines.append(f"inline constexpr const char* kNames[] = {{")
    lines += [f"    \"{f[0]}\"," for f in section["fields"]]
    lines.append("};  // in order")
    if "stride" in section:
        lines.append(f"inline constexpr uint32_t stride_bytes = {section['stride']};")
    lines.append(f"}}  // namespace {name}")
    return "\n".join(lines) + "\n"


def _knobs(raw):
    rows = raw["knobs"]["rows"]
    members = "\n".join(f"  uint32_t {name} = {default};" for name, default, *_ in rows)
    table = "\n".join(f'    {{"{name}", "--{name.replace("_", "-")}", "{text}", &Knobs::{name}, &BootBlock::{name}, '
                      f'{least}, {most}}},' for name, _, least, most, text in rows)
    tests = " &&\n         ".join(f"inside(block.{name}, {least}, {most})" for name, _, least, most, _ in rows)
    return f"""// How the machine works inside: fields of the boot block, options of the command.
struct Knobs {{
{members}
}};
struct Knob {{
  const char* name;
  const char* option;
  const char* help;
  uint32_t Knobs::*value;
  uint32_t BootBlock::*field;
  uint32_t least;
  uint32_t most;
}};
inline constexpr Knob kKnobs[] = {{
{table}
}};
constexpr bool knobs_in_range(const BootBlock& block) {{
  const auto inside = [](uint32_t value, uint32_t least, uint32_t most) {{ return least <= value && value <= most; }};
  return {tests};
}}
"""


def knobs_page(raw):
    rows = "".join(f"| `{name}` | `--{name.replace('_', '-')}` | {default} | {least} | {most} | {text} |\n"
                   for name, default, least, most, text in raw["knobs"]["rows"])
    return ("# Knobs\n\nGenerated from `isa/platform.toml`. None of them changes what the guest sees.\n\n"
            "| Name | Option | Default | Least | Most | |\n|---|---|---|---|---|---|\n" + rows)


def platform_header(raw):
    body = [banner("//", "isa/platform.toml", "The machine around the core: addresses, host port, shared blocks."),
            "#pragma once\n\n#include <cstdint>\n\nnamespace veil::platform {\n"]
    for section in PLAIN:
        inner = section != "memory"
        if inner:
            body.append(f"namespace {section} {{")
        body += [f"inline constexpr uint32_t {c_name(k)} = {v:#x};" for k, v in raw[section].items()]
        body.append(f"}}  // namespace {section}\n" if inner else "")
    body.append("// Addresses in the concealed window.\n" + "\n".join(
        f"inline constexpr uint32_t {k}_address = concealed_window + window::{k};"
        for k in raw["window"] if not k.endswith("_size")) + "\n")
    body.append("enum class ExitStatus : int {\n" +
                "\n".join(f"  {c_name(k)} = {v}," for k, v in raw["exit_status"].items()) + "\n};\n")
    body.append("// Bits 31:28 of a word written to xlog.\nenum class Log : uint8_t {\n" +
                "\n".join(f"  {c_name(k)} = {v}," for k, v in raw["log"].items()) + "\n};")
    body.append("constexpr uint32_t log_word(Log kind, uint32_t value) {\n"
                "  return static_cast<uint32_t>(kind) << 28 | (value & 0x0fffffffu);\n}\n")
    body.append(f"inline constexpr uint32_t boot_magic = {raw['boot_block']['magic']:#x};\n")
    body += [_struct(name, raw[name]) for name in BLOCKS]
    body.append(_knobs(raw))
    body.append("}  // namespace veil::platform")
    return "\n".join(body) + "\n"


def configs_header(raw):
    rows = []
    for name, c in raw.items():
        values = ", ".join(str(c[k]).lower() for k in CONFIG_KEYS)
        rows.append(f"    {{\"{name}\", {values}}},")
    fields = "\n".join(f"  {'bool' if k == 'counters' else 'uint32_t'} {k};" for k in CONFIG_KEYS)
    return f"""{banner("//", "rtl/configs.toml", "The named configurations of the core.")}#pragma once

#include <cstdint>

namespace veil::isa {{

struct Config {{
  const char* name;
{fields}
}};

inline constexpr Config kConfigs[] = {{
{chr(10).join(rows)}
}};

// nullptr: no configuration of this name (given without end mark, `length` characters).
constexpr const Config* find_config(const char* name, unsigned length) {{
  for (const Config& config : kConfigs) {{
    unsigned i = 0;
    while (i < length && config.name[i] != '\\0' && config.name[i] == name[i]) i++;
    if (i == length && config.name[i] == '\\0') return &config;
  }}
  return nullptr;
}}

}}  // namespace veil::isa
"""
