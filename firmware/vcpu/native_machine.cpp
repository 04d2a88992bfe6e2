// The rarer part of the interpreter's machine: ports, system registers, segments, device pages, and ways out.
#include "firmware/vcpu/native_machine.h"

#include <cstring>

#include "firmware/allocator/paging.h"
#include "firmware/allocator/segments.h"
#include "firmware/dispatcher/clock.h"
#include "firmware/dispatcher/events.h"
#include "firmware/dispatcher/interpret.h"
#include "firmware/vcpu/software_access.h"
#include "x86/semantics/descriptor.h"
#include "x86/semantics/processor.h"

namespace veil::fw {

Pending pending;
AccessMode access_mode;

using isa::Csr;

namespace {

constexpr uint32_t kRing3 = 3;
// Bits of AccessMode::flat_set
constexpr uint32_t kAllSegments = 0x3f, kMainSegments = 0xf, kCodeSegment = 1u << static_cast<unsigned>(x86::Seg::cs);

uint32_t state_address(uint32_t field) { return state_base + field; }

bool user_mode() { return NativeMachine::cpl() == kRing3; }

}  // namespace

void NativeMachine::leave(Request request, x86::Vector vector, uint32_t error) {
  pending.request = request;
  pending.vector = static_cast<uint8_t>(vector);
  pending.error = error;
  asm volatile("ecall" : : : "memory");  // rolls the instruction back; veil_guest_trap goes on
  __builtin_unreachable();
}

void NativeMachine::page_fault(uint32_t linear, uint32_t error) {
  guest_state().cr2 = linear;  // an ordinary store: it stays
  raise(x86::Vector::pf, error);
}

// ---------------------------------------------------------------- code
namespace {

// One byte of code at an offset in CS; false: beyond the limit.
bool code_byte(uint32_t offset, uint8_t& byte) {
  if (!access_mode.flat_code && offset > guest_state().cs_limit) return false;
  const uint32_t linear = access_mode.flat_code ? offset : guest_state().cs_base + offset;
  byte = access_mode.software ? software::fetch(linear, user_mode())
                              : static_cast<uint8_t>(NativeMachine::load_code_byte(linear));
  return true;
}

}  // namespace

// Not a byte beyond the instruction is asked for if it is in another page: that might fault, or be marked accessed.
unsigned NativeMachine::fetch(uint32_t eip, uint8_t (&bytes)[x86::kFetchBytes]) {
  if ((eip & (kPageBytes - 1)) < kPageBytes - x86::kFetchBytes && access_mode.plain) {
    const uint32_t at = eip & ~3u;
    const unsigned shift = (eip & 3) * 8;
    uint32_t low = load_flat(at, Width::d);  // aligned words: a load across words costs more than shifting
    for (unsigned n = 0; n < x86::kFetchBytes; n += 4) {
      const uint32_t high = load_flat(at + n + 4, Width::d);
      const uint32_t word = low >> shift | high << 1 << (31 - shift);
      std::memcpy(__builtin_assume_aligned(&bytes[n], 4), &word, 4);
      low = high;
    }
    return x86::kMaxInsnBytes;
  }
  const uint32_t linear = access_mode.flat_code ? eip : guest_state().cs_base + eip;
  const uint32_t room = kPageBytes - (linear & (kPageBytes - 1));
  unsigned n = 0;
  for (; n < x86::kMaxInsnBytes; ++n) {
    if (n == room && x86::decode({bytes, n}, mode()).status != x86::DecodeStatus::truncated) break;
    if (!code_byte(eip + n, bytes[n])) break;
  }
  return n;
}

// Long instructions, and code that is not flat.
bool NativeMachine::code_matches_rarely(const x86::Entry<NativeMachine>& e) {
  if (e.words == x86::Entry<NativeMachine>::kBytewise) {
    for (unsigned n = 0; n < e.insn.length; ++n) {
      uint8_t byte = 0;
      if (!code_byte(e.eip + n, byte) || byte != e.byte(n)) return false;
    }
    return true;
  }
  for (unsigned n = 0; n < e.words; ++n) {
    if ((load_flat((e.eip & ~3u) + 4 * n, Width::d) & e.mask(n)) != e.word(n)) return false;
  }
  return true;
}

// A near transfer beyond the limit faults at the instruction that makes it (SDM vol. 2, JMP, CALL, RET).
void NativeMachine::check_target(uint32_t eip) {
  if (eip > guest_state().cs_limit) raise(x86::Vector::gp, 0);
}

// ---------------------------------------------------------------- the point of no return
void NativeMachine::apply_software() { software::apply(); }

bool NativeMachine::iterate() {
  if (access_mode.software) software::apply();
  isa::native::commit<0>();
  return blocks();
}

void NativeMachine::halt() {
  if (deadline_reached()) leave(Request::again, x86::Vector::ud);
  isa::native::store32<isa::Seg::mon>(state_address(platform::guest_state::halted), 1);
  stop_behind_this_instruction();
}

// ---------------------------------------------------------------- ports
namespace {

// What an access may have changed is checked after the instruction.
void look_at_devices() {
  note_interrupt_waits();
  const bool taken = (NativeMachine::eflags() & firmware_state().interrupt_waits) != 0;
  const bool sooner = firmware.bus.next_event() < firmware.next_event;
  if (taken || sooner || firmware.bus.exit_status()) stop_behind_this_instruction();
}

}  // namespace

uint32_t NativeMachine::in(uint16_t port, Width w) {
  if (deadline_reached()) leave(Request::again, x86::Vector::ud);
  native::set_tier(isa::Tier::device);
  const uint32_t value = firmware.bus.in(port, x86::sem::bytes(w), guest_time());
  native::set_tier(isa::Tier::interpret);
  look_at_devices();
  return value;
}

void NativeMachine::out(uint16_t port, Width w, uint32_t v) {
  if (deadline_reached()) leave(Request::again, x86::Vector::ud);
  native::set_tier(isa::Tier::device);
  firmware.bus.out(port, x86::sem::bytes(w), v, guest_time());
  native::set_tier(isa::Tier::interpret);
  look_at_devices();
}

// ---------------------------------------------------------------- system state
namespace {

namespace state = platform::guest_state;

// xsegattr, from the attributes of a descriptor
uint32_t hardware_attributes(uint32_t attr) {
  const bool code = (attr & x86::sem::kCode) != 0;
  const bool second_bit = (attr & x86::sem::kWritable) != 0;  // code: readable
  uint32_t attributes = 0;
  if ((attr & x86::sem::kPresent) == 0) return attributes;
  if (!code || second_bit) attributes |= isa::segattr::read;
  if (!code && second_bit) attributes |= isa::segattr::write;
  if (!code && (attr & x86::sem::kExpandDown) != 0) attributes |= isa::segattr::down;
  if ((attr & x86::sem::kDefault32) != 0) attributes |= isa::segattr::big;
  return attributes;
}

}  // namespace

void NativeMachine::load_hardware() {
  for (unsigned s = 0; s < 6; ++s) {
    const x86::Segment part = segment(static_cast<Seg>(s));
    set_segment_registers(s, part.base, part.limit, hardware_attributes(part.attr));
  }
  set_user_mode(cpl() == kRing3);
  access_mode.set_user(cpl() == kRing3);
  update_jump_tag();
}

// From here on all is after decided(): ordinary stores, final at once.
void NativeMachine::set_system(x86::SystemRegister r, uint32_t v) {
  using R = x86::SystemRegister;
  auto* const word = reinterpret_cast<volatile uint32_t*>(state_address(x86::system_word(r)));
  const uint32_t changed = *word ^ v;
  *word = v;
  constexpr uint32_t kMatter = x86::sem::kCr0Pg | x86::sem::kCr0Wp | x86::sem::kCr0Pe;
  if ((r == R::cr0 && (changed & kMatter) != 0) || r == R::cr3 || r == R::cr4) forget_pages();
}

void NativeMachine::invalidate_page(uint32_t linear) { forget_page(linear); }

uint64_t NativeMachine::instructions() { return guest_time(); }

// Translations in the jump table are of one privilege, and flat or not.
void NativeMachine::update_jump_tag() {
  set_jump_context((NativeMachine::cpl() == kRing3 ? 1u : 0u) | (access_mode.flat_main ? 2u : 0u));
}

void NativeMachine::change_cpl(uint32_t cpl) {
  *reinterpret_cast<volatile uint32_t*>(state_address(state::cpl)) = cpl;
  set_user_mode(cpl == kRing3);
  access_mode.set_user(cpl == kRing3);
  update_jump_tag();
}

// Another hidden part: the segment CSRs, and what is assumed of segments.
void NativeMachine::change_segment(Seg s, x86::Segment hidden) {
  const x86::Segment before = segment(s);
  auto* const words = reinterpret_cast<volatile uint32_t*>(state_address(hidden_words(s)));
  words[0] = hidden.base;
  words[1] = hidden.limit;
  words[2] = hidden.attr;
  constexpr uint32_t kMatter =
      x86::sem::kPresent | x86::sem::kCode | x86::sem::kWritable | x86::sem::kExpandDown | x86::sem::kDefault32;
  const bool same_place = before.base == hidden.base && before.limit == hidden.limit;
  if (same_place && ((before.attr ^ hidden.attr) & kMatter) == 0) return;  // only the privilege level is another

  const uint32_t attributes = hardware_attributes(hidden.attr);
  const bool wide = (hidden.attr & x86::sem::kDefault32) != 0;
  set_segment_registers(static_cast<unsigned>(s), hidden.base, hidden.limit, attributes);

  const uint32_t bit = 1u << static_cast<unsigned>(s);
  const uint32_t wanted = isa::segattr::read | (s == Seg::cs ? 0 : isa::segattr::write);
  const bool is_flat =
      hidden.base == 0 && hidden.limit == ~0u && (attributes & (isa::segattr::down | wanted)) == wanted;
  access_mode.flat_set = is_flat ? access_mode.flat_set | bit : access_mode.flat_set & ~bit;
  const bool code_was_flat = access_mode.flat_code;
  const x86::Mode mode_before = access_mode.mode;
  access_mode.flat = (access_mode.flat_set & kAllSegments) == kAllSegments;
  access_mode.flat_main = (access_mode.flat_set & kMainSegments) == kMainSegments;
  access_mode.flat_code = (access_mode.flat_set & kCodeSegment) != 0;
  if (s == Seg::cs) access_mode.mode.code32 = wide;
  if (s == Seg::ss) access_mode.mode.stack32 = wide;
  access_mode.translatable = access_mode.flat_code && access_mode.mode.code32 && access_mode.mode.stack32;
  access_mode.set_software(access_mode.software);
  if (!access_mode.translatable) stop_requested = true;
  // The decode cache assumes these.
  if ((code_was_flat && !access_mode.flat_code) || !(access_mode.mode == mode_before)) clear_decode_cache();
  update_jump_tag();
}

// ---------------------------------------------------------------- accesses that are not plain
namespace {

template <isa::Seg kSeg>
uint32_t load_segment(uint32_t offset, x86::Width w) {
  if (w == x86::Width::d) return isa::native::load32<kSeg>(offset);
  if (w == x86::Width::w) return isa::native::load16<kSeg>(offset);
  return isa::native::load8<kSeg>(offset);
}
template <isa::Seg kSeg>
void store_segment(uint32_t offset, x86::Width w, uint32_t v) {
  if (w == x86::Width::d) {
    isa::native::store32<kSeg>(offset, v);
  } else if (w == x86::Width::w) {
    isa::native::store16<kSeg>(offset, v);
  } else {
    isa::native::store8<kSeg>(offset, v);
  }
}

// The linear address of an access that the segment allows (native-machine.md, "Memory"; SDM vol. 3, 5.3); otherwise
// the fault is raised.
uint32_t checked_linear(x86::Seg s, uint32_t offset, x86::Width w, bool write) {
  const x86::Segment part = NativeMachine::segment(s);
  const bool code = (part.attr & x86::sem::kCode) != 0;
  const bool second_bit = (part.attr & x86::sem::kWritable) != 0;  // data: writable; code: readable
  const bool kind = write ? !code && second_bit : !code || second_bit;
  if ((part.attr & x86::sem::kPresent) == 0 || !kind || !x86::sem::inside_limit(part, offset, x86::sem::bytes(w))) {
    NativeMachine::raise(s == x86::Seg::ss ? x86::Vector::ss : x86::Vector::gp, 0);
  }
  return part.base + offset;
}

// With the processor's own privilege for as long as one access takes. A trap in it leaves the bit as it is here: the
// dispatcher puts it right.
template <class Access>
auto as_supervisor(Access access) {
  struct Guard {
    bool user = user_mode();
    Guard() {
      if (user) set_user_mode(false);
    }
    ~Guard() {
      if (user) set_user_mode(true);
    }
  } guard;
  return access();
}

}  // namespace

void NativeMachine::borrow_privilege(bool all) {
  if (access_mode.direct == all) return;
  set_user_mode(!all);
  access_mode.direct = all;
}

uint32_t NativeMachine::load_as_processor(uint32_t linear, Width w) {
  if (access_mode.software) return software::load(linear, w, false);
  return as_supervisor([&] { return load_flat(linear, w); });
}

void NativeMachine::store_as_processor(uint32_t linear, Width w, uint32_t v) {
  if (access_mode.software) return software::store(linear, w, v, false);
  as_supervisor([&] { store_flat(linear, w, v); });
}

uint32_t NativeMachine::load_checked(Seg s, uint32_t offset, Width w) {
  if (access_mode.software) return software::load(checked_linear(s, offset, w, false), w, user_mode());
  switch (s) {
    case Seg::es:
      return load_segment<isa::Seg::es>(offset, w);
    case Seg::cs:
      return load_segment<isa::Seg::cs>(offset, w);
    case Seg::ss:
      return load_segment<isa::Seg::ss>(offset, w);
    case Seg::ds:
      return load_segment<isa::Seg::ds>(offset, w);
    case Seg::fs:
      return load_segment<isa::Seg::fs>(offset, w);
    default:
      return load_segment<isa::Seg::gs>(offset, w);
  }
}

uint32_t NativeMachine::load_to_write_checked(Seg s, uint32_t offset, Width w) {
  if (access_mode.software) return software::load_to_write(checked_linear(s, offset, w, true), w, user_mode());
  return load_checked(s, offset, w);
}

void NativeMachine::store_checked(Seg s, uint32_t offset, Width w, uint32_t v) {
  if (access_mode.software) return software::store(checked_linear(s, offset, w, true), w, v, user_mode());
  switch (s) {
    case Seg::es:
      return store_segment<isa::Seg::es>(offset, w, v);
    case Seg::cs:
      return store_segment<isa::Seg::cs>(offset, w, v);
    case Seg::ss:
      return store_segment<isa::Seg::ss>(offset, w, v);
    case Seg::ds:
      return store_segment<isa::Seg::ds>(offset, w, v);
    case Seg::fs:
      return store_segment<isa::Seg::fs>(offset, w, v);
    default:
      return store_segment<isa::Seg::gs>(offset, w, v);
  }
}

}  // namespace veil::fw
