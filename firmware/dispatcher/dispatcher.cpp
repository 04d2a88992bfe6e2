// What runs next: the interpreter, or a translation, which is made when a block start has become hot.
//
// Gear 2 translates quickly. In gear 3 the deadline, which stops translations for events, also stops them every so many
// instructions to see which of them runs: one that was seen often enough is made again by the optimizing translator.
// Guest time is counted in instructions, so the same translations are seen on every engine and at every width.
//
// A translation commits once, at its end. So whatever stops it in the middle has put the guest back to its first
// instruction, and the guest's EIP is in its descriptor; the interpreter then does its instructions one by one (the
// errand) and meets the cause again where it can be dealt with precisely.
#include "firmware/dispatcher/dispatcher.h"

#include <algorithm>
#include <array>
#include <optional>

#include "firmware/allocator/code_writes.h"
#include "firmware/allocator/paging.h"
#include "firmware/dispatcher/clock.h"
#include "firmware/dispatcher/events.h"
#include "firmware/dispatcher/interpret.h"
#include "firmware/dispatcher/profile.h"
#include "firmware/dispatcher/report.h"
#include "firmware/dispatcher/state.h"
#include "firmware/vcpu/native_machine.h"

extern "C" [[noreturn]] void veil_enter_translation(uint32_t native, uint32_t tier);

