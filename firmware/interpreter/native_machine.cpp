// The rarer part of the interpreter's machine: ports, system registers, segments, device pages, and ways out.
#include "firmware/interpreter/native_machine.h"

#include <cstring>

#include "firmware/allocator/segments.h"
#include "lift/semantics/descriptor.h"

namespace veil::fw {

Pending pending;
AccessMode access_mode;

using isa::Csr;

namespace {

uint32_t state_address(uint32_t field) { return state_base + field; }

}  // namespace

void NativeMachine::leave(Request request, x86::Vector vector, uint32_t error) {
  pending.request = request;
  pending.vector = static_cast<uint8_t>(vector);
  pending.error = error;
  asm volatile("ecall" : : : "memory");  // rolls the instruction back; veil_guest_trap goes on
  __builtin_unreachable();
}

unsigned NativeMachine::fetch(uint32_t eip, uint8_t (&bytes)[kFetchBytes]) {
  if ((eip & 0xfff) <= 0x1000 - kFetchBytes && eip < firmware.guest_memory) {
    for (unsigned n = 0; n < kFetchBytes; n += 4) {
      const uint32_t word = load_flat(eip + n, Width::d);
      std::memcpy(__builtin_assume_aligned(&bytes[n], 4), &word, 4);
    }
    return x86::kMaxInsnBytes;
  }
  unsigned n = 0;
  for (; n < x86::kMaxInsnBytes && eip + n < firmware.guest_memory; ++n) {
    bytes[n] = *reinterpret_cast<const volatile uint8_t*>(eip + n);
  }
  return n;
}

bool NativeMachine::code_matches_bytewise(const Entry<NativeMachine>& e) {
  for (unsigned n = 0; n < e.insn.length; ++n) {
    if (e.eip + n >= firmware.guest_memory) return false;
    const uint8_t byte = *reinterpret_cast<const volatile uint8_t*>(e.eip + n);
    if (byte != static_cast<uint8_t>(e.raw[n / 4] >> (n % 4 * 8))) return false;
  }
  return true;
}

// ---------------------------------------------------------------- the end of a run
namespace {

// What the guest asks for at the end of an instruction (port 0xf4, hlt) is done when that has been committed: the next
// commit is made to trap.
void stop_after_this_instruction() { isa::native::csr_write<Csr::xdeadline>(isa::native::csr_read<Csr::xgic>() + 1); }

bool ended() { return pending.halted || firmware.bus.exit_status().has_value(); }

}  // namespace

void NativeMachine::halt() {
  if (ended()) leave(Request::end, x86::Vector::ud);
  pending.halted = true;
  isa::native::store32<isa::Seg::mon>(state_address(platform::guest_state::halted), 1);
  stop_after_this_instruction();
}

// ---------------------------------------------------------------- ports
uint32_t NativeMachine::in(uint16_t port, Width w) {
  if (ended()) leave(Request::end, x86::Vector::ud);
  native::set_tier(isa::Tier::device);
  const uint32_t value = firmware.bus.in(port, x86::sem::bytes(w), instructions());
  native::set_tier(isa::Tier::interpret);
  return value;
}

void NativeMachine::out(uint16_t port, Width w, uint32_t v) {
  if (ended()) leave(Request::end, x86::Vector::ud);
  native::set_tier(isa::Tier::device);
  firmware.bus.out(port, x86::sem::bytes(w), v, instructions());
  native::set_tier(isa::Tier::interpret);
  if (firmware.bus.exit_status()) stop_after_this_instruction();
}

// ---------------------------------------------------------------- system state
namespace {

namespace state = platform::guest_state;

// By SystemRegister
constexpr uint16_t kSystemWords[] = {
    state::cr0,      state::cr2,       state::cr3,      state::cr4,      state::gdt_base,  state::gdt_limit,
    state::idt_base, state::idt_limit, state::ldt,      state::ldt_base, state::ldt_limit, state::ldt_attr,
    state::tr,       state::tr_base,   state::tr_limit, state::tr_attr,  state::dr0,       state::dr1,
    state::dr2,      state::dr3,       state::dr6,      state::dr7,
};

uint32_t system_word(x86::SystemRegister r) { return kSystemWords[static_cast<unsigned>(r)]; }

// Base, limit and attributes of a segment register
uint32_t hidden_words(x86::Seg s) {
  return state_address(state::es_base) + (state::cs_base - state::es_base) * static_cast<uint32_t>(s);
}

}  // namespace

uint32_t NativeMachine::system(x86::SystemRegister r) {
  return *reinterpret_cast<const volatile uint32_t*>(state_address(system_word(r)));
}
void NativeMachine::set_system(x86::SystemRegister r, uint32_t v) {
  isa::native::store32<isa::Seg::mon>(state_address(system_word(r)), v);
}
uint64_t NativeMachine::instructions() {
  return static_cast<uint64_t>(isa::native::csr_read<Csr::xgich>()) << 32 | isa::native::csr_read<Csr::xgic>();
}

uint32_t NativeMachine::selector(Seg s) {
  return *reinterpret_cast<const volatile uint32_t*>(state_address(platform::guest_state::es) +
                                                     4 * static_cast<uint32_t>(s));
}

x86::Segment NativeMachine::segment(Seg s) {
  const auto* words = reinterpret_cast<const volatile uint32_t*>(hidden_words(s));
  return {words[0], words[1], words[2]};
}

void NativeMachine::set_cpl(uint32_t cpl) { isa::native::store32<isa::Seg::mon>(state_address(state::cpl), cpl); }

// The hidden parts also live in the segment CSRs, which a rollback does not undo: semantics come here last.
void NativeMachine::set_segment(Seg s, uint32_t selector, x86::Segment hidden) {
  uint32_t attributes = 0;
  const bool code = (hidden.attr & x86::sem::kCode) != 0;
  const bool second_bit = (hidden.attr & x86::sem::kWritable) != 0;  // code: readable
  if ((hidden.attr & x86::sem::kPresent) != 0) {
    if (!code || second_bit) attributes |= isa::segattr::read;
    if (!code && second_bit) attributes |= isa::segattr::write;
    if (!code && (hidden.attr & x86::sem::kConforming) != 0) attributes |= isa::segattr::down;
    if ((hidden.attr & x86::sem::kDefault32) != 0) attributes |= isa::segattr::big;
  }
  if ((s == Seg::cs || s == Seg::ss) && (hidden.attr & x86::sem::kDefault32) == 0) unimplemented();
  set_segment_registers(static_cast<unsigned>(s), hidden.base, hidden.limit, attributes);
  access_mode.set_flat(segments_are_flat());
  isa::native::store32<isa::Seg::mon>(hidden_words(s), hidden.base);
  isa::native::store32<isa::Seg::mon>(hidden_words(s) + 4, hidden.limit);
  isa::native::store32<isa::Seg::mon>(hidden_words(s) + 8, hidden.attr);
  isa::native::store32<isa::Seg::mon>(state_address(platform::guest_state::es) + 4 * static_cast<uint32_t>(s),
                                      selector);
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

}  // namespace

// Pages without memory: nothing is there, reads give all ones and writes are lost. The segment is checked by the
// hardware when the page is memory; for a page that is none the flat case is assumed (an access outside its segment
// traps before the I/O bit is looked at).
uint32_t NativeMachine::load_checked(Seg s, uint32_t offset, Width w) {
  if (access_mode.devices) {
    const uint32_t first = segment_base(static_cast<unsigned>(s)) + offset;
    const uint32_t last = first + x86::sem::bytes(w) - 1;
    if (first >= firmware.guest_memory || last >= firmware.guest_memory) {
      uint32_t value = 0;
      for (unsigned n = 0; n < x86::sem::bytes(w); ++n) {
        value |= (first + n < firmware.guest_memory ? load_flat(first + n, Width::b) : 0xffu) << (8 * n);
      }
      return value;
    }
  }
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

void NativeMachine::store_checked(Seg s, uint32_t offset, Width w, uint32_t v) {
  if (access_mode.devices) {
    const uint32_t first = segment_base(static_cast<unsigned>(s)) + offset;
    const uint32_t last = first + x86::sem::bytes(w) - 1;
    if (first >= firmware.guest_memory || last >= firmware.guest_memory) {
      for (unsigned n = 0; n < x86::sem::bytes(w); ++n) {
        if (first + n < firmware.guest_memory) store_flat(first + n, Width::b, v >> (8 * n));
      }
      return;
    }
  }
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
