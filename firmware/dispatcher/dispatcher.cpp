// What runs next: the interpreter, or a translation, which is made when a block start has become hot. Decisions are the
// policy's (policy.h); this is what carries them out.
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
#include "firmware/dispatcher/policy.h"
#include "firmware/dispatcher/report.h"
#include "firmware/dispatcher/state.h"
#include "firmware/vcpu/native_machine.h"

extern "C" [[noreturn]] void veil_enter_translation(uint32_t native, uint32_t tier);
extern "C" void veil_indirect_exit();
extern "C" void veil_detour();
extern "C" [[noreturn]] void veil_continue();

namespace veil::fw {

Firmware firmware;

namespace {

constexpr uint32_t kModeCode32 = 1;  // [block_descriptor] mode
constexpr uint32_t kModeFlat = 2;
constexpr uint32_t kModeRing3 = 4;
constexpr uint32_t kModePaging = 8;

constexpr uint32_t kLongestBlock = 31;    // instructions: a commit retires no more
constexpr uint32_t kLongestChecked = 32;  // bytes of a translation that checks its source
constexpr uint8_t kMostDiffered = 4;      // times that one finds its source changed before it is dropped

Policy policy;

// Block starts, by some bits of EIP, whose translations have met too often what they leave to the interpreter: system
// instructions there are left to detours.
constexpr uint32_t kDetours = 4096;
uint32_t detours[kDetours / 32] = {};

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

// Where the page after that of `eip` is, as code may be fetched from it now; kNoPage: nowhere.
uint32_t page_after(uint32_t eip) {
  const uint32_t linear = (eip | (kPageBytes - 1)) + 1;
  return linear == 0 ? kNoPage : code_physical(linear).value_or(kNoPage);
}

// A translation that crosses is right as long as its second page is where it was.
Block* find(const TranslationCache::Key& key) {
  for (Block* block = firmware.cache.find(key); block != nullptr; block = firmware.cache.find_next(*block, key)) {
    if (block->second_page == kNoPage || block->second_page == page_after(key.eip)) [[likely]]
      return block;
  }
  return nullptr;
}

// The deadline for what runs next: an event's, or a nearer one of the policy.
void arm_deadline() {
  if (!policy.sets_deadlines()) return;
  restore_deadline();
  const uint32_t to_event = deadline_left();
  const uint32_t nearest = policy.enter(committed(), to_event);
  if (nearest < to_event) set_deadline(nearest);
}

[[noreturn]] void enter(const Block& block) {
  arm_deadline();
  veil_enter_translation(block.native, block.tier);
}

// A chain holds for as long as both translations do. With paging on it also rests on where the page is: the source has
// been entered at its physical page, and nothing inside it flushes. So the target is right if it is on the same page,
// linear and physical. (A linear page may have changed its frame, without a flush, while the source ran: then the
// target is another frame's.) The way to another page is looked up each time, and so is the way into a translation that
// crosses (its gate).
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

// A new translation's exits to what is translated already: there is no reason to come back for them. (Where a target is
// on another page with paging on, the physical address is a guess that may_chain does not accept.)
void chain_known(Block& block) {
  for (ExitRecord& exit : firmware.cache.exits_of(block)) {
    if (exit.exit.kind != translator::ExitKind::direct) continue;
    const uint32_t physical = block.guest_physical + (exit.exit.target_eip - block.guest_eip);
    Block* const target = find({.eip = exit.exit.target_eip, .physical = physical, .mode = block.mode});
    if (target != nullptr && may_chain(block, *target)) firmware.cache.chain(exit, *target);
  }
}

// Where a translation ends before an instruction that must be interpreted. (Forced rollbacks count what translations
// commit, from each entry on.)
uint32_t interpret_exit() {
  return boot_block().rollback_every == 0 ? reinterpret_cast<uint32_t>(&veil_detour)
                                          : platform::translation_cache_address;
}

constexpr uint32_t kMostRollbacks = 8;  // of a translation by itself, before it is made otherwise

uint32_t detour_bit(uint32_t eip) { return (eip ^ eip >> 12) % kDetours; }
bool prefers_detours(uint32_t eip) { return (detours[detour_bit(eip) / 32] >> detour_bit(eip) % 32 & 1) != 0; }

// A translation has left its block to the interpreter, at run time. What does so always is made anew with detours.
void note_rollback(Block& block) {
  const uint32_t bit = detour_bit(block.guest_eip);
  if (++block.faults % kMostRollbacks != 0 || prefers_detours(block.guest_eip)) return;
  detours[bit / 32] |= 1u << bit % 32;
  firmware.cache.drop(block);
}

// Makes a translation; nullptr if that cannot be done, or not now.
Block* make(TranslationCache::Key key, Policy::Attempt first) {
  const auto tier_of = [](bool quick) { return quick ? isa::Tier::translate : isa::Tier::optimize; };
  native::set_tier(tier_of(first.quick));
  Exits exits;
  const uint32_t eip = key.eip;
  Block* block = nullptr;
  const std::span<const uint8_t> code = guest_code(key.physical);
  const uint32_t bytes = std::min<uint32_t>(static_cast<uint32_t>(code.size()), first.limit * x86::kMaxInsnBytes);
  std::array<const x86::Insn*, kLongestBlock> decoded;
  WriteHistory::Plan plan = firmware.writes.plan(key.physical, bytes, committed());
  const bool rests = plan.bytes < bytes;
  if (plan.checks) plan.bytes = std::min(plan.bytes, kLongestChecked);
  const uint32_t quiet = plan.bytes;
  const uint32_t count = decoded_instructions(eip, code.first(quiet), std::span(decoded).first(first.limit));
  // With paging only a block's first instruction crosses.
  const bool paging = (key.mode & kModePaging) != 0;
  const bool crosses = quiet == code.size() && (!paging || quiet < x86::kMaxInsnBytes);
  key.second_page = crosses ? page_after(eip) : kNoPage;
  std::span<const uint8_t> beyond;
  if (key.second_page != kNoPage) {
    beyond = guest_code(key.second_page);
    const uint32_t most = std::min<uint32_t>(static_cast<uint32_t>(beyond.size()), x86::kMaxInsnBytes - 1);
    const WriteHistory::Plan second = firmware.writes.plan(key.second_page, most, committed());
    beyond = beyond.first(second.bytes);
    if (second.checks && quiet < x86::kMaxInsnBytes) {
      plan.checks = true;
    } else if (second.checks) {
      beyond = {};  // what crosses starts a block
    }
  }
  key.checks = plan.checks;
  const bool perhaps_later = rests || (crosses && quiet + beyond.size() < x86::kMaxInsnBytes);
  for (std::optional<Policy::Attempt> attempt = first; attempt && quiet != 0;) {
    const bool quick = attempt->quick;
    const TranslationCache::Room room = firmware.cache.make_room(translator::kMaxBlockWords, translator::kMaxExits);
    const translator::Request request{.eip = eip,
                                      .bytes = code.first(quiet),
                                      .beyond = beyond,
                                      .code32 = true,
                                      .supervisor = (key.mode & kModeRing3) == 0 && !prefers_detours(eip),
                                      .counted_time = !host_clock(),
                                      .flat = access_mode.flat_main,
                                      .checks = plan.checks,
                                      .physical = key.physical,
                                      .beyond_physical = key.second_page,
                                      .paging = paging,
                                      .decoded = std::span(decoded).first(count),
                                      .native_base = room.native,
                                      .indirect_exit = reinterpret_cast<uint32_t>(&veil_indirect_exit),
                                      .dispatcher_exit = platform::translation_cache_address,
                                      .interpret_exit = interpret_exit()};
    const translator::Options options{.width = boot_block().width, .block_limit = attempt->limit, .quick = quick};
    const translator::Result result =
        translator::translate(request, options, translator_scratch(), room.code, exits.list);
    if (result.status == translator::Status::internal) fail("the translator contradicts itself");
    if (result.status == translator::Status::ok) {
      block = firmware.cache.add(room, key, result, std::span(exits.list).first(result.exits),
                                 static_cast<uint32_t>(quick ? isa::Tier::run_cold : isa::Tier::run_hot));
      if (block != nullptr) {
        block->made_at = committed();
        chain_known(*block);
      }
      break;
    }
    attempt = Policy::after(*attempt, result.status);
    if (attempt && attempt->quick != quick) native::set_tier(tier_of(attempt->quick));
  }
  if (block == nullptr) policy.not_made(eip, perhaps_later);
  native::set_tier(isa::Tier::dispatch);
  return block;
}

// The translation of what the guest is about to execute, made if there is none; nullptr if that cannot be done.
Block* find_or_make(uint32_t eip) {
  const std::optional<uint32_t> physical = code_physical(eip);
  if (!physical) return nullptr;
  const TranslationCache::Key key = key_of(eip, *physical);
  if (Block* block = find(key)) return block;
  return make(key, policy.first());
}

// An event has been delivered: its handler is a block start, which the jump table knows if it has been there lately.
bool handler_begins() {
  static uint32_t seen = 0;
  if (deliveries() == seen) return false;
  seen = deliveries();
  drop_errand();
  return policy.translates() && boot_block().rollback_every == 0 && translations_may_run();
}

[[noreturn]] void resume() {
  detour_jumped = true;
  veil_continue();
}

// `served`: nothing has happened since the deadline was set last.
[[noreturn]] void run(bool served = false) {
  for (;; served = false) {
    if (!served) serve_events();
    if ((guest_state().eflags & x86::sem::kTf) != 0) {
      single_step();
      continue;
    }
    if (handler_begins()) {
      arm_deadline();
      resume();
    }
    interpret(policy.profile());  // comes back at a hot block start
    native::set_tier(isa::Tier::dispatch);
    if (deadline_left() == 0) continue;  // something waits for this boundary
    if (translations_may_run()) {
      if (const Block* block = find_or_make(guest_state().eip)) enter(*block);
    }
    set_errand(1, 1, Next::continuation);  // its first instruction must be interpreted
  }
}

// A translation that checks its source has found it changed: for a moment, or for good.
void source_changed(Block& block) {
  if (++block.differed < kMostDiffered) return;
  firmware.writes.changed(block.guest_physical, block.made_at, committed());
  firmware.cache.drop(block);
}

// It checks its source, and new translations of the same code would do so, too.
bool checks_still(const Block& block) {
  return firmware.writes.plan(block.guest_physical, block.guest_bytes, committed()).checks;
}

// Control has come to the block start `eip`: its translation, made if it has become hot, or if it continues hot code.
// Without one the interpreter goes on.
Block& next_translation(uint32_t eip, bool continues) {
  const std::optional<uint32_t> physical = code_physical(eip);
  if (!physical) {
    set_errand(1, 1);
    run();
  }
  const TranslationCache::Key key = key_of(eip, *physical);
  Block* target = find(key);
  if (target == nullptr) {
    const Profile::Start start = continues ? policy.profile().reach(eip) : policy.profile().count(eip);
    if (start == Profile::Start::cold) run();
    if (start == Profile::Start::hot) target = make(key, policy.first());
    if (target == nullptr) {
      set_errand(1, 1, Next::continuation);
      run();
    }
  }
  return *target;
}

// The deadline has stopped a translation: goes on with it, or with a better one, if it was only to see that it runs.
void look_at(Block& block) {
  restore_deadline();
  const bool optimized =
      block.tier == static_cast<uint32_t>(isa::Tier::run_hot) && (!block.checks() || checks_still(block));
  const Policy::Sight sight = policy.look(committed(), deadline_left(), {block.instructions, block.samples, optimized});
  if (sight == Policy::Sight::event) return;
  if (!optimized) ++block.samples;
  if (sight == Policy::Sight::go_on) enter(block);
  const TranslationCache::Key key{block.guest_eip, block.guest_physical, block.mode};
  firmware.cache.drop(block);
  if (const Block* better = make(key, policy.optimize())) enter(*better);
}

[[noreturn]] void translation_trap(uint32_t cause, uint32_t pc, uint32_t value) {
  policy.left(committed());
  Block* block = firmware.cache.find_native(pc);
  if (block == nullptr) fail("trap in no translation");
  platform::GuestState& state = guest_state();
  state.eip = block->guest_eip;
  ++block->faults;
  uint32_t at_least = 1;
  const uint32_t instructions = block->instructions;
  switch (static_cast<isa::Cause>(cause)) {
    case isa::Cause::deadline:
      look_at(*block);
      restore_deadline();
      at_least = policy.walk(deadline_left());
      break;
    case isa::Cause::code_write:
      code_write_trap(value);
      break;
    case isa::Cause::store_overflow:
      if (const std::optional<Policy::Attempt> fewer = policy.fewer_stores(instructions)) {
        const TranslationCache::Key key{block->guest_eip, block->guest_physical, block->mode};
        firmware.cache.drop(*block);
        make(key, *fewer);
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
  run(static_cast<isa::Cause>(cause) != isa::Cause::deadline);
}

}  // namespace

void dispatch() {
  const platform::BootBlock& block = boot_block();
  policy.start({.gears = block.gears,
                .hot_threshold = block.hot_threshold,
                .optimize_threshold = block.optimize_threshold,
                .sample_every = block.sample_every,
                .rollback_every = block.rollback_every,
                .block_limit = block.block_limit});
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
  // After a fault nothing new waits: the deadline is as it was.
  if (!stop_requested && handler_begins()) resume();
  run();
}

// From trap.S, on a fresh stack: a translation has come to an end at `eip`, through the exit stub at `stub`.
extern "C" [[noreturn]] void veil_translation_left(uint32_t eip, uint32_t stub) {
  policy.left(committed());
  guest_state().eip = eip;
  const ExitRecord* record = firmware.cache.find_exit(stub);
  if (record == nullptr) fail("exit from no translation");
  const translator::Exit exit = record->exit;
  const bool continues = goes_straight_on(firmware.cache.owner(*record), exit);
  if (exit.kind == translator::ExitKind::interpret) {
    // Left before an instruction that must be interpreted, and not by a detour; or rolled back to the start
    // (require_zero).
    Block& block = firmware.cache.owner(*record);
    const bool whole = exit.target_eip == block.guest_eip;
    set_errand(1, whole ? block.instructions : 1, Next::continuation);
    if (whole && block.checks()) {
      source_changed(block);
    } else if (whole) {
      note_rollback(block);
    }
    run();
  }
  Block& target = next_translation(eip, continues);  // making it may evict the translation that we come from
  if (exit.kind == translator::ExitKind::indirect) {
    remember_jump(eip, target.native);
  } else if (ExitRecord* source = firmware.cache.find_exit(stub);
             source != nullptr && source->exit.kind == translator::ExitKind::direct && source->exit.target_eip == eip &&
             may_chain(firmware.cache.owner(*source), target)) {
    firmware.cache.chain(*source, target);
  }
  enter(target);
}

// From trap.S, on a fresh stack: a detour is over, and the jump table knows no translation for what comes next.
extern "C" [[noreturn]] void veil_detour_missed() {
  Block& target = next_translation(guest_state().eip, !detour_jumped);
  remember_jump(target.guest_eip, target.native);
  veil_enter_translation(target.native, target.tier);  // the deadline is as it was
}

// From trap.S: a detour is over, and something waits, or no translation may run.
extern "C" [[noreturn]] void veil_detour_ended() { run(); }

}  // namespace veil::fw
