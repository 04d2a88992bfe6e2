// Events that go through the interrupt descriptor table: exceptions, software interrupts, device interrupts; and what
// becomes of an exception met while another event was being delivered (SDM vol. 3, 6.15, "Interrupt 8").
//
// The firmware's dispatcher, the host's machine and the tests have one way: an instruction's fault becomes
// `fault(...)`, sem::deliver() runs it as one atomic step from the state that the instruction has left; a fault in that
// step goes through `escalate`, until a delivery succeeds or the processor shuts down.
#pragma once

#include <cstdint>
#include <optional>

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

struct Event {
  enum class Kind : uint8_t {
    fault,     // saved EIP: the instruction itself, to be taken up again
    trap,      // saved EIP: after the instruction (single step, int1)
    software,  // int n, int3, into: the gate's DPL is checked; saved EIP: after the instruction
    external,  // a device, between two instructions
  };
  Kind kind = Kind::fault;
  uint8_t vector = 0;
  bool has_error = false;
  bool resume = false;  // RF in the saved EFLAGS: a fault, or a repeated string instruction that is to go on
  uint32_t error = 0;

  friend bool operator==(const Event&, const Event&) = default;
};

constexpr bool has_error_code(Vector v) {
  return v == Vector::df || (v >= Vector::ts && v <= Vector::pf) || v == Vector::ac;
}
constexpr Event fault_event(Vector v, uint32_t error = 0) {
  return {Event::Kind::fault, static_cast<uint8_t>(v), has_error_code(v), v != Vector::df, error};
}
constexpr Event trap_event(Vector v, bool resume = false) {
  return {Event::Kind::trap, static_cast<uint8_t>(v), false, resume, 0};
}
constexpr Event software_event(uint8_t number) { return {Event::Kind::software, number, false, false, 0}; }
constexpr Event external_event(uint8_t number, bool resume = false) {
  return {Event::Kind::external, number, false, resume, 0};
}

// SDM vol. 3, tables 6-4 and 6-5. `second`: the exception met while `first` was being delivered. What is to be
// delivered now, from the same state as `first`; nothing: the processor shuts down (triple fault).
constexpr std::optional<Event> escalate(const Event& first, const Event& second) {
  enum class Class : uint8_t { benign, contributory, page_fault, double_fault };
  const auto class_of = [](const Event& e) {
    if (e.kind != Event::Kind::fault) return Class::benign;
    switch (static_cast<Vector>(e.vector)) {
      case Vector::de:
      case Vector::ts:
      case Vector::np:
      case Vector::ss:
      case Vector::gp:
        return Class::contributory;
      case Vector::pf:
        return Class::page_fault;
      case Vector::df:
        return Class::double_fault;
      default:
        return Class::benign;
    }
  };
  const Class a = class_of(first);
  const Class b = class_of(second);
  if (a == Class::double_fault) return std::nullopt;
  const bool becomes_double = (a == Class::contributory && b == Class::contributory) ||
                              (a == Class::page_fault && (b == Class::contributory || b == Class::page_fault));
  return becomes_double ? fault_event(Vector::df, 0) : second;
}

}  // namespace veil::x86
