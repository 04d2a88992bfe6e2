// What runs next: the interpreter, or a translation, which is made when a block start has become hot.
//
// A translation commits once, at its end. So whatever stops it in the middle has put the guest back to its first
// instruction, and the guest's EIP is in its descriptor; the interpreter then does its instructions one by one (the
// errand) and meets the cause again where it can be dealt with precisely.
#include "firmware/dispatcher/dispatcher.h"

#include <algorithm>
#include <array>

#include "firmware/dispatcher/interpret.h"
#include "firmware/dispatcher/profile.h"
#include "firmware/dispatcher/report.h"
#include "firmware/dispatcher/state.h"
#include "firmware/interpreter/native_machine.h"

extern "C" [[noreturn]] void veil_enter_translation(uint32_t native, uint32_t tier);

namespace veil::fw {

Firmware firmware;

namespace {

constexpr uint32_t kModeCode32 = 1;  // [block_descriptor] mode
constexpr uint32_t kModeFlat = 2;
constexpr uint32_t kFar = 0x40000000;  // guest instructions: a deadline that is moved on before it matters

struct Dispatcher {
  Profile profile;
  // Forced rollbacks (rollback_every): instructions that translations may still commit before the next.
  uint32_t rollback_left = 0;
  uint32_t entered_at = 0;  // xgic when a translation was last entered
};
Dispatcher dispatcher;

bool in_translation(uint32_t tier) {
  return tier == static_cast<uint32_t>(isa::Tier::run_cold) || tier == static_cast<uint32_t>(isa::Tier::run_hot);
}

uint32_t committed() { return native::csr_read<isa::Csr::xgic>(); }

TranslationCache::Key key_of(uint32_t eip) {
  // Paging off: linear = physical. Code is 32-bit (native_machine.cpp refuses other segments).
  return {.eip = eip, .physical = eip, .mode = kModeCode32 | (access_mode.flat ? kModeFlat : 0)};
}

[[noreturn]] void enter(const Block& block) {
  dispatcher.entered_at = committed();
  const uint32_t left = boot_block().rollback_every != 0 ? dispatcher.rollback_left : kFar;
  native::csr_write<isa::Csr::xdeadline>(dispatcher.entered_at + left);
  veil_enter_translation(block.native, block.tier);
}

// A translation has been left, one way or the other.
void account() {
  if (boot_block().rollback_every != 0) dispatcher.rollback_left -= committed() - dispatcher.entered_at;
}

// Makes a translation of at most `limit` instructions; nullptr if that cannot be done, or not now.
Block* make(uint32_t eip, uint32_t limit) {
  native::set_tier(isa::Tier::translate);
  std::array<translator::Exit, translator::kMaxExits> exits;
  const TranslationCache::Key key = key_of(eip);
  Block* block = nullptr;
  const std::span<const uint8_t> code = guest_code(key.physical);
  const uint32_t bytes = std::min<uint32_t>(static_cast<uint32_t>(code.size()), limit * x86::kMaxInsnBytes);
  const uint32_t quiet = firmware.writes.quiet_bytes(key.physical, bytes, committed());
  while (limit != 0 && quiet != 0) {
    const TranslationCache::Room room = firmware.cache.make_room(translator::kMaxBlockWords, translator::kMaxExits);
    const translator::Request request{.eip = eip,
                                      .bytes = code.first(quiet),
                                      .code32 = true,
                                      .flat = access_mode.flat,
                                      .native_base = room.native,
                                      .dispatcher_exit = platform::translation_cache_address};
    const translator::Options options{.width = boot_block().width, .block_limit = limit};
    const translator::Result result = translator::translate(request, options, translator_scratch(), room.code, exits);
    if (result.status == translator::Status::no_room) {
      limit /= 2;
      continue;
    }
    if (result.status == translator::Status::internal) fail("the translator contradicts itself");
    if (result.status == translator::Status::ok) {
      block = firmware.cache.add(room, key, result, std::span(exits).first(result.exits),
                                 static_cast<uint32_t>(isa::Tier::run_cold));
      if (block != nullptr) block->made_at = committed();
    }
    break;
  }
  if (block == nullptr && quiet < bytes) {
    dispatcher.profile.forget(eip);  // another time
  } else if (block == nullptr) {
    dispatcher.profile.give_up(eip);
  }
  native::set_tier(isa::Tier::dispatch);
  return block;
}

Block* find_or_make(uint32_t eip) {
  if (Block* block = firmware.cache.find(key_of(eip))) return block;
  return make(eip, boot_block().block_limit);
}

[[noreturn]] void run() {
  for (;;) {
    interpret(dispatcher.profile);  // comes back at a hot block start
    native::set_tier(isa::Tier::dispatch);
    finish_if_ended();
    if (const Block* block = find_or_make(guest_state().eip)) enter(*block);
    set_errand(1, 1);  // its first instruction is the interpreter's
  }
}

[[noreturn]] void translation_trap(uint32_t cause, uint32_t pc, uint32_t value) {
  account();
  Block* block = firmware.cache.find_native(pc);
  if (block == nullptr) fail("trap in no translation");
  platform::GuestState& state = guest_state();
  state.eip = block->guest_eip;
  ++block->faults;
  uint32_t at_least = 1;
  const uint32_t instructions = block->instructions;
  switch (static_cast<isa::Cause>(cause)) {
    case isa::Cause::deadline:
      // The interpreter walks to the deadline and past it.
      at_least = 1 + dispatcher.rollback_left;
      dispatcher.rollback_left = boot_block().rollback_every;
      break;
    case isa::Cause::code_write:
      code_written(value);
      native::csr_write<isa::Csr::xtlbflush>(value & ~1u);
      break;
    case isa::Cause::store_overflow:
      // More stores than the buffer holds: half the block fits, or half of that.
      if (instructions > 1) {
        firmware.cache.drop(*block);
        make(state.eip, instructions / 2);
      }
      break;
    case isa::Cause::protection:
    case isa::Cause::segment:
    case isa::Cause::io:
    case isa::Cause::alias:
      break;
    default:
      report("veil firmware: translation trapped: cause ");
      report_hex(cause, 2);
      report(", pc ");
      report_hex(pc);
      report(", value ");
      report_hex(value);
      report("\n");
      fail("unexpected trap in a translation");
  }
  set_errand(at_least, std::max(at_least, instructions));
  run();
}

}  // namespace

void dispatch() {
  dispatcher.profile.set_threshold(std::max<uint32_t>(boot_block().hot_threshold, 1));
  dispatcher.rollback_left = boot_block().rollback_every;
  run();
}

// From trap.S, on a fresh stack: a trap in speculative mode, rolled back.
extern "C" [[noreturn]] void veil_guest_trap() {
  const uint32_t cause = native::csr_read<isa::Csr::mcause>();
  const uint32_t pc = native::csr_read<isa::Csr::mepc>();
  const uint32_t value = native::csr_read<isa::Csr::mtval>();
  const uint32_t tier = native::csr_read<isa::Csr::xtier>();
  native::set_tier(isa::Tier::dispatch);
  if (in_translation(tier)) translation_trap(cause, pc, value);
  interpreter_trap(cause, pc, value);
  run();
}

// From trap.S, on a fresh stack: a translation has come to an end at `eip`, through the exit stub at `stub`.
extern "C" [[noreturn]] void veil_translation_left(uint32_t eip, uint32_t stub) {
  account();
  guest_state().eip = eip;
  const ExitRecord* record = firmware.cache.find_exit(stub);
  if (record == nullptr) fail("exit from no translation");
  const translator::Exit exit = record->exit;
  if (exit.kind == translator::ExitKind::interpret) {
    // Left before an instruction that is the interpreter's; or rolled back to the start (require_zero).
    const Block& block = firmware.cache.owner(*record);
    set_errand(1, exit.target_eip == block.guest_eip ? block.instructions : 1);
    run();
  }
  Block* target = firmware.cache.find(key_of(eip));
  if (target == nullptr) {
    const Profile::Start start = dispatcher.profile.count(eip);
    if (start == Profile::Start::cold) run();
    if (start == Profile::Start::hot) {
      target = make(eip, boot_block().block_limit);  // may evict the translation that we come from
    }
    if (target == nullptr) {
      set_errand(1, 1);
      run();
    }
  }
  if (exit.kind == translator::ExitKind::indirect) {
    native::csr_write<isa::Csr::xjtkey>(eip);
    native::csr_write<isa::Csr::xjtval>(target->native);
  } else if (ExitRecord* source = firmware.cache.find_exit(stub);
             source != nullptr && source->exit.kind == translator::ExitKind::direct && source->exit.target_eip == eip) {
    firmware.cache.chain(*source, *target);
  }
  enter(*target);
}

}  // namespace veil::fw
