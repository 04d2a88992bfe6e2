// The interpreter's machine on the native hardware (x86::InterpreterMachine). Guest memory is reached with guest loads
// and stores, which check and translate by themselves; the guest state block is read plainly and written with gated
// stores. So everything an instruction does waits for its commit, and a fault, which does not return, undoes it.
//
// EIP is kept in a register during an instruction and goes to the state block just before the commit. What no rollback
// could undo (system registers, hidden parts of segments, ports) is touched only after decided(): from there on nothing
// can fail, the deadline included.
#pragma once

#include <cstdint>

#include "firmware/dispatcher/clock.h"
#include "firmware/dispatcher/state.h"
#include "firmware/vcpu/count_mark.h"
#include "veil/x86/interpreter_machine.h"
#include "veil/x86/system_words.h"
#include "x86/interpreter/interpreter.h"
#include "x86/interpreter/number_machine.h"
#include "x86/semantics/operands.h"

namespace veil::fw {

// Why the interpreter has left by itself (ecall), written with ordinary stores: it survives the rollback.
enum class Request : uint8_t {
  none,
  exception,
  unimplemented,
  again,  // the deadline has to be dealt with before this instruction
  stay,   // an iteration of a repeated string instruction is done (and committed), and something waits
};

struct Pending {
  Request request = Request::none;
  uint8_t vector = 0;
  uint32_t error = 0;  // error code of the exception
  CountMark decided;   // decided() was passed last, and the instruction or delivery is not complete: no trap may come
  CountMark no_interrupt;  // no interrupt is taken (after sti, mov ss)
  CountMark no_trap;       // no single-step trap (after mov ss)
};

// How guest memory is accessed just now. `plain`: all six segments have base 0 and limit 4 GiB, and the hardware does
// the accesses. `software`: they are done step by step (software_access.h), which is slow and always succeeds.
struct AccessMode {
  bool plain = true;
  bool direct = true;     // the processor's own accesses need no change of privilege: not `software`, not ring 3
  bool flat = true;       // all six segments
  bool flat_code = true;  // CS alone
  bool software = false;
  bool translatable = true;  // 32-bit code and stack, flat CS: what translations assume
  bool flat_main = true;     // CS, DS, ES, SS
  uint32_t flat_set = 0x3f;  // each segment, by number: base 0, limit 4 GiB, readable, writable but for CS
  x86::Mode mode{.code32 = true, .stack32 = true};

  bool user = false;  // ring 3

  void set_software(bool value) {
    software = value;
    plain = flat && !software;
    direct = !user && !software;
  }
  void set_user(bool value) {
    user = value;
    direct = !user && !software;
  }
};

extern Pending pending;
extern AccessMode access_mode;

// x4, the guest state block's address everywhere in the firmware: one operation less than a constant.
register uint32_t state_base asm("tp");
// EIP after the instruction that is executed. Every instruction writes and reads it, its handler may change it: in a
// register of its own (firmware/CMakeLists.txt) that costs nothing.
register uint32_t next_eip_register asm("s11");

class NativeMachine : public x86::NumberMachine<NativeMachine> {
 public:
  using Width = x86::Width;
  using Gpr = x86::Gpr;
  using Seg = x86::Seg;

  // ---------------------------------------------------------------- what step() asks for
  static uint32_t eip() { return field<platform::guest_state::eip>(); }
  static x86::Mode mode() { return access_mode.mode; }
  static constexpr bool same_mode(x86::Mode) { return true; }  // a change of mode clears the decode cache
  static bool whole_words() { return access_mode.flat_code; }  // offset = linear address, without a limit
  // Aligned guest loads. Nearly all instructions are in one word or two.
  static bool code_matches(const x86::Entry<NativeMachine>& e) {
    const uint32_t at = e.eip & ~3u;
    // Attributes and order are for branches predicted taken only if they go backwards.
    if (e.words == 1) [[likely]]
      return (load_flat(at, Width::d) & e.first_mask) == e.first[0];
    if (e.words != 2) [[unlikely]]
      return code_matches_rarely(e);
    if ((load_flat(at, Width::d) & e.first_mask) != e.first[0]) [[unlikely]]
      return false;
    return (load_flat(at + 4, Width::d) & e.last_mask) == e.first[1];
  }
  static unsigned fetch(uint32_t eip, uint8_t (&bytes)[x86::kFetchBytes]);
  [[noreturn]] static void fetch_fault(uint32_t) { raise(x86::Vector::gp, 0); }
  static void start(uint32_t eip) { next_eip_register = eip; }
  static void begin(const x86::Entry<NativeMachine>& e) { next_eip_register = e.next_eip; }
  static bool end() {
    set_field<platform::guest_state::eip>(next_eip_register);
    isa::native::commit<1>();
    return true;
  }
  // The delivery of an event is a step as well, but no instruction.
  void start_event() {
    start(eip());
    event_ = true;
  }
  void end_event() {
    set_field<platform::guest_state::eip>(next_eip_register);
    isa::native::commit<0>();
    pending.decided.clear();
  }

