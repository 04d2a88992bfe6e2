// Gear 1 as the dispatcher uses it: runs guest instructions until there may be something better to run.
#pragma once

#include <cstdint>
#include <span>

#include "firmware/dispatcher/profile.h"
#include "veil/x86/insn.h"

namespace veil::fw {

// Interprets from the guest state block on; returns when the next instruction is a block start that has become hot.
// Never returns with gears = 1. Traps leave it through veil_guest_trap, with the guest between two instructions.
void interpret(Profile& profile);

// What the instruction after an errand is, if no jump leads to it.
enum class Next : uint8_t {
  start,         // a block start like any other
  continuation,  // of hot code: as hot as that
};
// What interpret() has to do before it looks for a hot block start: `at_least` instructions; and when `at_most` have
// been done, the next one counts as a block start even if no jump led to it.
void set_errand(uint32_t at_least, uint32_t at_most, Next next = Next::start);
void drop_errand();

// A trap while the interpreter ran: puts right what can be (the instruction is tried again), otherwise ends the run.
void interpreter_trap(uint32_t cause, uint32_t pc, uint32_t value);

// The last instruction of a detour (trap.S) may have led elsewhere than to the next one.
extern bool detour_jumped;

// The guest is single-stepping (TF): one instruction, and the trap after it is ready to be taken.
void single_step();

// Translations may run in the guest's present state.
bool translations_may_run();

// For reports: an address, the bytes there and what they are.
void name_instruction(uint32_t eip);

// For the translator: the instructions from an address on, in order, that the decode cache has with these
// bytes, in 32-bit code. Up to a transfer of control, or as many as `found` has room for; says how many.
uint32_t decoded_instructions(uint32_t eip, std::span<const uint8_t> bytes, std::span<const x86::Insn*> found);

// At boot, and when the mode of the processor changes.
void clear_decode_cache();

}  // namespace veil::fw
