// The translation runs on the ISS, in speculative mode, from its entry to the dispatcher's address; no firmware is
// there, so the TLB holds all guest pages.
#include "equivalence.h"

#include <fmt/format.h>

#include <cstring>
#include <random>
#include <utility>

#include "veil/isa/configs.h"
#include "veil/isa/disasm.h"
#include "veil/isa/platform.h"
#include "veil/iss/alu.h"
#include "veil/iss/tlb.h"
#include "view/view.h"

namespace veil::translator::test {

namespace {

constexpr uint32_t kDramBytes = platform::dram_min;
constexpr unsigned kFirst = isa::convention::guest_gpr_first;

const isa::Config& config(unsigned width) { return *isa::find_config(width == 1 ? "w1" : width == 2 ? "w2" : "w4", 2); }

uint32_t& gpr(x86::HostMachine& m, unsigned r) { return (&m.state.words.eax)[r]; }

}  // namespace

Comparison::Comparison(unsigned width)
    : dram_(kDramBytes),
      machine_(config(width), dram_, nullptr),
      memory_(kGuestBytes),
      initial_(kGuestBytes),
      reference_(memory_),
      cache_(std::make_unique<x86::DecodeCache<x86::HostMachine, 10>>()) {
  iss::State& state = machine_.state();
  state.xbound = kGuestBytes;
  for (uint32_t page = 0; page < kGuestBytes >> 12; ++page) {
    iss::tlb_enter(state, {.valid = true, .page = page << 12, .physical = page << 12 | isa::tlb::write, .granules = 0});
  }
  for (iss::Segment& segment : state.segments) segment = {0, 0xffffffff, isa::segattr::read | isa::segattr::write};
  state.segments[static_cast<unsigned>(x86::Seg::cs)].attributes = isa::segattr::read;
}

void Comparison::set_fs(uint32_t base, uint32_t limit) {
  fs_.base = base;
  fs_.limit = limit;
  iss::Segment& native = machine_.state().segments[static_cast<unsigned>(x86::Seg::fs)];
  native.base = base;
  native.limit = limit;
}

void Comparison::start_state(uint32_t seed) {
  std::mt19937 random(seed);
  for (uint8_t& byte : initial_) byte = 0;
  for (uint32_t i = 0; i < 0x1800; ++i) {  // around the pointers
    initial_[kDataAt - 0x800 + i] = static_cast<uint8_t>(random());
    initial_[kStackAt - 0x800 + i] = static_cast<uint8_t>(random());
  }
  reference_.reset();
  reference_.retired = 0;
  for (unsigned r = 0; r < 3; ++r) {
    constexpr uint32_t kCorners[] = {0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x80, 0x8000, 0xff};
    const uint32_t corner = kCorners[random() % 8];
    gpr(reference_, r) = random() % 3 == 0 ? corner : static_cast<uint32_t>(random());
  }
  for (const unsigned r : {3u, 5u, 6u, 7u}) gpr(reference_, r) = kDataAt + static_cast<uint32_t>(random() % 0x400);
  reference_.state.words.esp = kStackAt + static_cast<uint32_t>(random() % 4 == 0 ? random() % 4 : 0);
  const uint32_t flags = static_cast<uint32_t>(random()) & isa::eflags::all;
  reference_.state.words.eflags = 2 | flags;
  if (supervisor) {
    x86::HostMachine::State& state = reference_.state;
    const platform::GuestState& words = state.words;
    platform::GuestState next = system;
    std::memcpy(&next.eax, &words.eax, 8 * sizeof words.eax);
    next.eflags = system.eflags | words.eflags;
    state.words = next;
  }
  reference_.state.words.eip = kCodeAt;
  reference_.state.hidden[static_cast<unsigned>(x86::Seg::fs)] = fs_;
}

// The reference's state and memory, and the translation, into the native machine.
void Comparison::load_native(const Translated& block) {
  const uint32_t at = *machine_.dram_offset(kNativeBase);
  std::memcpy(dram_.data() + at, block.words.data(), 4 * block.words.size());
  std::memcpy(dram_.data(), initial_.data(), initial_.size());
  const uint32_t flags = reference_.state.words.eflags;
  std::memcpy(dram_.data() + *machine_.dram_offset(platform::guest_state_address), &reference_.state.words,
              sizeof(platform::GuestState));
  std::memcpy(dram_.data() + *machine_.dram_offset(platform::firmware_state_address), &firmware, sizeof firmware);
  machine_.flush_decoded();
  iss::State& state = machine_.state();
  for (unsigned r = 0; r < 8; ++r) state.x[kFirst + r] = gpr(reference_, r);
  state.x[isa::convention::state] = platform::guest_state_address;
  state.f[isa::convention::guest_flags] = iss::flags_of_eflags(flags);
  state.committed_x = state.x;
  state.committed_f = state.f;
  state.gated.clear();
  state.protected_.clear();
  state.pc = kNativeBase;
  state.xstatus = isa::xstatus::spec;
  state.xgic = 0;
  state.xdeadline = 0x7fffffff;
}

// Runs until the dispatcher is reached. Not empty: a trap, or no end.
std::string Comparison::run_native() {
  trapped_ = false;
  for (int groups = 0; groups < 100000; ++groups) {
    sim::GroupRecord record;
    machine_.step_group(record);
    if (record.committed && record.commit_count == 0) ++passes;
    if (record.trap.taken) {
      trapped_ = true;
      return fmt::format("trap {} at {:#x}, mtval {:#x}", isa::cause_name(record.trap.cause), record.trap.epc,
                         record.trap.tval);
    }
    if (record.next_pc == kDispatcherExit) return {};
  }
  return "the translation does not end";
}

std::string Comparison::compare_state() {
  const iss::State& state = std::as_const(machine_).state();
  for (unsigned r = 0; r < 8; ++r) {
    const uint32_t value = state.x[kFirst + r];
    if (value != gpr(reference_, r)) return fmt::format("register {}: {:#x}, not {:#x}", r, value, gpr(reference_, r));
  }
  const uint32_t flags = iss::eflags_of(state.f[isa::convention::guest_flags]);
  const uint32_t wanted = reference_.state.words.eflags & isa::eflags::all;
  if (flags != wanted) return fmt::format("flags {:#x}, not {:#x}", flags, wanted);
  if (!state.gated.empty()) return "uncommitted stores are left";
  if (supervisor) {
    platform::GuestState words;
    std::memcpy(&words, dram_.data() + *machine_.dram_offset(platform::guest_state_address), sizeof words);
    const platform::GuestState& wanted_words = reference_.state.words;
    if (((words.eflags ^ wanted_words.eflags) & ~isa::eflags::all) != 0) {
      return fmt::format("EFLAGS {:#x}, not {:#x}", words.eflags, wanted_words.eflags);
    }
    for (uint32_t at = platform::guest_state::es; at < sizeof words; at += 4) {
      const auto word = [at](const platform::GuestState& block) {
        uint32_t value = 0;
        std::memcpy(&value, reinterpret_cast<const uint8_t*>(&block) + at, sizeof value);
        return value;
      };
      if (word(words) == word(wanted_words)) continue;
      return fmt::format("{}: {:#x}, not {:#x}", platform::guest_state::kNames[at / 4], word(words),
                         word(wanted_words));
    }
  }
  if (std::memcmp(dram_.data(), memory_.data(), kGuestBytes) == 0) return {};
  for (uint32_t i = 0; i < kGuestBytes; ++i) {
    if (dram_[i] != memory_[i]) return fmt::format("memory at {:#x}: {:#x}, not {:#x}", i, dram_[i], memory_[i]);
  }
  return {};
}

std::string Comparison::compare_start() {
  ++rolled_back;
  reference_.state = start_;
  memory_ = initial_;
  return compare_state();
}

std::string Comparison::compare(const Translated& block, bool stopped) {
  const iss::State& state = std::as_const(machine_).state();
  const uint32_t eip = state.x[isa::convention::exit_eip];
  const uint32_t stub = (state.x[isa::convention::exit_info] - kNativeBase) / 4;
  const Exit* taken = nullptr;
  for (const Exit& exit : block.exits) {
    if (exit.stub == stub) taken = &exit;
  }
  if (taken == nullptr) return fmt::format("a1 names no stub: {:#x}", state.x[isa::convention::exit_info]);
  const bool back = taken->kind == ExitKind::interpret && taken->target_eip == kCodeAt && state.xgic == 0;
  if (back) return eip == kCodeAt ? compare_start() : fmt::format("eip {:#x} after a rollback", eip);
  if (stopped) return "the interpreter has faulted";
  if (state.xgic != block.result.instructions) return fmt::format("{} instructions committed", state.xgic);
  if (eip != reference_.state.words.eip) return fmt::format("eip {:#x}, not {:#x}", eip, reference_.state.words.eip);
  instructions += block.result.instructions;
  return compare_state();
}

std::string Comparison::run(const std::vector<uint8_t>& code, const Options& options, uint32_t seed) {
  const Translated block = translate_code(code, options, kCodeAt, {.supervisor = supervisor, .flat = flat});
  if (block.result.status == Status::nothing) return {};
  if (block.result.status != Status::ok) return fmt::format("status {}", static_cast<unsigned>(block.result.status));
  start_state(seed);
  std::copy(code.begin(), code.end(), initial_.begin() + kCodeAt);
  start_ = reference_.state;
  load_native(block);
  std::string fault = run_native();
  memory_ = initial_;
  bool stopped = false;
  for (unsigned i = 0; i < block.result.instructions && !stopped; ++i) {
    stopped = x86::step(reference_, *cache_) == x86::Step::stopped;
  }
  if (fault.empty()) {
    fault = compare(block, stopped);
  } else if (trapped_ && stopped) {
    fault = compare_start();  // both have faulted: nothing of the block has happened
  }
  if (fault.empty()) return {};
  Request request;
  request.eip = kCodeAt;
  request.bytes = code;
  request.native_base = kNativeBase;
  request.dispatcher_exit = kDispatcherExit;
  request.flat = flat;
  request.supervisor = request.counted_time = supervisor;
  return fault + "\n" + view(request, options, true).text;
}

std::string Comparison::run_repeat(const std::vector<uint8_t>& code, const Options& options, uint32_t seed,
                                   uint32_t count, uint32_t distance, bool down) {
  const Translated block = translate_code(code, options, kCodeAt, {.flat = flat});
  if (block.result.status != Status::ok) return fmt::format("status {}", static_cast<unsigned>(block.result.status));
  start_state(seed);
  std::copy(code.begin(), code.end(), initial_.begin() + kCodeAt);
  platform::GuestState& words = reference_.state.words;
  words.ecx = count;
  words.esi = kDataAt;
  words.edi = kDataAt + distance;
  if (down) words.eflags |= 0x400;
  start_ = reference_.state;
  load_native(block);
  const std::string fault = run_native();
  if (!fault.empty()) return fault;
  const iss::State& state = std::as_const(machine_).state();
  const bool back = state.x[isa::convention::exit_eip] == kCodeAt;
  if (back != down) return "only the interpreter changes DF";
  if (state.xgic != (back ? 0 : 1)) return fmt::format("{} instructions committed", state.xgic);
  memory_ = initial_;
  if (!back && x86::step(reference_, *cache_) == x86::Step::stopped) return "the interpreter has faulted";
  return compare_state();
}

}  // namespace veil::translator::test