  // ---------------------------------------------------------------- Machine
  static uint32_t gpr(Gpr r, Width, bool high) {
    const uint32_t at = gpr_address(r);
    return high ? *reinterpret_cast<const volatile uint8_t*>(at + 1) : *reinterpret_cast<const volatile uint32_t*>(at);
  }
  static void set_gpr(Gpr r, Width w, bool high, uint32_t v) {
    const uint32_t at = gpr_address(r) + (high ? 1 : 0);
    if (w == Width::d) {
      isa::native::store32<isa::Seg::mon>(at, v);
    } else if (w == Width::w) {
      isa::native::store16<isa::Seg::mon>(at, v);
    } else {
      isa::native::store8<isa::Seg::mon>(at, v);
    }
  }

  static uint32_t load(Seg s, uint32_t offset, Width w) {
    if (!access_mode.plain) [[unlikely]]
      return load_checked(s, offset, w);
    return load_flat(offset, w);
  }
  static uint32_t load_to_write(Seg s, uint32_t offset, Width w) {
    if (!access_mode.plain) [[unlikely]]
      return load_to_write_checked(s, offset, w);
    return load_flat(offset, w);
  }
  static void store(Seg s, uint32_t offset, Width w, uint32_t v) {
    if (!access_mode.plain) [[unlikely]]
      return store_checked(s, offset, w, v);
    store_flat(offset, w, v);
  }
  // The privilege is changed once, not for each access. (A trap puts it right: interpreter_trap.)
  static void processor_accesses(bool all) {
    if (access_mode.user && !access_mode.software) [[unlikely]]
      borrow_privilege(all);
  }
  static uint32_t load_linear(uint32_t linear, Width w) {
    if (!access_mode.direct) [[unlikely]]
      return load_as_processor(linear, w);
    return load_flat(linear, w);
  }
  static void store_linear(uint32_t linear, Width w, uint32_t v) {
    if (!access_mode.direct) [[unlikely]]
      return store_as_processor(linear, w, v);
    store_flat(linear, w, v);
  }

  // One native operation, with the guest's flags in f3 for as long as it takes.
  static uint32_t alu(x86::FlagFn fn, Width w, uint32_t a, uint32_t b) {
    using F = x86::FlagFn;
    switch (fn) {
      case F::add:
        return alu_width<isa::AluFn::add>(w, a, b);
      case F::sub:
        return alu_width<isa::AluFn::sub>(w, a, b);
      case F::adc:
        return alu_width<isa::AluFn::adc>(w, a, b);
      case F::sbb:
        return alu_width<isa::AluFn::sbb>(w, a, b);
      case F::and_:
        return alu_width<isa::AluFn::and_>(w, a, b);
      case F::or_:
        return alu_width<isa::AluFn::or_>(w, a, b);
      case F::xor_:
        return alu_width<isa::AluFn::xor_>(w, a, b);
      case F::mov:
        return b;
      case F::shl:
        return alu_width<isa::AluFn::shl>(w, a, b);
      case F::shr:
        return alu_width<isa::AluFn::shr>(w, a, b);
      case F::sar:
        return alu_width<isa::AluFn::sar>(w, a, b);
      case F::rol:
        return alu_width<isa::AluFn::rol>(w, a, b);
      case F::ror:
        return alu_width<isa::AluFn::ror>(w, a, b);
      case F::inc:
        return alu_width<isa::AluFn::inc>(w, a, b);
      case F::dec:
        return alu_width<isa::AluFn::dec>(w, a, b);
      case F::rsb:
        return alu_width<isa::AluFn::rsb>(w, a, b);
    }
    __builtin_unreachable();
  }

