// Descriptors of the GDT and LDT: fields, fetching one, the segment that it makes. SDM vol. 3, chapters 3.4, 3.5, 5.
//
// Error codes of a selector: bits 15:3 and TI as in the selector, bit 0 = EXT (`ext`: 1 while an event that the program
// did not ask for is being delivered).
#pragma once

#include "veil/x86/interpreter_machine.h"
#include "x86/semantics/operands.h"

namespace veil::x86::sem {

// The high word of a descriptor, and Segment::attr.
constexpr uint32_t kAccessed = 1u << 8, kWritable = 1u << 9, kConforming = 1u << 10, kCode = 1u << 11,
                   kNotSystem = 1u << 12, kPresent = 1u << 15, kDefault32 = 1u << 22, kGranular = 1u << 23;
constexpr uint32_t kReadable = kWritable;      // of a code segment
constexpr uint32_t kExpandDown = kConforming;  // of a data segment
// Attributes of flat 32-bit segments of ring 0, as multiboot starts a guest.
constexpr uint32_t kFlatCode = 0xc09b00, kFlatData = 0xc09300;
constexpr uint32_t kTableIndicator = 4;  // of a selector: LDT

// Types of system descriptors (SDM vol. 3, table 3-2).
enum class SystemType : uint8_t {
  tss16 = 1,
  ldt = 2,
  tss16_busy = 3,
  call_gate16 = 4,
  task_gate = 5,
  interrupt_gate16 = 6,
  trap_gate16 = 7,
  tss32 = 9,
  tss32_busy = 11,
  call_gate32 = 12,
  interrupt_gate32 = 14,
  trap_gate32 = 15,
};
constexpr uint32_t kTssBusy = 1u << 9;

constexpr uint32_t privilege(uint32_t attr) { return attr >> 13 & 3; }
constexpr uint32_t rpl(uint32_t selector) { return selector & 3; }
constexpr bool null_selector(uint32_t selector) { return (selector & 0xfffc) == 0; }
constexpr uint32_t error_code(uint32_t selector, uint32_t ext = 0) { return (selector & 0xfffc) | ext; }

constexpr bool is_code(uint32_t attr) { return (attr & (kNotSystem | kCode)) == (kNotSystem | kCode); }
constexpr bool is_data(uint32_t attr) { return (attr & (kNotSystem | kCode)) == kNotSystem; }
constexpr bool is_conforming(uint32_t attr) { return is_code(attr) && (attr & kConforming) != 0; }
constexpr bool is_writable_data(uint32_t attr) { return is_data(attr) && (attr & kWritable) != 0; }
constexpr bool is_system(uint32_t attr, SystemType t) {
  return (attr & kNotSystem) == 0 && (attr >> 8 & 15) == static_cast<uint32_t>(t);
}

// Do `size` bytes at `offset` lie inside the limit? (SDM vol. 3, 5.3; expand-down: above the limit.)
constexpr bool inside_limit(const Segment& s, uint32_t offset, uint32_t size) {
  const uint32_t last = offset + size - 1;
  if (last < offset) return false;
  if (is_data(s.attr) && (s.attr & kExpandDown) != 0) {
    return offset > s.limit && ((s.attr & kDefault32) != 0 || last <= 0xffff);
  }
  return last <= s.limit;
}

struct Descriptor {
  uint32_t valid = 0;  // found; a word, so that the compiler keeps the whole in registers
  uint32_t address = 0;
  uint32_t low = 0;
  uint32_t high = 0;  // attributes where Segment::attr has them

  // As a gate
  [[nodiscard]] constexpr uint32_t gate_selector() const { return low >> 16; }
  [[nodiscard]] constexpr uint32_t gate_offset(bool wide) const {
    return wide ? (low & 0xffff) | (high & 0xffff0000) : low & 0xffff;
  }
  [[nodiscard]] constexpr SystemType type() const { return static_cast<SystemType>(high >> 8 & 15); }
};

constexpr Segment hidden_part(const Descriptor& d) {
  const uint32_t limit = (d.low & 0xffff) | (d.high & 0xf0000);
  return {.base = d.low >> 16 | (d.high & 0xff) << 16 | (d.high & 0xff000000),
          .limit = (d.high & kGranular) != 0 ? limit << 12 | 0xfff : limit,
          .attr = d.high & 0x00f0ff00};
}

template <InterpreterMachine M>
bool in_protected_mode(M& m) {
  return (m.system(SystemRegister::cr0) & kCr0Pe) != 0 && (m.eflags() & kVm) == 0;
}

// The descriptor of a selector that is not null. Not valid: it lies outside its table, or reading it has failed.
template <InterpreterMachine M>
Descriptor find_descriptor(M& m, uint32_t selector) {
  using R = SystemRegister;
  const bool local = (selector & kTableIndicator) != 0;
  if (local && m.system(R::ldt_attr) == 0) return {};
  if (((selector & 0xffff) | 7) > m.system(local ? R::ldt_limit : R::gdt_limit)) return {};
  const uint32_t at = m.system(local ? R::ldt_base : R::gdt_base) + (selector & 0xfff8);
  const uint32_t low = m.load_linear(at, Width::d);
  const uint32_t high = m.load_linear(at + 4, Width::d);
  return {!m.failed(), at, low, high};
}

// The same; outside its table: `vector` with the selector.
template <InterpreterMachine M>
Descriptor fetch_descriptor(M& m, uint32_t selector, Vector vector = Vector::gp, uint32_t ext = 0) {
  if (!in_protected_mode(m)) {  // real mode, virtual 8086: not implemented
    m.unimplemented();
    return {};
  }
  const Descriptor d = find_descriptor(m, selector);
  if (!d.valid && !m.failed()) m.raise(vector, error_code(selector, ext));
  return d;
}

// The segment is being loaded into a register: the accessed bit is written if it is not set (SDM vol. 3, 3.4.5.1).
template <InterpreterMachine M>
void mark_accessed(M& m, Descriptor& d) {
  if ((d.high & kAccessed) != 0) return;
  d.high |= kAccessed;
  m.store_linear(d.address + 4, Width::d, d.high);
}

}  // namespace veil::x86::sem
