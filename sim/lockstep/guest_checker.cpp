#include "sim/lockstep/guest_checker.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "veil/isa/native.h"
#include "veil/isa/platform.h"

namespace veil::lockstep {
namespace {

constexpr std::array<const char*, 8> kNames = {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"};
constexpr uint32_t kDirection = 0x400;   // DF: the interpreter keeps it, and translations obey it
constexpr uint32_t kInterrupts = 0x200;  // IF
constexpr uint32_t kTrap = 0x100;        // TF
constexpr size_t kTrail = 64;
constexpr uint32_t kDefault32 = 0x400000;  // D bit of a segment
constexpr uint8_t kPageFault = 14;
// Exceptions that depend on nothing but what the reference knows: segment limits and rights it does not check.
constexpr std::array<uint8_t, 4> kComparable = {0, 5, 6, kPageFault};

std::string hex(uint32_t value) { return fmt::format("{:#010x}", value); }

std::string describe(const sim::GuestState& state) {
  std::string text;
  for (size_t i = 0; i < kNames.size(); ++i) text += fmt::format("{} {:08x}  ", kNames[i], state.gpr[i]);
  return text + fmt::format("\neip {}  eflags {:08x}\n",
                            state.eip_known ? fmt::format("{:08x}", state.eip) : std::string("(in a translation)"),
                            state.eflags);
}

}  // namespace

GuestChecker::GuestChecker(sim::Shadow& shadow, const sim::Translations& translations)
    : shadow_(shadow), translations_(translations), reference_(shadow.dram().first(shadow.guest_bytes())) {}

std::optional<Difference> GuestChecker::retired(const sim::GroupRecord& record) {
  for (const sim::FinalStore& store : shadow_.take_stores()) {
    if (store.address < shadow_.guest_bytes()) veil_stores_.push_back(store);
  }
  if (!started_) {
    // The first speculative group: boot has set up the guest and the interpreter (or a translation) begins.
    if (!record.speculative) return std::nullopt;
    if (auto found = start()) return found;
  }
  if (record.csr.valid && record.csr.csr == static_cast<uint16_t>(isa::Csr::xlog) &&
      record.csr.value >> 28 == static_cast<uint32_t>(platform::Log::guest_fault)) {
    exception_ = static_cast<uint8_t>(record.csr.value);
  }
  if (record.trap.taken || !record.committed) return std::nullopt;
  if (record.commit_count == 0) {
    return record.tier == static_cast<uint8_t>(isa::Tier::interpret) ? check_event() : std::nullopt;
  }
  // In a translation EIP is known where the next group is another translation's entry.
  veil_now_ = shadow_.guest();
  if (const sim::Translation* next = translations_.at_entry(record.next_pc);
      next != nullptr && sim::is_run_tier(record.tier)) {
    veil_now_.eip = next->guest_eip;
    veil_now_.eip_known = true;
  }
  return check_commit(record.commit_count);
}

// The guest begins as the boot block says; what that leaves open (other registers) is adopted.
std::optional<Difference> GuestChecker::start() {
  constexpr uint32_t kState = platform::guest_state_address;
  constexpr uint32_t kBoot = platform::boot_block_address;
  namespace state = platform::guest_state;
  namespace boot = platform::boot_block;
  // No translation has run yet: everything is in the block.
  sim::GuestState first = shadow_.guest();
  for (uint32_t i = 0; i < 8; ++i) first.gpr[i] = shadow_.word(kState + state::eax + 4 * i).value_or(0);
  first.eip = shadow_.word(kState + state::eip).value_or(0);
  first.eflags = shadow_.word(kState + state::eflags).value_or(0);
  first.eip_known = true;
  started_ = true;
  veil_now_ = first;
  std::vector<Mismatch> mismatches;
  const auto want = [&](const char* what, uint32_t core, uint32_t offset) {
    const uint32_t expected = shadow_.word(kBoot + offset).value_or(0);
    if (core != expected) mismatches.push_back({what, hex(core), hex(expected)});
  };
  if (shadow_.word(kBoot + boot::resume) == 0u) {  // a saved machine goes on wherever it was
    want("eip", first.eip, boot::entry_eip);
    want("eax", first.gpr[0], boot::entry_eax);
    want("ebx", first.gpr[3], boot::entry_ebx);
  }
  if (!mismatches.empty()) return difference("the guest does not begin as the boot block says", std::move(mismatches));
  lost_ = !reference_.set_system(system(), false);
  follow(first);
  copy_stores(veil_stores_);
  veil_stores_.clear();
  return std::nullopt;
}

ReferenceSystem GuestChecker::system() const {
  namespace state = platform::guest_state;
  const auto word = [this](uint32_t offset) { return veil_now_.at(offset); };
  constexpr uint32_t kHidden = state::cs_base - state::es_base;  // base, limit and attributes of one segment
  ReferenceSystem result;
  result.cr0 = word(state::cr0);
  result.cr3 = word(state::cr3);
  result.cpl = word(state::cpl);
  for (uint32_t n = 0; n < result.segments.size(); ++n) {
    const uint32_t hidden = state::es_base + kHidden * n;
    result.segments[n] = {word(state::es + 4 * n), word(hidden), word(hidden + 4), word(hidden + 8)};
  }
  return result;
}

// SDM vol. 3, 3.4.5: what the processor keeps of a descriptor. A null selector, and a register that a return to an
// outer ring has emptied, have no attributes.
std::optional<Difference> GuestChecker::check_segments(const ReferenceSystem& before) {
  namespace state = platform::guest_state;
  constexpr uint32_t kProtected = 1, kVirtual = 0x20000, kLocal = 4, kGranular = 0x800000, kAttributes = 0x00f0ff00;
  if (lost_ || (veil_now_.at(state::cr0) & kProtected) == 0 || (veil_now_.eflags & kVirtual) != 0) return std::nullopt;
  const ReferenceSystem now = system();
  std::vector<Mismatch> mismatches;
  for (size_t n = 0; n < now.segments.size(); ++n) {
    const ReferenceSegment& veil = now.segments[n];
    if (veil == before.segments[n]) continue;
    ReferenceSegment wanted{.selector = veil.selector};
    if ((veil.selector & 0xfffc) != 0) {
      const bool local = (veil.selector & kLocal) != 0;
      const uint32_t table = veil_now_.at(local ? state::ldt_base : state::gdt_base);
      std::array<uint32_t, 2> words{};
      std::array<uint8_t, sizeof words> bytes{};
      if (reference_.read(table + (veil.selector & 0xfff8), bytes) != bytes.size()) continue;
      std::memcpy(words.data(), bytes.data(), sizeof words);
      const auto [low, high] = words;
      const uint32_t limit = (low & 0xffff) | (high & 0xf0000);
      wanted.base = low >> 16 | (high & 0xff) << 16 | (high & 0xff000000);
      wanted.limit = (high & kGranular) != 0 ? limit << 12 | 0xfff : limit;
      wanted.attr = high & kAttributes;
    }
    ++counts_.segments;
    const auto compare = [&](uint32_t core, uint32_t reference, uint32_t offset) {
      if (core == reference) return;
      mismatches.push_back({platform::guest_state::kNames[offset / 4 + 3 * n], hex(core), hex(reference)});
    };
    compare(veil.attr, wanted.attr, state::es_attr);
    if (wanted.attr == 0) continue;  // what base and limit an empty register has cannot be seen
    compare(veil.base, wanted.base, state::es_base);
    compare(veil.limit, wanted.limit, state::es_limit);
  }
  if (mismatches.empty()) return std::nullopt;
  return difference("a segment register is not what its descriptor says", std::move(mismatches));
}

const GuestInstruction& GuestChecker::decode(uint32_t eip) {
  std::array<uint8_t, 15> bytes = {};
  const size_t there = reference_.code(eip, bytes);
  const bool code32 = (reference_.system().segments[1].attr & kDefault32) != 0;
  Cached& cached = decoded_[eip];
  if (!cached.instruction.valid || cached.bytes != bytes || cached.code32 != code32) {
    cached.bytes = bytes;
    cached.code32 = code32;
    cached.instruction = decode_guest(std::span(bytes).first(there), code32);
  }
  return cached.instruction;
}

bool GuestChecker::execute(std::string& error, bool only_one) {
  const GuestInstruction instruction = decode(eip_);
  trail_.push_back(eip_);
  if (trail_.size() > kTrail) trail_.pop_front();
  if (!instruction.valid) {
    error = fmt::format("no instruction at {:#010x}, but Veil executed one", eip_);
    return false;
  }
  const sim::GuestState now = reference_.get();
  const uint32_t ecx = now.gpr[1];
  if (instruction.taken_over || undefined_result(instruction, ecx) || (now.eflags & kTrap) != 0) {
    takes_over_ = true;
    flush_ = instruction.flushes;
    return only_one;  // inside a longer commit it is unknown where it goes on
  }
  if ((instruction.reads_flags & undefined_) != 0) {
    takes_over_ = true;
    return only_one;
  }
  const Stepped how = reference_.step(eip_, instruction.length, instruction.repeats, instruction.jumps);
  if (how == Stepped::no_memory && !only_one) {  // only the interpreter goes there
    error = fmt::format("the reference reaches a page without memory at {:#010x}, in a translation", eip_);
    return false;
  }
  if (how == Stepped::fault) {
    error = fmt::format("the reference stops at {:#010x} ({}), Veil does not", eip_, reference_.error());
    return false;
  }
  if (how != Stepped::done) {  // absent memory, or code that need not be there
    takes_over_ = true;
    return only_one;
  }
  undefined_ = (undefined_ & ~defined_flags(instruction, ecx)) | undefined_flags(instruction, ecx);
  eip_ = reference_.get().eip;
  ++counts_.instructions;
  return true;
}

// A commit of no instruction is a piece of a repeated string instruction, or the delivery of an event.
std::optional<Difference> GuestChecker::check_event() {
  const sim::GuestState now = shadow_.guest();
  if (lost_ || (now.eip == eip_ && now.gpr[4] == before_.gpr[4] &&
                now.at(platform::guest_state::cpl) == reference_.system().cpl)) {
    return std::nullopt;
  }
  veil_now_ = now;
  auto found = exception_ ? check_exception() : std::nullopt;
  exception_.reset();
  ++counts_.events;
  copy_stores(veil_stores_);
  veil_stores_.clear();
  copy_stores(reference_.take_stores());
  auto segments = adopt(now);
  return found ? found : segments;
}

// The instruction that Veil says has raised an exception must do so on the reference, from the state before it.
std::optional<Difference> GuestChecker::check_exception() {
  if (std::find(kComparable.begin(), kComparable.end(), *exception_) == kComparable.end()) return std::nullopt;
  const GuestInstruction instruction = decode(eip_);
  // Not present as a whole: nothing to execute. In single steps the reference would trap after it.
  if (!instruction.valid || instruction.taken_over || (reference_.get().eflags & kTrap) != 0) return std::nullopt;
  reference_.set_system(reference_.system(), true);  // what Veil's TLB has lost may have been changed without a flush
  const Stepped how = reference_.step(eip_, instruction.length, instruction.repeats, instruction.jumps);
  if (how == Stepped::done) {
    return difference(
        fmt::format("Veil raises exception {} at {:#010x}, the reference executes the instruction", *exception_, eip_),
        {});
  }
  if (how != Stepped::fault) return std::nullopt;
  const uint32_t address = veil_now_.at(platform::guest_state::cr2);
  const uint8_t vector = reference_.exception();
  if (vector != *exception_) {
    return difference(fmt::format("another exception at {:#010x}", eip_),
                      {{"vector", std::to_string(*exception_), std::to_string(vector)}});
  }
  // Of a read-modify-write operand across two pages the reference reads both before it looks whether it may write.
  const bool later = reference_.missing() >> 12 == (address >> 12) + 1;
  if (vector == kPageFault && ((address ^ reference_.missing()) >> 12) != 0 && !later) {
    return difference(fmt::format("a page fault at {:#010x}", eip_),
                      {{"cr2 (page)", hex(address), hex(reference_.missing())}});
  }
  ++counts_.exceptions;
  return std::nullopt;
}

std::optional<Difference> GuestChecker::check_commit(unsigned instructions) {
  takes_over_ = flush_ = false;
  exception_.reset();
  std::string error;
  for (unsigned i = 0; i < instructions && !lost_; ++i) {
    if (execute(error, instructions == 1)) continue;
    if (!error.empty()) return difference(error, {});
    lost_ = true;
  }
  if (lost_ || takes_over_) {
    (takes_over_ && !lost_ ? counts_.taken_over : counts_.unchecked) += instructions;
    copy_stores(veil_stores_);
    veil_stores_.clear();
    copy_stores(reference_.take_stores());
    lost_ = !veil_now_.eip_known;
    return lost_ ? std::nullopt : adopt(veil_now_);
  }

  sim::GuestState expected = reference_.get();
  // After a near jump in a code segment with a base Unicorn shows the linear address. (Such code is interpreted, so EIP
  // is known.)
  const uint32_t base = reference_.system().segments[1].base;
  if (base != 0 && veil_now_.eip_known && expected.eip == veil_now_.eip + base) {
    expected.eip = eip_ = veil_now_.eip;
    reference_.set(expected);
  }
  std::vector<Mismatch> mismatches;
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (veil_now_.gpr[i] != expected.gpr[i]) {
      mismatches.push_back({kNames[i], hex(veil_now_.gpr[i]), hex(expected.gpr[i])});
    }
  }
  if (veil_now_.eip_known && veil_now_.eip != expected.eip) {
    mismatches.push_back({"eip", hex(veil_now_.eip), hex(expected.eip)});
  }
  const uint32_t compared = (isa::eflags::all & ~undefined_) | kDirection | kInterrupts;
  if (((veil_now_.eflags ^ expected.eflags) & compared) != 0) {
    mismatches.push_back(
        {fmt::format("eflags & {:#x}", compared), hex(veil_now_.eflags & compared), hex(expected.eflags & compared)});
  }
  for (size_t i = 0; i < veil_now_.system.size(); ++i) {
    if (veil_now_.system[i] != before_.system[i]) {
      mismatches.push_back({sim::GuestState::name(i), hex(veil_now_.system[i]), hex(before_.system[i])});
    }
  }
  compare_memory(veil_stores_, mismatches);
  compare_memory(reference_.take_stores(), mismatches);
  veil_stores_.clear();
  if (!mismatches.empty()) {
    return difference(
        fmt::format("guest state differs after {} instruction{}", instructions, instructions == 1 ? "" : "s"),
        std::move(mismatches));
  }
  ++counts_.commits;
  before_ = expected;
  before_.system = veil_now_.system;
  // Undefined bits: from here on both have Veil's values, so a later reader sees the same.
  if (undefined_ != 0 && ((veil_now_.eflags ^ expected.eflags) & undefined_) != 0) {
    sim::GuestState merged = expected;
    merged.eflags ^= (veil_now_.eflags ^ expected.eflags) & undefined_;
    reference_.set(merged);
  }
  undefined_ = 0;
  return std::nullopt;
}

std::optional<Difference> GuestChecker::adopt(const sim::GuestState& veil) {
  const ReferenceSystem before = reference_.system();
  lost_ = !reference_.set_system(system(), flush_);
  follow(veil);
  return check_segments(before);
}

void GuestChecker::follow(const sim::GuestState& veil) {
  flush_ = false;
  reference_.set(veil);
  eip_ = veil.eip;
  undefined_ = 0;
  before_ = veil;
}

// Veil's bytes replace the reference's; code that was there is forgotten.
void GuestChecker::copy_stores(const std::vector<sim::FinalStore>& stores) {
  const auto memory = reference_.memory();
  for (const sim::FinalStore& store : stores) {
    const uint64_t end = std::min<uint64_t>(uint64_t{store.address} + store.bytes, memory.size());
    if (store.address >= end) continue;
    const auto bytes = static_cast<uint32_t>(end - store.address);
    std::memcpy(memory.data() + store.address, shadow_.dram().data() + store.address, bytes);
    if (started_) reference_.changed(store.address, bytes);
  }
}

void GuestChecker::compare_memory(const std::vector<sim::FinalStore>& stores, std::vector<Mismatch>& mismatches) {
  constexpr size_t kMost = 16;  // a report, not a dump
  const auto memory = reference_.memory();
  for (const sim::FinalStore& store : stores) {
    for (uint64_t at = store.address; at < uint64_t{store.address} + store.bytes && at < memory.size(); ++at) {
      const uint8_t veil = shadow_.dram()[at];
      if (memory[at] == veil || mismatches.size() >= kMost) continue;
      // The reference's TLB has no end: a bit that the guest has taken back without a flush Veil may set once more.
      constexpr uint8_t kAccessedDirty = 0x60;
      const bool paging = (reference_.system().cr0 & 0x80000000u) != 0;
      if (paging && at % 4 == 0 && (memory[at] | kAccessedDirty) == (veil | kAccessedDirty) &&
          (memory[at] & ~veil) == 0) {
        memory[at] = veil;
        ++counts_.accessed;
        continue;
      }
      mismatches.push_back({fmt::format("memory {:#010x}", at), fmt::format("{:#04x}", shadow_.dram()[at]),
                            fmt::format("{:#04x}", memory[at])});
    }
  }
}

Difference GuestChecker::difference(std::string summary, std::vector<Mismatch> mismatches) const {
  Difference found;
  found.checker = "guest";
  found.summary = std::move(summary);
  found.mismatches = std::move(mismatches);
  found.group = shadow_.groups();
  found.guest_instructions = shadow_.guest_instructions();
  found.guest_eip = before_.eip;
  found.guest_eip_known = true;
  return found;
}

std::vector<ReportFile> GuestChecker::report() const {
  std::string code;
  for (const uint32_t eip : trail_) {
    std::array<uint8_t, 15> bytes;
    code += disassemble_guest(std::span(bytes).first(reference_.code(eip, bytes)), eip, 1);
  }
  const std::string states = "Both, at the last commit that agreed:\n" + describe(before_) + "\nVeil, now:\n" +
                             describe(veil_now_) + "\nThe reference, now:\n" + describe(reference_.get());
  return {{"guest-state.txt", states}, {"guest-code.txt", code}};
}

}  // namespace veil::lockstep