  static uint32_t cond(x86::Cond c) {
    isa::native::set_flags<3>(eflags());
    switch (c) {
#define VEIL_FW_CONDITION(name) \
  case x86::Cond::name:         \
    return condition<isa::Cond::name>();
      VEIL_FW_CONDITION(o)
      VEIL_FW_CONDITION(no)
      VEIL_FW_CONDITION(c)
      VEIL_FW_CONDITION(nc)
      VEIL_FW_CONDITION(z)
      VEIL_FW_CONDITION(nz)
      VEIL_FW_CONDITION(na)
      VEIL_FW_CONDITION(a)
      VEIL_FW_CONDITION(s)
      VEIL_FW_CONDITION(ns)
      VEIL_FW_CONDITION(p)
      VEIL_FW_CONDITION(np)
      VEIL_FW_CONDITION(l)
      VEIL_FW_CONDITION(nl)
      VEIL_FW_CONDITION(ng)
      VEIL_FW_CONDITION(g)
#undef VEIL_FW_CONDITION
    }
    __builtin_unreachable();
  }
  static uint32_t flags() { return eflags() & isa::eflags::all; }
  static void set_flags(uint32_t v) { put_eflags((eflags() & ~isa::eflags::all) | (v & isa::eflags::all)); }
  static void set_cf(uint32_t v) { put_eflags((eflags() & ~isa::eflags::cf) | ((v & 1) != 0 ? isa::eflags::cf : 0)); }
  static void set_cf_of(uint32_t v) {
    constexpr uint32_t kBoth = isa::eflags::cf | isa::eflags::of;
    put_eflags((eflags() & ~kBoth) | ((v & 1) != 0 ? kBoth : 0));
  }

  static void set_eip(uint32_t v) {
    if (!access_mode.plain) [[unlikely]]
      check_target(v);
    next_eip_register = v;
  }
  static uint32_t next_eip() { return next_eip_register; }

  // ---------------------------------------------------------------- InterpreterMachine
  [[noreturn]] static void raise(x86::Vector vector, uint32_t error = 0) { leave(Request::exception, vector, error); }
  [[noreturn]] static void unimplemented() { leave(Request::unimplemented, x86::Vector::ud); }
  static void halt();
  static constexpr bool failed() { return false; }
  static uint32_t in(uint16_t port, Width w);
  static void out(uint16_t port, Width w, uint32_t v);
  static uint32_t eflags() { return field<platform::guest_state::eflags>(); }
  // An interrupt that comes later has a deadline of its own.
  static void set_eflags(uint32_t v) {
    const uint32_t set = v & ~eflags();
    put_eflags(v);
    const uint32_t stops = x86::sem::kTf | firmware_state().interrupt_waits;
    if ((set & stops) != 0) [[unlikely]]
      return stop_behind_this_instruction();
    if ((v & x86::sem::kDf) != 0) [[unlikely]]
      stop_requested = true;
  }
  static uint32_t cpl() { return state_word(platform::guest_state::cpl); }
  static uint32_t system(x86::SystemRegister r) { return state_word(x86::system_word(r)); }
  static void set_system(x86::SystemRegister r, uint32_t v);
  static uint32_t selector(Seg s) { return state_word(x86::selector_word(s)); }
  static x86::Segment segment(Seg s) {
    const uint32_t at = hidden_words(s);
    return {state_word(at), state_word(at + 4), state_word(at + 8)};
  }
  // Stores that have been made are made for good, so that there is room for what follows. The deadline must not come
  // between: it comes first, and then the instruction once more.
  void decided() const {
    const uint32_t committed = isa::native::csr_read<isa::Csr::xgic>();
    if (!event_ && deadline_reached(committed)) [[unlikely]]
      leave(Request::again, x86::Vector::ud);
    if (access_mode.software) [[unlikely]]
      apply_software();
    isa::native::commit<0>();
    pending.decided.set(committed);
  }
  static void set_cpl(uint32_t to) {
    if (cpl() != to) [[unlikely]]
      change_cpl(to);
  }
  static void invalidate_page(uint32_t linear);
  static void inhibit_interrupts() { pending.no_interrupt.set(pending.decided.count() + 1); }
  static void inhibit_traps() { pending.no_trap.set(pending.decided.count() + 1); }
  static void set_segment(Seg s, uint32_t selector, x86::Segment hidden) {
    *reinterpret_cast<volatile uint32_t*>(state_base + x86::selector_word(s)) = selector;
    loaded_words(s)[0] = ~0u;
    const x86::Segment now = segment(s);
    const bool same = now.base == hidden.base && now.limit == hidden.limit && now.attr == hidden.attr;
    if (!same) change_segment(s, hidden);
  }
  static void note_loaded(Seg s, uint32_t selector, uint32_t low, uint32_t high) {
    constexpr uint32_t kLocal = 4;
    if ((selector & kLocal) != 0 || (selector & 0xfffc) == 0) return;
    volatile uint32_t* const words = loaded_words(s);
    words[0] = selector;
    words[1] = low;
    words[2] = high;
  }
  static uint64_t instructions();
  static bool iterate();
  [[noreturn]] static void stay() { leave(Request::stay, x86::Vector::ud); }
  static bool blocks() { return !access_mode.software && (eflags() & x86::sem::kTf) == 0; }
  [[noreturn]] static void page_fault(uint32_t linear, uint32_t error);
  static void update_jump_tag();
  // The hardware's segment registers and privilege, from the guest state block (a machine that goes on).
  static void load_hardware();  // privilege or segments have changed
  static uint32_t load_code_byte(uint32_t linear) { return load_flat(linear, Width::b); }

