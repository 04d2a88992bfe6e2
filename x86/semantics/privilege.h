// Changes of privilege: the stack of an inner ring from the TSS, frames pushed in the middle of a transfer, and what a
// return to an outer ring does to the data segments. Used by far transfers and by the delivery of events.
#pragma once

#include "x86/semantics/segment.h"

namespace veil::x86::sem {

constexpr uint32_t kEflagsFixed = 2;

// A stack that is being pushed to: the current one, or one that will be SS:ESP once the instruction is decided (then
// with the processor's own privilege: it belongs to a ring below 3).
template <InterpreterMachine M>
class Frame {
 public:
  Frame(M& m, const Segment& part, uint32_t esp, bool current) : m_(m), part_(part), esp_(esp), current_(current) {}

  // Is there room for `count` values of width w? (Writable it is: SS always is.)
  [[nodiscard]] bool room(uint32_t count, Width w) const {
    const uint32_t lowest = esp_ - count * bytes(w);
    const bool in_a_row = offset_mask() == 0xffffffff && lowest < esp_;
    if (in_a_row && (part_.attr & kExpandDown) == 0 && esp_ - 1 <= part_.limit) return true;
    for (uint32_t n = 1; n <= count; ++n) {
      if (!inside_limit(part_, (esp_ - n * bytes(w)) & offset_mask(), bytes(w))) return false;
    }
    return true;
  }
  void push(Width w, uint32_t v) {
    const uint32_t to = (esp_ - bytes(w)) & offset_mask();
    esp_ = (esp_ & ~offset_mask()) | to;
    if (current_) {
      m_.store(Seg::ss, to, w, v);
    } else {
      m_.store_linear(part_.base + to, w, v);
    }
  }
  [[nodiscard]] uint32_t esp() const { return esp_; }

 private:
  [[nodiscard]] uint32_t offset_mask() const { return (part_.attr & kDefault32) != 0 ? 0xffffffff : 0xffff; }

  M& m_;
  Segment part_;
  uint32_t esp_;
  bool current_;
};

// SS and ESP for privilege `level` (0 to 2) from the current TSS, checked. SDM vol. 3, 5.8.5; vol. 2, CALL, INT n.
struct InnerStack {
  Loading ss;
  uint32_t esp = 0;
};

template <InterpreterMachine M>
[[gnu::noinline]] InnerStack inner_stack(M& m, uint32_t level, uint32_t ext) {
  using R = SystemRegister;
  const uint32_t attr = m.system(R::tr_attr);
  const bool wide = (attr & kCode) != 0;  // bit 3 of the type: a 32-bit TSS
  const uint32_t offset = wide ? 4 + 8 * level : 2 + 4 * level;
  const uint32_t last = offset + (wide ? 5 : 3);
  if (attr == 0 || last > m.system(R::tr_limit)) {
    m.raise(Vector::ts, error_code(m.system(R::tr), ext));
    return {};
  }
  const uint32_t at = m.system(R::tr_base) + offset;
  const uint32_t esp = m.load_linear(at, wide ? Width::d : Width::w);
  const uint32_t selector = m.load_linear(at + (wide ? 4 : 2), Width::w);
  if (m.failed()) return {};
  return {check_stack_segment(m, selector, level, Vector::ts, ext), m.zext(esp, wide ? Width::d : Width::w)};
}

// Returning to an outer ring: data segments that it may not have become null (SDM, RET, IRET). After decided().
template <InterpreterMachine M>
void drop_inner_segments(M& m, uint32_t new_cpl) {
  for (const Seg s : {Seg::es, Seg::ds, Seg::fs, Seg::gs}) {
    const uint32_t attr = m.segment(s).attr;
    if (!is_conforming(attr) && privilege(attr) < new_cpl && !null_selector(m.selector(s))) {
      m.set_segment(s, 0, {0, 0, 0});
    }
  }
}

// Raises #GP(0) outside ring 0; a translation leaves that to the interpreter.
template <class M>
bool privileged(M& m) {
  if constexpr (InterpreterMachine<M>) {
    if (m.cpl() == 0) return true;
    m.raise(Vector::gp, 0);
    return false;
  } else {
    m.require_zero(m.cpl());
    return true;
  }
}

constexpr uint32_t iopl(uint32_t eflags) { return eflags >> 12 & 3; }

// The bits of EFLAGS that popf and iret change at this privilege. RF is not among them: it would only be seen in the
// frame of an interrupt between iret and the next instruction (breakpoints on instructions are not implemented).
constexpr uint32_t kAc = 0x40000, kId = 0x200000;
constexpr uint32_t kAlwaysChangeable = kArithmeticFlags | kTf | kDf | kNt | kAc | kId;
template <InterpreterMachine M>
uint32_t changeable_flags(M& m, Width w) {
  uint32_t flags = kAlwaysChangeable;
  if (m.cpl() == 0) flags |= kIopl;
  if (m.cpl() <= iopl(m.eflags())) flags |= kIf;
  return flags & mask(w);
}

}  // namespace veil::x86::sem
