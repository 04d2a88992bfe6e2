// What the interpreter's machine offers beyond Machine: run-time values are plain numbers, and there are ports, system
// registers and guest exceptions. Families and forms marked `interpret` in isa/x86.toml are written for it.
//
// A fault may or may not return (the native machine leaves; the host's remembers it and ignores what follows):
// code after one must be harmless and must end. Everything a faulting instruction did is undone.
#pragma once

#include <concepts>
#include <cstdint>

#include "veil/x86/event.h"
#include "veil/x86/machine.h"

namespace veil::x86 {

// A segment register's hidden part; attr as the high word of a descriptor has it (bits 23:8).
struct Segment {
  uint32_t base;
  uint32_t limit;  // last valid offset, granularity applied
  uint32_t attr;
};

// Words of the guest's state that instructions reach (isa/platform.toml, guest_state). ldt and tr are selectors;
// their _attr is like a segment's (0: the register holds no segment).
enum class SystemRegister : uint8_t {
  cr0,
  cr2,
  cr3,
  cr4,
  gdt_base,
  gdt_limit,
  idt_base,
  idt_limit,
  ldt,
  ldt_base,
  ldt_limit,
  ldt_attr,
  tr,
  tr_base,
  tr_limit,
  tr_attr,
  dr0,
  dr1,
  dr2,
  dr3,
  dr6,
  dr7,
};

template <class M>
concept InterpreterMachine = Machine<M> && std::same_as<typename M::Value, uint32_t> &&
    requires(M m, Vector vector, uint32_t u, uint16_t port, Width w, Seg s, SystemRegister r, Segment d) {
  m.raise(vector);                       // fault without error code
  m.raise(vector, u);                    // fault with error code
  m.unimplemented();                     // the run stops with a report
  m.halt();                              // hlt: EIP goes on after it
  { m.failed() } -> std::same_as<bool>;  // a fault is pending (always false where faults do not return)
  { m.in(port, w) } -> std::same_as<uint32_t>;
  m.out(port, w, u);
  { m.eflags() } -> std::same_as<uint32_t>;  // all of EFLAGS; RF is never set (see sem::deliver)
  m.set_eflags(u);
  // A load from a place that the instruction stores to afterwards: what forbids the store faults now.
  { m.load_to_write(s, u, w) } -> std::same_as<uint32_t>;
  // Accesses to linear addresses with the processor's own privilege, whatever the CPL: descriptor tables, TSS, the
  // stack of an inner ring. Paging applies; no segment does.
  { m.load_linear(u, w) } -> std::same_as<uint32_t>;
  m.store_linear(u, w, u);
  m.processor_accesses(bool{});  // a hint: from here on there are no other accesses, until `false` or a fault

  // ---- The guest's system state
  { m.cpl() } -> std::same_as<uint32_t>;
  { m.system(r) } -> std::same_as<uint32_t>;
  { m.selector(s) } -> std::same_as<uint32_t>;
  { m.segment(s) } -> std::same_as<Segment>;
  // Everything that can fault in this instruction is done; what follows are only writes of registers and of the state
  // below, and jump. A machine may make what has been stored permanent here.
  m.decided();
  // Only after decided():
  m.set_cpl(u);
  m.set_segment(s, u, d);     // selector and hidden part
  m.note_loaded(s, u, u, u);  // after that: the selector and the two words of the descriptor that it comes from
  // A write of cr0, cr3 or cr4 drops what is known of translated addresses, as far as the processor's would.
  m.set_system(r, u);
  m.invalidate_page(u);  // invlpg: what is known of this linear address
  // Before the next instruction is done
  m.inhibit_interrupts();  // no interrupt is taken: sti, mov ss, pop ss
  m.inhibit_traps();       // and no single-step trap: mov ss, pop ss

  { m.instructions() } -> std::same_as<uint64_t>;  // guest instructions committed so far
  // An iteration of a repeated string instruction is done: commits it (no instruction counted, EIP stays). False:
  // something is pending (an interrupt, a single-step trap), the instruction is to be left and taken up again.
  { m.iterate() } -> std::same_as<bool>;
  m.stay();  // EIP stays at this instruction
  // May a repeated movs or stos do several elements in one commit? Not after a fault in it: the fault is then met
  // again one by one, with count and pointers where they belong. Not while single-stepping.
  { m.blocks() } -> std::same_as<bool>;
};

}  // namespace veil::x86
