// The interpreter's loop, and its traps. It runs in speculative mode, one commit an instruction, so the guest state
// block always is between two instructions when something interrupts it.
#include "firmware/dispatcher/interpret.h"

#include <optional>

#include "firmware/allocator/code_writes.h"
#include "firmware/allocator/paging.h"
#include "firmware/dispatcher/clock.h"
#include "firmware/dispatcher/events.h"
#include "firmware/dispatcher/report.h"
#include "firmware/dispatcher/watchdog.h"
#include "firmware/vcpu/native_machine.h"
#include "firmware/vcpu/software_access.h"
#include "x86/interpreter/handlers.h"

namespace veil::fw {
namespace {

using Cache = x86::DecodeCache<NativeMachine, 12>;
using native::Csr;

// Nothing initialises this section: clear_decode_cache does.
alignas(Cache) [[gnu::section(".tables")]] uint8_t decode_cache_storage[sizeof(Cache)];
Cache& decode_cache() { return *reinterpret_cast<Cache*>(decode_cache_storage); }

struct Errand {
  bool active = false;
  uint32_t least_end = 0;  // xgic when `at_least` instructions are done
  uint32_t most_end = 0;
  Next next = Next::start;
};
Errand errand;

bool reached(uint32_t count, uint32_t end) { return static_cast<int32_t>(count - end) >= 0; }

[[noreturn]] void unimplemented() {
  native::log(platform::Log::unimplemented, guest_state().eip);
  report("veil: instruction not implemented: ");
  name_instruction(guest_state().eip);
  report("\n");
  stop(static_cast<uint32_t>(platform::ExitStatus::internal));
}

struct Stepping {
  bool active = false;
  uint32_t eflags_before = 0;
};
Stepping stepping;

// An instruction or an iteration is complete.
void step_done(bool trap) {
  if (!stepping.active) return;
  stepping.active = false;
  if (trap) single_step_done();
}

bool trap_follows(const x86::Insn& insn) {
  return x86::sem::single_step_trap(insn, stepping.eflags_before, NativeMachine::eflags());
}

// The instruction at EIP as it has been decoded, if the hardware can still fetch it: the access that it has given up is
// in another page. nullptr: it is to be fetched by software, too.
const x86::Entry<NativeMachine>* known_instruction(uint32_t eip, uint32_t access) {
  const x86::Entry<NativeMachine>& entry = decode_cache().slot(eip);
  if (entry.eip != eip || !access_mode.flat_code) return nullptr;
  const auto same_page = [](uint32_t a, uint32_t b) { return (a ^ b) >> kPageShift == 0; };
  if (same_page(access, eip) || same_page(access, entry.next_eip - 1)) return nullptr;
  return NativeMachine::code_matches(entry) ? &entry : nullptr;
}

// One instruction whose accesses are done by software: what the hardware would not do at the linear address `access`.
void step_in_software(uint32_t access) {
  native::set_tier(isa::Tier::interpret);
  NativeMachine machine;
  x86::Entry<NativeMachine> own;
  native::begin_speculation();
  const uint32_t eip = NativeMachine::eip();
  const x86::Entry<NativeMachine>* entry = known_instruction(eip, access);
  access_mode.set_software(true);
  software::begin();
  if (entry == nullptr) {
    machine.start(eip);
    (void)x86::refill(machine, own, eip);
    entry = &own;
  }
  machine.begin(*entry);
  entry->handler(machine, entry->insn);
  software::apply();
  (void)machine.end();
  native::end_speculation();
  access_mode.set_software(false);
  step_done(trap_follows(entry->insn));
}

Watchdog watchdog;

// Accesses that the hardware has not done for a reason of the guest's.
bool software_helps(isa::Cause why) {
  switch (why) {
    case isa::Cause::tlb_load:  // the refill has given up (trap.S)
    case isa::Cause::tlb_store:
    case isa::Cause::protection:
    case isa::Cause::segment:
    case isa::Cause::io:
    case isa::Cause::alias:
    case isa::Cause::store_overflow:
      return true;
    default:
      return false;
  }
}

[[noreturn]] void unexpected(uint32_t cause, uint32_t pc, uint32_t value) {
  report("veil firmware: trap in the interpreter: cause ");
  report_hex(cause, 2);
  report(", pc ");
  report_hex(pc);
  report(", value ");
  report_hex(value);
  report("\n");
  fail("unexpected trap in the interpreter");
}

}  // namespace

void name_instruction(uint32_t eip) {
  uint8_t bytes[x86::kMaxInsnBytes];
  unsigned n = 0;
  for (; n < x86::kMaxInsnBytes; ++n) {
    const std::optional<uint32_t> physical = code_physical(guest_state().cs_base + eip + n);
    if (!physical) break;
    const bool memory = *physical < firmware.guest_memory;
    bytes[n] = memory ? *reinterpret_cast<const volatile uint8_t*>(*physical) : 0xff;
  }
  report("eip ");
  report_hex(eip);
  report(":");
  const x86::DecodeResult r = x86::decode({bytes, n}, NativeMachine::mode());
  const bool known = r.status == x86::DecodeStatus::ok;
  report_bytes({bytes, known ? r.insn.length : n});
  report("  ");
  report(n == 0 ? "(no memory)" : known ? x86::mnemonic(r.insn) : "(no such instruction)");
}

// They are made for DF = 0 (veil/translator.h) and flat 32-bit code; only interpreted instructions change these.
bool translations_may_run() {
  return access_mode.translatable && (NativeMachine::eflags() & (x86::sem::kDf | x86::sem::kTf)) == 0;
}

uint32_t decoded_instructions(uint32_t eip, std::span<const uint8_t> bytes, std::span<const x86::Insn*> found) {
  // The bytes are at the physical address: at the same place in a word as at EIP, and no word leaves the page.
  const uint32_t to_physical = reinterpret_cast<uint32_t>(bytes.data()) - eip;
  const uint32_t end = eip + static_cast<uint32_t>(bytes.size());
  uint32_t count = 0;
  while (count < found.size() && eip != end) {
    const x86::Entry<NativeMachine>* at = &decode_cache().slot(eip);
    asm("" : "+r"(at));  // one pointer, as in step()
    const x86::Entry<NativeMachine>& entry = *at;
    if (entry.eip != eip || entry.mode != x86::Mode{} || entry.words == x86::Entry<NativeMachine>::kBytewise) break;
    if (entry.insn.length > end - eip) break;
    const auto* const words = reinterpret_cast<const uint32_t*>((eip & ~3u) + to_physical);
    if ((words[0] & entry.first_mask) != entry.first[0]) break;
    if (entry.words == 2) {
      if ((words[1] & entry.last_mask) != entry.first[1]) break;
    } else if (entry.words > 2) {
      unsigned n = 1;
      while (n < entry.words && (words[n] & entry.mask(n)) == entry.word(n)) ++n;
      if (n != entry.words) break;
    }
    found[count++] = &entry.insn;
    if (entry.ends) break;
    eip = entry.next_eip;
  }
  return count;
}

void clear_decode_cache() { decode_cache().clear(); }

void set_errand(uint32_t at_least, uint32_t at_most, Next next) {
  const uint32_t now = native::csr_read<Csr::xgic>();
  errand = {true, now + at_least, now + at_most, next};
}

void drop_errand() { errand.active = false; }

void interpret(Profile& profile) {
  NativeMachine machine;
  native::set_tier(isa::Tier::interpret);
  const bool translating = boot_block().gears >= 2;
  native::begin_speculation();
  while (errand.active) {
    const bool block_end = x86::step(machine, decode_cache()) == x86::Step::block_end;
    const uint32_t now = native::csr_read<Csr::xgic>();
    if (!reached(now, errand.least_end)) continue;
    if (!block_end && !reached(now, errand.most_end)) continue;
    errand.active = false;
    if (!translating) break;
    const bool continues = !block_end && errand.next == Next::continuation;
    const Profile::Start start = continues ? profile.reach(NativeMachine::eip()) : profile.count(NativeMachine::eip());
    if (start == Profile::Start::hot && translations_may_run()) {
      native::end_speculation();
      return;
    }
    if (start == Profile::Start::given_up) errand = {true, now + 1, now + 1, Next::continuation};
  }
  while (translating) {
    if (x86::step(machine, decode_cache()) != x86::Step::block_end) continue;
    Profile::Start start = profile.count(NativeMachine::eip());
    while (start == Profile::Start::given_up) {
      const bool block_end = x86::step(machine, decode_cache()) == x86::Step::block_end;
      start = block_end ? profile.count(NativeMachine::eip()) : profile.reach(NativeMachine::eip());
    }
    if (start == Profile::Start::hot && translations_may_run()) {
      native::end_speculation();
      return;
    }
  }
  for (;;) (void)x86::step(machine, decode_cache());
}

// A translation has left before an instruction that must be interpreted (trap.S). A trap begins anew as in interpret(),
// without an errand.
enum class Detour : uint32_t {
  wait,  // something waits, or no translation may run
  over,
  again,  // the next instruction must be interpreted as well
};
bool detour_jumped = false;
extern "C" Detour veil_interpret_one() {
  NativeMachine machine;
  detour_jumped = x86::step(machine, decode_cache()) == x86::Step::block_end;
  if (stop_requested) return Detour::wait;
  const uint32_t eip = NativeMachine::next_eip();
  const x86::Entry<NativeMachine>& next = decode_cache().slot(eip);
  return next.eip == eip && next.insn.interpret ? Detour::again : Detour::over;
}

void single_step() {
  NativeMachine machine;
  native::set_tier(isa::Tier::interpret);
  stepping = {true, NativeMachine::eflags()};
  const uint32_t eip = NativeMachine::eip();
  native::begin_speculation();
  (void)x86::step(machine, decode_cache());
  native::end_speculation();
  step_done(trap_follows(decode_cache().slot(eip).insn));
}

void interpreter_trap(uint32_t cause, uint32_t pc, uint32_t value) {
  const Pending request = pending;
  pending.request = Request::none;
  access_mode.set_software(false);
  set_user_mode(guest_state().cpl == 3);
  if (pending.decided.is(native::csr_read<Csr::xgic>())) fail("a trap when all was decided");
  if (watchdog.bites({native::csr_read<Csr::xgic>(), guest_state().ecx, guest_state().eip, deliveries()}))
    fail("no progress");
  const auto why = static_cast<isa::Cause>(cause);
  const bool exception = why == isa::Cause::ecall && request.request == Request::exception;
  const auto event = [&] { return x86::fault_event(static_cast<x86::Vector>(request.vector), request.error); };
  if (why == isa::Cause::ecall && request.request == Request::unimplemented) unimplemented();
  if (why == isa::Cause::code_write) {
    code_write_trap(value);
    if (delivering()) delivery_trap(DeliveryTrap::not_possible_so, {});
    return;
  }
  if (why == isa::Cause::protection) forget_page_entry(value);
  if (why != isa::Cause::ecall && why != isa::Cause::deadline && !software_helps(why)) unexpected(cause, pc, value);
  if (delivering()) {
    return delivery_trap(exception ? DeliveryTrap::exception : DeliveryTrap::not_possible_so, event());
  }
  // An iteration has been committed: its single-step trap is due, whatever else waits. (The instruction that has set TF
  // ends at the deadline; an iteration after it does not meet that, and may be here without single_step().)
  if (why == isa::Cause::ecall && request.request == Request::stay) {
    stepping.active = (NativeMachine::eflags() & x86::sem::kTf) != 0;
    return step_done(true);
  }
  // A deadline comes before the instruction and whatever it would do.
  if (deadline_reached() || why == isa::Cause::deadline) return;
  if (exception) {
    stepping.active = false;
    return deliver(event());
  }
  if (why != isa::Cause::ecall) return step_in_software(value);
}

}  // namespace veil::fw
