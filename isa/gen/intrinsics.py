"""gen/firmware/veil/isa/intrinsics.h: Xveil operations for C++ firmware, by inline assembly.

An operation is emitted with `.insn r`, whose numbers are cut from the table's pattern: opcode, funct3 and funct7
with the constant fields in their places.
"""
from text import banner, c_name

HEAD = """#pragma once

#include <cstdint>

#include "veil/isa/native.h"

#if !defined(__riscv)
#error "for the firmware only"
#endif

namespace veil::isa::native {

template <Csr number>
inline uint32_t csr_read() {
  uint32_t value;
  asm volatile("csrr %0, %1" : "=r"(value) : "i"(static_cast<unsigned>(number)) : "memory");
  return value;
}
template <Csr number>
inline void csr_write(uint32_t value) {
  asm volatile("csrw %0, %1" : : "i"(static_cast<unsigned>(number)), "rK"(value) : "memory");
}
template <Csr number>
inline void csr_set(uint32_t bits) {
  asm volatile("csrs %0, %1" : : "i"(static_cast<unsigned>(number)), "rK"(bits) : "memory");
}
template <Csr number>
inline void csr_clear(uint32_t bits) {
  asm volatile("csrc %0, %1" : : "i"(static_cast<unsigned>(number)), "rK"(bits) : "memory");
}
inline void fence_i() { asm volatile("fence.i" : : : "memory"); }
"""


def _r_form(op):
    """(opcode, funct3, funct7) of the fixed bits, fields 0, group bit 1."""
    word = op.match | 3
    return word & 0x7f, word >> 12 & 7, word >> 25


def _seg_shift(op):
    return op.fields["seg"].slices[0].word - 25


def generate(t):
    out = [banner("//", "isa/native.toml", "Xveil operations for C++ firmware."), HEAD]
    for name, kind in (("gx.lbu", "uint8_t"), ("gx.lhu", "uint16_t"), ("gx.lw", "uint32_t"),
                       ("gx.lb", "int8_t"), ("gx.lh", "int16_t")):
        op = t.op(name)
        opcode, f3, f7 = _r_form(op)
        fn = {"gx.lbu": "load8", "gx.lhu": "load16", "gx.lw": "load32", "gx.lb": "load8s", "gx.lh": "load16s"}[name]
        wide = "int32_t" if kind.startswith("int") else "uint32_t"
        out.append(f"""// {name}: {op.meaning}
template <Seg seg>
inline {wide} {fn}(uint32_t offset) {{
  {wide} value;
  asm volatile(".insn r {opcode:#x}, {f3}, %2, %0, %1, x0"
               : "=r"(value)
               : "r"(offset), "i"({f7} | static_cast<unsigned>(seg) << {_seg_shift(op)})
               : "memory");
  return value;
}}
""")
    for name, fn in (("gx.sb", "store8"), ("gx.sh", "store16"), ("gx.sw", "store32")):
        op = t.op(name)
        opcode, f3, f7 = _r_form(op)
        out.append(f"""// {name}: {op.meaning}; gated
template <Seg seg>
inline void {fn}(uint32_t offset, uint32_t value) {{
  asm volatile(".insn r {opcode:#x}, {f3}, %2, x0, %0, %1"
               :
               : "r"(offset), "r"(value), "i"({f7} | static_cast<unsigned>(seg) << {_seg_shift(op)})
               : "memory");
}}
""")
    commit, rollback, jt = t.op("x.commit"), t.op("x.rollback"), t.op("x.jt")
    opcode, f3, f7 = _r_form(commit)
    out.append(f"""// {commit.meaning}
template <unsigned count>
inline void commit() {{
  static_assert(fits_count(count));
  asm volatile(".insn r {opcode:#x}, {f3}, {f7}, x%0, x0, x0" : : "i"(count) : "memory");
}}
""")
    opcode, f3, f7 = _r_form(rollback)
    out.append(f"""// {rollback.meaning}. Never returns to the values that C++ holds in registers: the registers of the last
// commit come back, so it is for code that knows where that commit was.
inline void rollback() {{ asm volatile(".insn r {opcode:#x}, {f3}, {f7}, x0, x0, x0" : : : "memory"); }}
""")
    getf, setf = t.op("x.getf"), t.op("x.setf")
    g_op, g3, g7 = _r_form(getf)
    s_op, s3, s7 = _r_form(setf)
    out.append(f"""// {getf.meaning}
template <unsigned fd>
inline uint32_t get_flags() {{
  static_assert(fd >= 1 && fd <= 3);
  uint32_t value;
  asm volatile(".insn r {g_op:#x}, {g3}, {g7}, %0, x0, x%1" : "=r"(value) : "i"(fd));
  return value;
}}

// {setf.meaning}
template <unsigned fd>
inline void set_flags(uint32_t value) {{
  static_assert(fd >= 1 && fd <= 3);
  asm volatile(".insn r {s_op:#x}, {s3}, {s7}, x0, %0, x%1" : : "r"(value), "i"(fd));
}}

struct AluResult {{
  uint32_t value;
  uint32_t flags;  // in EFLAGS positions
}};
""")
    out.append(f"""// Does the result or do the flags of x.<fn> depend on the flags before it?
constexpr bool reads_flags(AluFn fn) {{
  return {" || ".join(f"fn == AluFn::{c_name(o.name[2:])}" for o in t.ops if o.section == "xveil_alu" and "r" in o.flags)};
}}

// x.<fn> on two registers with the incoming flags `eflags` (EFLAGS positions): the result merged into a, and the
// flags after it. Uses f3, which no function keeps across calls.
template <AluFn fn, Width width>
inline AluResult alu(uint32_t a, uint32_t b, uint32_t eflags) {{
  AluResult out;
  constexpr uint32_t word = enc::x_alu(fn, {{.fd = 3, .width = width, .src2 = Src2::reg}});
  if constexpr (!reads_flags(fn)) {{
    asm volatile(
        ".insn r %4, %5, %6, %0, %2, %3\\n\\t"
        ".insn r {g_op:#x}, {g3}, {g7}, %1, x0, x3"
        : "=&r"(out.value), "=&r"(out.flags)
        : "r"(a), "r"(b), "i"(word & 0x7f), "i"(word >> 12 & 7), "i"(word >> 25));
    return out;
  }}
  asm volatile(
      ".insn r {s_op:#x}, {s3}, {s7}, x0, %4, x3\\n\\t"
      ".insn r %5, %6, %7, %0, %2, %3\\n\\t"
      ".insn r {g_op:#x}, {g3}, {g7}, %1, x0, x3"
      : "=&r"(out.value), "=&r"(out.flags)
      : "r"(a), "r"(b), "r"(eflags), "i"(word & 0x7f), "i"(word >> 12 & 7), "i"(word >> 25));
  return out;
}}

}}  // namespace veil::isa::native""")
    return "\n".join(out) + "\n"