namespace veil::fw {

Firmware firmware;

namespace {

constexpr uint32_t kModeCode32 = 1;  // [block_descriptor] mode
constexpr uint32_t kModeFlat = 2;
constexpr uint32_t kModeRing3 = 4;
constexpr uint32_t kModePaging = 8;

constexpr uint32_t kLongestBlock = 31;  // instructions: a commit retires no more

constexpr uint32_t kLongestInterval = 64;  // between two looks, in units of sample_every

struct Dispatcher {
  Profile profile;
  // Forced rollbacks (rollback_every): instructions that translations may still commit before the next.
  uint32_t rollback_left = 0;
  uint32_t entered_at = 0;  // xgic when a translation was last entered
  uint32_t sample_at = 0;   // xgic when it is looked next which translation runs
  uint32_t sample_interval = 0;
};
Dispatcher dispatcher;

// Nothing sets them to anything before the translator does.
union Exits {
  Exits() {}
  std::array<translator::Exit, translator::kMaxExits> list;
};

bool in_translation(uint32_t tier) {
  return tier == static_cast<uint32_t>(isa::Tier::run_cold) || tier == static_cast<uint32_t>(isa::Tier::run_hot);
}

uint32_t committed() { return native::csr_read<isa::Csr::xgic>(); }

// With flat code EIP is the linear address.
TranslationCache::Key key_of(uint32_t eip, uint32_t physical) {
  const uint32_t mode = kModeCode32 | (access_mode.flat_main ? kModeFlat : 0) |
                        (guest_state().cpl == 3 ? kModeRing3 : 0) | (paging_on() ? kModePaging : 0);
  return {.eip = eip, .physical = physical, .mode = mode};
}

// Gear 3 looks for what is worth it. (Forced rollbacks have the deadline for themselves.)
bool sampling() {
  return boot_block().gears >= 3 && boot_block().optimize_threshold != 0 && boot_block().rollback_every == 0;
}

[[noreturn]] void enter(const Block& block) {
  dispatcher.entered_at = committed();
  if (sampling()) {
    int32_t left = static_cast<int32_t>(dispatcher.sample_at - dispatcher.entered_at);
    if (left <= 0) {  // it was the interpreter that ran
      left = static_cast<int32_t>(dispatcher.sample_interval);
      dispatcher.sample_at = dispatcher.entered_at + dispatcher.sample_interval;
    }
    restore_deadline();
    if (left < static_cast<int32_t>(deadline_left())) set_deadline(static_cast<uint32_t>(left));
  }
  if (boot_block().rollback_every != 0) {
    restore_deadline();
    if (dispatcher.rollback_left < deadline_left()) set_deadline(dispatcher.rollback_left);
  }
  veil_enter_translation(block.native, block.tier);
}

// A chain holds for as long as both translations do. With paging on it also rests on where the page is: the source has
// been entered at its physical page, and nothing inside it flushes. So the target is right if it is on the same page,
// linear and physical. (A linear page may have changed its frame, without a flush, while the source ran: then the
// target is another frame's.) The way to another page is looked up each time.
bool may_chain(const Block& from, const Block& to) {
  const auto same_page = [](uint32_t a, uint32_t b) { return a >> kPageShift == b >> kPageShift; };
  return (from.mode & kModePaging) == 0 ||
         (same_page(from.guest_eip, to.guest_eip) && same_page(from.guest_physical, to.guest_physical));
}

// The code was too long for one translation: what follows is as hot as what is done.
bool goes_straight_on(const Block& from, const translator::Exit& exit) {
  return from.exit_count == 1 && exit.kind == translator::ExitKind::direct &&
         exit.target_eip == from.guest_eip + from.guest_bytes;
}

// A translation has been left, one way or the other.
void account() {
  if (boot_block().rollback_every != 0) dispatcher.rollback_left -= committed() - dispatcher.entered_at;
}

// Makes a translation of at most `limit` instructions; nullptr if that cannot be done, or not now. Quickly, or, if that
// is not asked for or cannot be done, by the optimizing translator.
Block* make(const TranslationCache::Key& key, uint32_t limit, bool quick) {
  native::set_tier(quick ? isa::Tier::translate : isa::Tier::optimize);
  Exits exits;
  const uint32_t eip = key.eip;
  Block* block = nullptr;
  const std::span<const uint8_t> code = guest_code(key.physical);
  const uint32_t bytes = std::min<uint32_t>(static_cast<uint32_t>(code.size()), limit * x86::kMaxInsnBytes);
  std::array<const x86::Insn*, kLongestBlock> decoded;
  const uint32_t quiet = firmware.writes.quiet_bytes(key.physical, bytes, committed());
  const uint32_t count = decoded_instructions(eip, code.first(quiet), std::span(decoded).first(limit));
  while (limit != 0 && quiet != 0) {
    const TranslationCache::Room room = firmware.cache.make_room(translator::kMaxBlockWords, translator::kMaxExits);
    const translator::Request request{.eip = eip,
                                      .bytes = code.first(quiet),
                                      .code32 = true,
                                      .flat = access_mode.flat_main,
                                      .paging = (key.mode & kModePaging) != 0,
                                      .decoded = std::span(decoded).first(count),
                                      .native_base = room.native,
                                      .dispatcher_exit = platform::translation_cache_address};
    const translator::Options options{.width = boot_block().width, .block_limit = limit, .quick = quick};
    const translator::Result result =
        translator::translate(request, options, translator_scratch(), room.code, exits.list);
    if (result.status == translator::Status::no_room) {
      limit /= 2;
      continue;
    }
    if (result.status == translator::Status::nothing && quick) {
      quick = false;
      native::set_tier(isa::Tier::optimize);
      continue;
    }
    if (result.status == translator::Status::internal) fail("the translator contradicts itself");
    if (result.status == translator::Status::ok) {
      block = firmware.cache.add(room, key, result, std::span(exits.list).first(result.exits),
                                 static_cast<uint32_t>(quick ? isa::Tier::run_cold : isa::Tier::run_hot));
      if (block != nullptr) block->made_at = committed();
    }
    break;
  }
  if (block == nullptr && quiet < bytes) {
    dispatcher.profile.put_off(eip);
  } else if (block == nullptr) {
    dispatcher.profile.give_up(eip);
  }
  native::set_tier(isa::Tier::dispatch);
  return block;
}

// Of a block that has just become hot.
Block* make(const TranslationCache::Key& key, uint32_t limit) {
  return make(key, limit, boot_block().gears < 3 || boot_block().optimize_threshold != 0);
}

// The translation of what the guest is about to execute, made if there is none; nullptr if that cannot be done.
Block* find_or_make(uint32_t eip) {
  const std::optional<uint32_t> physical = code_physical(eip);
  if (!physical) return nullptr;
  const TranslationCache::Key key = key_of(eip, *physical);
  if (Block* block = firmware.cache.find(key)) return block;
  return make(key, boot_block().block_limit);
}

[[noreturn]] void run() {
  for (;;) {
    serve_events();
    if ((guest_state().eflags & x86::sem::kTf) != 0) {
      single_step();
      continue;
    }
    interpret(dispatcher.profile);  // comes back at a hot block start
    native::set_tier(isa::Tier::dispatch);
    if (deadline_left() == 0) continue;  // something waits for this boundary
    if (translations_may_run()) {
      if (const Block* block = find_or_make(guest_state().eip)) enter(*block);
    }
    set_errand(1, 1, Next::continuation);  // its first instruction must be interpreted
  }
}

// The deadline has stopped a translation only to see that it runs: goes on with it, or with a better one. Not if it
// would pass an event.
void sample(Block& block) {
  if (!sampling() || static_cast<int32_t>(committed() + block.instructions - dispatcher.sample_at) <= 0) return;
  // As long as it is optimized translations that are seen, it is looked less and less often.
  const uint32_t every = boot_block().sample_every;
  const bool optimized = block.tier == static_cast<uint32_t>(isa::Tier::run_hot);
  dispatcher.sample_interval = optimized ? std::min(2 * dispatcher.sample_interval, kLongestInterval * every) : every;
  dispatcher.sample_at = committed() + block.instructions + dispatcher.sample_interval;
  restore_deadline();
  if (deadline_left() < block.instructions) return;
  if (!optimized && ++block.samples >= boot_block().optimize_threshold) {
    const TranslationCache::Key key{block.guest_eip, block.guest_physical, block.mode};
    firmware.cache.drop(block);
    const Block* better = make(key, boot_block().block_limit, false);
    if (better == nullptr) return;
    enter(*better);
  }
  enter(block);
}

// The deadline has stopped a translation: how many instructions the interpreter does at least. To a forced rollback and
// past it, but not past an event.
uint32_t walk_to_deadline() {
  restore_deadline();
  const uint32_t to_event = deadline_left();
  if (boot_block().rollback_every == 0 || dispatcher.rollback_left > to_event) return to_event;
  const uint32_t to_rollback = 1 + dispatcher.rollback_left;
  dispatcher.rollback_left = boot_block().rollback_every;
  return std::min(to_event, to_rollback);
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
      sample(*block);
      at_least = walk_to_deadline();
      break;
    case isa::Cause::code_write:
      code_write_trap(value);
      break;
    case isa::Cause::store_overflow:
      // More stores than the buffer holds: half the block fits, or half of that.
      if (instructions > 1) {
        const TranslationCache::Key key{block->guest_eip, block->guest_physical, block->mode};
        firmware.cache.drop(*block);
        make(key, instructions / 2);
      }
      break;
    case isa::Cause::tlb_load:  // the refill has given up (trap.S)
    case isa::Cause::tlb_store:
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
  dispatcher.sample_interval = boot_block().sample_every;
  dispatcher.sample_at = dispatcher.sample_interval;
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
  const bool continues = goes_straight_on(firmware.cache.owner(*record), exit);
  if (exit.kind == translator::ExitKind::interpret) {
    // Left before an instruction that is the interpreter's; or rolled back to the start (require_zero).
    const Block& block = firmware.cache.owner(*record);
    set_errand(1, exit.target_eip == block.guest_eip ? block.instructions : 1, Next::continuation);
    run();
  }
  const std::optional<uint32_t> physical = code_physical(eip);
  if (!physical) {
    set_errand(1, 1);
    run();
  }
  const TranslationCache::Key key = key_of(eip, *physical);
  Block* target = firmware.cache.find(key);
  if (target == nullptr) {
    const Profile::Start start = continues ? dispatcher.profile.reach(eip) : dispatcher.profile.count(eip);
    if (start == Profile::Start::cold) run();
    if (start == Profile::Start::hot) {
      target = make(key, boot_block().block_limit);  // may evict the translation that we come from
    }
    if (target == nullptr) {
      set_errand(1, 1, Next::continuation);
      run();
    }
  }
  if (exit.kind == translator::ExitKind::indirect) {
    native::csr_write<isa::Csr::xjtkey>(eip);
    native::csr_write<isa::Csr::xjtval>(target->native);
  } else if (ExitRecord* source = firmware.cache.find_exit(stub);
             source != nullptr && source->exit.kind == translator::ExitKind::direct && source->exit.target_eip == eip &&
             may_chain(firmware.cache.owner(*source), *target)) {
    firmware.cache.chain(*source, *target);
  }
  enter(*target);
}

}  // namespace veil::fw
