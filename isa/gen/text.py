"""Small helpers that every output shares."""

KEYWORDS = {"and", "or", "xor", "not", "union", "auto"}


def c_name(name):
    """An operation's or enumerator's C++ name: dots become underscores, keywords end in one."""
    name = name.replace(".", "_").replace("-", "_")
    return name + "_" if name in KEYWORDS else name


def camel(name):
    """`store_buffer` -> `StoreBuffer`, `x.add` -> `XAdd`."""
    return "".join(part[:1].upper() + part[1:] for part in name.replace(".", "_").split("_"))


def upper(name):
    return name.replace(".", "_").upper()


def banner(comment, source, purpose):
    return (f"{comment} {purpose}\n"
            f"{comment} Generated from {source} by isa/gen: change that, not this.\n")
