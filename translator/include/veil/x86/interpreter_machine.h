// What the interpreter's machine offers beyond Machine: run-time values are plain numbers, and there are ports, system
// registers and guest exceptions. Families and forms marked `interpret` in isa/x86.toml are written for it.
//
// A fault may or may not return (the native machine leaves; the host's remembers it and ignores what follows):
// code behind one must be harmless and must end. Everything a faulting instruction did is undone.
#pragma once

#include <concepts>
#include <cstdint>

#include "veil/x86/machine.h"

namespace veil::x86 {

// Vectors of SDM vol. 3, table 6-1.
enum class Vector : uint8_t {
  de = 0,
  db = 1,
  bp = 3,
  of = 4,
  br = 5,
  ud = 6,
  nm = 7,
  df = 8,
  ts = 10,
  np = 11,
  ss = 12,
  gp = 13,
  pf = 14,
  mf = 16,
  ac = 17
};

// A segment register's hidden part; attr as the high word of a descriptor has it (bits 23:8).
struct Segment {
  uint32_t base;
  uint32_t limit;  // last valid offset, granularity applied
  uint32_t attr;
};

// Words of the guest's state that instructions reach (isa/platform.toml, guest_state).
enum class SystemRegister : uint8_t { cr0, cr2, cr3, cr4, gdt_base, gdt_limit, idt_base, idt_limit };

template <class M>
concept InterpreterMachine = Machine<M> && std::same_as<typename M::Value, uint32_t> &&
    requires(M m, Vector vector, uint8_t number, uint32_t u, uint16_t port, Width w, Seg s, SystemRegister r,
             Segment d) {
  m.raise(vector);                       // fault without error code
  m.raise(vector, u);                    // fault with error code
  m.software_interrupt(number);          // int n, int3, into, int1: a trap, behind the instruction
  m.unimplemented();                     // the run stops with a report
  m.halt();                              // hlt: EIP goes on behind it
  { m.failed() } -> std::same_as<bool>;  // a fault is pending (always false where faults do not return)
  { m.in(port, w) } -> std::same_as<uint32_t>;
  m.out(port, w, u);
  { m.eflags() } -> std::same_as<uint32_t>;  // all of EFLAGS
  m.set_eflags(u);
  { m.cpl() } -> std::same_as<uint32_t>;
  { m.system(r) } -> std::same_as<uint32_t>;
  m.set_system(r, u);
  { m.selector(s) } -> std::same_as<uint32_t>;
  m.set_segment(s, u, d);                             // selector and hidden part; last, after all that can fault
  { m.load_linear(u, w) } -> std::same_as<uint32_t>;  // supervisor access to a linear address (descriptor tables)
  m.store_linear(u, w, u);
  { m.instructions() } -> std::same_as<uint64_t>;  // guest instructions committed so far
  // An iteration of a repeated string instruction is done: commits it (no instruction counted, EIP stays). False:
  // something is pending, the instruction is to be left and taken up again.
  { m.iterate() } -> std::same_as<bool>;
  m.stay();  // EIP stays at this instruction
  // May a repeated movs or stos do several elements in one commit? Not after a fault in it: the fault is then met
  // again one by one, with count and pointers where they belong.
  { m.blocks() } -> std::same_as<bool>;
};

}  // namespace veil::x86
