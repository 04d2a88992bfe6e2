// What happens between two guest instructions: devices get on, interrupts and exceptions are delivered, a halted guest
// waits.
#pragma once

#include <cstdint>

#include "veil/x86/event.h"

namespace veil::fw {

// At an instruction boundary: brings the devices to the present, takes what interrupts the guest, lets a halted guest's
// time go on, and sets the deadline for the next time. Ends the run if the guest has asked for it, or waits for
// nothing.
void serve_events();

// Goes through the IDT. A fault on the way comes back through delivery_trap().
void deliver(const x86::Event& event);

// A delivery is under way: a trap in the interpreter is its.
bool delivering();
// How many events have been delivered; wraps.
uint32_t deliveries();
enum class DeliveryTrap : uint8_t {
  exception,
  not_possible_so
};  // as the machine tells it; the accesses need software
void delivery_trap(DeliveryTrap why, const x86::Event& second);

// An instruction that began with TF set is complete.
void single_step_done();

// Keeps interrupt_waits of [firmware_state] true: after events have been served, and after accesses to devices.
void note_interrupt_waits();

// The deadline is as serve_events() has left it.
void restore_deadline();

}  // namespace veil::fw