 private:
  static uint32_t state_word(uint32_t offset) {
    return *reinterpret_cast<const volatile uint32_t*>(state_base + offset);
  }
  // Base, limit and attributes of a segment register
  static uint32_t hidden_words(Seg s) {
    namespace state = platform::guest_state;
    return state::es_base + (state::cs_base - state::es_base) * static_cast<uint32_t>(s);
  }
  static volatile uint32_t* loaded_words(Seg s) { return &firmware_state().es_selector + 3 * static_cast<uint32_t>(s); }
  static void borrow_privilege(bool all);
  static void change_cpl(uint32_t cpl);
  static void apply_software();
  static void change_segment(Seg s, x86::Segment hidden);
  static uint32_t load_as_processor(uint32_t linear, Width w);
  static void store_as_processor(uint32_t linear, Width w, uint32_t v);
  template <uint32_t kOffset>
  static uint32_t field() {
    return *reinterpret_cast<const volatile uint32_t*>(state_base + kOffset);
  }
  // gx.sw mon with a displacement
  template <uint32_t kOffset>
  static void set_field(uint32_t v) {
    constexpr uint32_t word = isa::enc::gx_sw({.rs1 = 4, .seg = isa::Seg::mon, .disp7 = static_cast<int32_t>(kOffset)});
    static_assert(isa::fits_disp7(kOffset) && isa::convention::state == 4);
    asm volatile(".insn r %0, %1, %2, x%3, tp, %4"
                 :
                 : "i"(word & 0x7f), "i"(word >> 12 & 7), "i"(word >> 25), "i"(word >> 7 & 31), "r"(v)
                 : "memory");
  }
  static void put_eflags(uint32_t v) { set_field<platform::guest_state::eflags>(v); }
  static uint32_t gpr_address(Gpr r) { return state_base + 4 * static_cast<uint32_t>(r); }

  static uint32_t load_flat(uint32_t offset, Width w) {
    if (w == Width::d) return isa::native::load32<isa::Seg::flat>(offset);
    if (w == Width::w) return isa::native::load16<isa::Seg::flat>(offset);
    return isa::native::load8<isa::Seg::flat>(offset);
  }
  static void store_flat(uint32_t offset, Width w, uint32_t v) {
    if (w == Width::d) {
      isa::native::store32<isa::Seg::flat>(offset, v);
    } else if (w == Width::w) {
      isa::native::store16<isa::Seg::flat>(offset, v);
    } else {
      isa::native::store8<isa::Seg::flat>(offset, v);
    }
  }
  static uint32_t load_checked(Seg s, uint32_t offset, Width w);
  static uint32_t load_to_write_checked(Seg s, uint32_t offset, Width w);
  static void store_checked(Seg s, uint32_t offset, Width w, uint32_t v);

  template <isa::AluFn kFn>
  static uint32_t alu_width(Width w, uint32_t a, uint32_t b) {
    const uint32_t before = eflags();
    const isa::native::AluResult r = w == Width::d   ? isa::native::alu<kFn, isa::Width::d>(a, b, before)
                                     : w == Width::w ? isa::native::alu<kFn, isa::Width::w>(a, b, before)
                                                     : isa::native::alu<kFn, isa::Width::b>(a, b, before);
    put_eflags((before & ~isa::eflags::all) | r.flags);
    return r.value;
  }

  template <isa::Cond kCond>
  static uint32_t condition() {
    uint32_t value;
    constexpr uint32_t word = isa::enc::x_set({.cond = kCond, .fd = 3});
    asm volatile(".insn r %1, %2, %3, %0, x0, x%4"
                 : "=r"(value)
                 : "i"(word & 0x7f), "i"(word >> 12 & 7), "i"(word >> 25), "i"(word >> 20 & 31));
    return value;
  }
  static bool code_matches_rarely(const x86::Entry<NativeMachine>& e);
  static void check_target(uint32_t eip);

  [[noreturn]] static void leave(Request request, x86::Vector vector, uint32_t error = 0);

  bool event_ = false;
};

static_assert(x86::InterpreterMachine<NativeMachine>);

}  // namespace veil::fw
