// The interpreter's loop, and its traps. It runs in speculative mode, one commit an instruction, so the guest state
// block always is between two instructions when something interrupts it.
#include "firmware/dispatcher/interpret.h"

#include "firmware/dispatcher/report.h"
#include "firmware/interpreter/handlers.h"
#include "firmware/interpreter/native_machine.h"

namespace veil::fw {
namespace {

using Cache = DecodeCache<NativeMachine, 12>;
using native::Csr;

// Nothing initialises this section: clear_decode_cache does.
alignas(Cache) [[gnu::section(".tables")]] uint8_t decode_cache_storage[sizeof(Cache)];
Cache& decode_cache() { return *reinterpret_cast<Cache*>(decode_cache_storage); }

constexpr uint32_t kFar = 0x40000000;

struct Errand {
  bool active = false;
  uint32_t least_end = 0;  // xgic when `at_least` instructions are done
  uint32_t most_end = 0;
};
Errand errand;

// Translations are made for DF = 0 (veil/translator.h); what changes DF is the interpreter's alone.
bool translations_may_run() { return (NativeMachine::eflags() & x86::sem::kDf) == 0; }

bool reached(uint32_t count, uint32_t end) { return static_cast<int32_t>(count - end) >= 0; }

void name_instruction(uint32_t eip) {
  const std::span<const uint8_t> code = guest_code(eip);
  uint8_t bytes[x86::kMaxInsnBytes];
  unsigned n = 0;
  for (; n < x86::kMaxInsnBytes && eip + n < firmware.guest_memory; ++n) {
    bytes[n] = *reinterpret_cast<const volatile uint8_t*>(eip + n);
  }
  report("eip ");
  report_hex(eip);
  report(":");
  const x86::DecodeResult r = x86::decode({bytes, n}, NativeMachine::mode());
  const bool known = r.status == x86::DecodeStatus::ok;
  report_bytes({bytes, known ? r.insn.length : n});
  report("  ");
  report(code.empty() ? "(no memory)" : known ? x86::mnemonic(r.insn) : "(no such instruction)");
}

[[noreturn]] void finish() {
  if (const auto status = firmware.bus.exit_status()) stop(*status);
  report("veil: the guest has halted at eip ");
  report_hex(guest_state().eip);
  report("\n");
  stop(0);
}

// The IDT is not served yet, and a guest without one has no handler: the processor would shut down.
[[noreturn]] void guest_exception(uint32_t vector) {
  native::log(platform::Log::guest_fault, vector);
  const bool has_table = guest_state().idt_limit != 0;
  report(has_table ? "veil: guest exception through an IDT (not implemented): vector " : "veil: triple fault: vector ");
  report_hex(vector, 2);
  report(" at ");
  name_instruction(guest_state().eip);
  report("\n");
  stop(static_cast<uint32_t>(has_table ? platform::ExitStatus::internal : platform::ExitStatus::triple_fault));
}

[[noreturn]] void unimplemented() {
  native::log(platform::Log::unimplemented, guest_state().eip);
  report("veil: instruction not implemented: ");
  name_instruction(guest_state().eip);
  report("\n");
  stop(static_cast<uint32_t>(platform::ExitStatus::internal));
}

// One instruction outside speculative mode: its stores are final one by one, so that even more of them than the store
// buffer holds get through. Only for what has been seen to overflow.
void step_in_pieces() {
  NativeMachine machine;
  (void)step(machine, decode_cache());
}

// One instruction that touches a page without memory.
void step_with_devices() {
  NativeMachine machine;
  access_mode.set_devices(true);
  native::begin_speculation();
  (void)step(machine, decode_cache());
  native::end_speculation();
  access_mode.set_devices(false);
}

}  // namespace

bool guest_has_ended() { return pending.halted || firmware.bus.exit_status().has_value(); }

void finish_if_ended() {
  if (guest_has_ended()) finish();
}

void clear_decode_cache() {
  for (uint32_t i = 0; i < Cache::kEntries; ++i) decode_cache().at(i).handler = nullptr;
}

void set_errand(uint32_t at_least, uint32_t at_most) {
  const uint32_t now = native::csr_read<Csr::xgic>();
  errand = {true, now + at_least, now + at_most};
}

void interpret(Profile& profile) {
  NativeMachine machine;
  native::set_tier(isa::Tier::interpret);
  native::csr_write<Csr::xdeadline>(native::csr_read<Csr::xgic>() + kFar);
  const bool translating = boot_block().gears >= 2;
  native::begin_speculation();
  while (errand.active) {
    const bool block_end = step(machine, decode_cache()) == Step::block_end;
    const uint32_t now = native::csr_read<Csr::xgic>();
    if (!reached(now, errand.least_end)) continue;
    if (!block_end && !reached(now, errand.most_end)) continue;
    errand.active = false;
    if (!translating) break;
    const Profile::Start start = profile.count(NativeMachine::eip());
    if (start == Profile::Start::hot && translations_may_run()) {
      native::end_speculation();
      return;
    }
    if (start == Profile::Start::given_up) errand = {true, now + 1, now + 1};
  }
  while (translating) {
    if (step(machine, decode_cache()) != Step::block_end) continue;
    Profile::Start start = profile.count(NativeMachine::eip());
    while (start == Profile::Start::given_up) {
      (void)step(machine, decode_cache());
      start = profile.count(NativeMachine::eip());
    }
    if (start == Profile::Start::hot && translations_may_run()) {
      native::end_speculation();
      return;
    }
  }
  for (;;) (void)step(machine, decode_cache());
}

void interpreter_trap(uint32_t cause, uint32_t pc, uint32_t value) {
  const Pending request = pending;
  pending.request = Request::none;
  const uint32_t now = native::csr_read<Csr::xgic>();
  const bool again = pending.trapped_at == now;
  pending.trapped_at = now;
  access_mode.set_devices(false);
  finish_if_ended();
  switch (static_cast<isa::Cause>(cause)) {
    case isa::Cause::ecall:
      switch (request.request) {
        case Request::exception:
          guest_exception(request.vector);
        case Request::unimplemented:
          unimplemented();
        default:
          break;
      }
      break;
    case isa::Cause::code_write:
      code_written(value);
      native::csr_write<Csr::xtlbflush>(value & ~1u);
      return;
    case isa::Cause::deadline:
      return;  // interpret() sets the next
    case isa::Cause::io:
      native::set_tier(isa::Tier::interpret);
      step_with_devices();
      return;
    case isa::Cause::store_overflow:
      native::set_tier(isa::Tier::interpret);
      step_in_pieces();
      return;
    case isa::Cause::segment:
      if (!again) return;  // a repeated string instruction meets it once more, element by element
      guest_exception(static_cast<uint32_t>(x86::Vector::gp));
    default:
      break;
  }
  report("veil firmware: trap in the interpreter: cause ");
  report_hex(cause, 2);
  report(", pc ");
  report_hex(pc);
  report(", value ");
  report_hex(value);
  report("\n");
  fail("unexpected trap in the interpreter");
}

}  // namespace veil::fw
