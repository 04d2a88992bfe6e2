#include "firmware/dispatcher/events.h"

#include <algorithm>

#include "firmware/dispatcher/clock.h"
#include "firmware/dispatcher/interpret.h"
#include "firmware/dispatcher/report.h"
#include "firmware/dispatcher/snapshot.h"
#include "firmware/dispatcher/state.h"
#include "firmware/vcpu/native_machine.h"
#include "firmware/vcpu/software_access.h"
#include "x86/semantics/interrupt.h"
#include "x86/semantics/processor.h"

namespace veil::fw {
namespace {

constexpr uint32_t kFar = 0x40000000;  // instructions: a deadline that only brings us back here
// Devices may go on without an interrupt that can wake the processor (all masked): then it does not wait.
constexpr uint32_t kMostIdleEvents = 10000000;
// Instructions between two looks at the host's clock. Time does not pass faster than instructions, so the next event is
// no reason to look sooner than it can happen; nor to look each instruction when it is near.
constexpr uint64_t kHostClockPoll = 10000;
constexpr uint64_t kHostClockLeast = 200;

struct Delivery {
  bool active = false;
  x86::Event event;  // being delivered
  x86::Event first;  // what it began with
};
Delivery delivery;
uint32_t delivered = 0;

bool step_trap = false;          // single-step trap to be taken
bool request_made = false;       // the boot block's interrupt: it has been requested
bool request_waiting = false;    // and not been taken yet
uint32_t idle_events = 0;        // since an interrupt was taken
uint64_t stop_at = Bus::kNever;  // committed instructions: the deadline, in 64 bits

void run_delivery(bool in_software) {
  native::set_tier(isa::Tier::interpret);
  NativeMachine machine;
  access_mode.set_software(in_software);
  if (in_software) software::begin();
  native::begin_speculation();
  machine.start_event();
  x86::sem::deliver(machine, delivery.event);
  machine.end_event();
  native::end_speculation();
  access_mode.set_software(false);
  delivery.active = false;
  ++delivered;
  idle_events = 0;
  native::set_tier(isa::Tier::dispatch);
}

[[noreturn]] void triple_fault() {
  report("veil: triple fault: vector ");
  report_hex(delivery.first.vector, 2);
  report(" at ");
  name_instruction(guest_state().eip);
  report("\n");
  stop(static_cast<uint32_t>(platform::ExitStatus::triple_fault));
}

[[noreturn]] void finish() {
  if (const auto status = firmware.bus.exit_status()) stop(*status);
  report("veil: the guest has halted at eip ");
  report_hex(guest_state().eip);
  report("\n");
  stop(static_cast<uint32_t>(platform::ExitStatus::halted));
}

// One event that interrupts the guest now; false: none.
bool take_event() {
  const auto committed = static_cast<uint32_t>(committed_instructions());
  (void)pending.decided.is(committed);
  const bool no_trap = pending.no_trap.is(committed);
  const bool no_interrupt = pending.no_interrupt.is(committed);
  if (step_trap) {
    step_trap = false;
    if (!no_trap) {
      guest_state().dr6 |= x86::sem::kDr6Bs;
      deliver(x86::trap_event(x86::Vector::db));
      return true;
    }
  }
  if ((guest_state().eflags & x86::sem::kIf) == 0 || no_interrupt) return false;
  if (request_waiting) {
    request_waiting = false;
    deliver(x86::external_event(static_cast<uint8_t>(boot_block().interrupt_vector)));
    return true;
  }
  if (!firmware.bus.interrupt_pending()) return false;
  deliver(x86::external_event(firmware.bus.acknowledge()));
  return true;
}

// Time until the next event passes at once. Nothing can wake the guest: the run ends.
void wait_halted(uint64_t now) {
  const uint64_t next = firmware.bus.next_event();
  if ((guest_state().eflags & x86::sem::kIf) == 0 || next == Bus::kNever || ++idle_events > kMostIdleEvents) finish();
  native::set_tier(isa::Tier::idle);
  pass_time(std::max(now, next));
}

}  // namespace

void serve_events() {
  native::set_tier(isa::Tier::dispatch);
  stop_requested = false;
  uint64_t now = guest_time();
  for (;; now = guest_time()) {
    if (now >= firmware.bus.next_event()) {
      native::set_tier(isa::Tier::device);
      firmware.bus.advance(now);
      native::set_tier(isa::Tier::dispatch);
    }
    if (firmware.bus.exit_status()) finish();
    if (!request_made && boot_block().interrupt_at != 0 && committed_instructions() >= boot_block().interrupt_at) {
      request_made = request_waiting = true;
    }
    if (take_event()) continue;
    if (guest_state().halted == 0) break;
    wait_halted(now);
  }

  const uint64_t committed = committed_instructions();
  save_if_due(committed);
  firmware.next_event = firmware.bus.next_event();
  stop_at = committed + (host_clock() ? kHostClockPoll : kFar);
  if (firmware.next_event != Bus::kNever) {
    const uint64_t least = host_clock() ? kHostClockLeast : 1;
    stop_at = std::min(stop_at, committed + std::max(firmware.next_event - now, least));
  }
  if (!request_made && boot_block().interrupt_at != 0) stop_at = std::min<uint64_t>(stop_at, boot_block().interrupt_at);
  stop_at = std::min(stop_at, save_deadline());
  // An interrupt waits only for the shadow to pass.
  note_interrupt_waits();
  if ((guest_state().eflags & firmware_state().interrupt_waits) != 0) stop_at = committed + 1;
  restore_deadline();
}

void note_interrupt_waits() {
  firmware_state().interrupt_waits = request_waiting || firmware.bus.interrupt_pending() ? x86::sem::kIf : 0;
}

void restore_deadline() {
  const uint64_t committed = committed_instructions();
  set_deadline(stop_at > committed ? static_cast<uint32_t>(std::min<uint64_t>(stop_at - committed, kFar)) : 0);
}

void deliver(const x86::Event& event) {
  if (event.kind == x86::Event::Kind::fault) native::log(platform::Log::guest_fault, event.vector);
  if (event.kind == x86::Event::Kind::external) native::log(platform::Log::guest_interrupt, event.vector);
  delivery = {true, event, event};
  guest_state().halted = 0;  // what ends a halt; the commit of the delivery shows it
  run_delivery(false);
}

bool delivering() { return delivery.active; }

uint32_t deliveries() { return delivered; }

void delivery_trap(DeliveryTrap why, const x86::Event& second) {
  if (why == DeliveryTrap::not_possible_so) return run_delivery(true);
  const auto next = x86::escalate(delivery.event, second);
  if (!next) triple_fault();
  delivery.event = *next;
  run_delivery(false);
}

void single_step_done() { step_trap = true; }

}  // namespace veil::fw
