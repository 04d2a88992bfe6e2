#include "sim/lockstep/reference_x86.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace veil::lockstep {
namespace {

constexpr uint32_t kPage = ReferencePages::kPage;
constexpr std::array<int, 10> kRegisters = {UC_X86_REG_EAX, UC_X86_REG_ECX,   UC_X86_REG_EDX, UC_X86_REG_EBX,
                                            UC_X86_REG_ESP, UC_X86_REG_EBP,   UC_X86_REG_ESI, UC_X86_REG_EDI,
                                            UC_X86_REG_EIP, UC_X86_REG_EFLAGS};
constexpr std::array<int, 6> kSegmentRegisters = {UC_X86_REG_ES, UC_X86_REG_CS, UC_X86_REG_SS,
                                                  UC_X86_REG_DS, UC_X86_REG_FS, UC_X86_REG_GS};
constexpr size_t kCs = 1, kSs = 2;

void must(uc_err error, const char* what) {
  if (error != UC_ERR_OK) throw std::runtime_error(fmt::format("Unicorn: {}: {}", what, uc_strerror(error)));
}

constexpr uint32_t kTables = 0x10000;  // where load_segments has its descriptors
constexpr uint32_t kNoRing = 4;

// A repeated string instruction ends by itself; this bounds a reference that has lost its way.
constexpr uint64_t kMostRepeats = uint64_t{1} << 32;

}  // namespace

ReferenceX86::ReferenceX86(std::span<const uint8_t> memory) : memory_(memory.begin(), memory.end()), pages_(memory_) {
  must(uc_open(UC_ARCH_X86, UC_MODE_32, &engine_), "open");
  must(uc_context_alloc(engine_, &fresh_), "context");
  must(uc_context_save(engine_, fresh_), "save");
  map_all();
  const auto hook = [this](int type, void* function) {
    uc_hook made = 0;
    must(uc_hook_add(engine_, &made, type, function, this, 1, 0), "hook");
  };
  // The C interface of hooks is untyped.
  hook(UC_HOOK_MEM_WRITE, reinterpret_cast<void*>(&ReferenceX86::on_write));
  hook(UC_HOOK_MEM_INVALID, reinterpret_cast<void*>(&ReferenceX86::on_missing));
  hook(UC_HOOK_INTR, reinterpret_cast<void*>(&ReferenceX86::on_exception));
}

ReferenceX86::~ReferenceX86() {
  uc_context_free(fresh_);
  uc_close(engine_);
}

// ---------------------------------------------------------------- memory
void ReferenceX86::map_all() {
  must(uc_mem_map_ptr(engine_, 0, memory_.size(), UC_PROT_ALL, memory_.data()), "map memory");
  whole_ = true;
}

// Unicorn keeps its translations of what has been at an address: another page that is mapped there would run as the old
// one did.
void ReferenceX86::unmap(uint32_t linear, size_t bytes) {
  must(uc_ctl_remove_cache(engine_, uint64_t{linear}, uint64_t{linear} + bytes), "remove cache");
  must(uc_mem_unmap(engine_, linear, bytes), "unmap");
}

void ReferenceX86::unmap_all() {
  if (whole_) unmap(0, memory_.size());
  for (const auto& [linear, frame] : mapped_) unmap(linear, kPage);
  mapped_.clear();
  by_frame_.clear();
  whole_ = false;
}

// Writable only when written, so that the dirty bit is set then.
// Unicorn fetches ahead: that leaves no mark, step() has marked the instruction's own bytes.
bool ReferenceX86::map(uint32_t linear, bool write, bool mark) {
  const uint32_t page = linear & ~(kPage - 1);
  const auto entry = pages_.access(linear, write, system_.cpl == 3, mark);
  if (!entry) {
    missing_ = linear;
    return false;
  }
  if (entry->frame >= memory_.size()) {
    no_memory_ = true;
    return false;
  }
  const auto known = mapped_.find(page);
  if (known != mapped_.end() && known->second != entry->frame) {  // the entry has changed, and the old page did not do
    unmap(page, kPage);
    std::erase_if(by_frame_, [&](const auto& pair) { return pair.second == page; });
    mapped_.erase(known);
  } else if (known != mapped_.end()) {
    if (write) must(uc_mem_protect(engine_, page, kPage, UC_PROT_ALL), "protect page");
    return true;
  }
  const uint32_t rights = write ? UC_PROT_ALL : UC_PROT_READ | UC_PROT_EXEC;
  must(uc_mem_map_ptr(engine_, page, kPage, rights, memory_.data() + entry->frame), "map page");
  mapped_.emplace(page, entry->frame);
  by_frame_.emplace(entry->frame, page);
  return true;
}

bool ReferenceX86::on_missing(uc_engine*, uc_mem_type type, uint64_t address, int, int64_t, void* self) {
  auto& reference = *static_cast<ReferenceX86*>(self);
  const auto linear = static_cast<uint32_t>(address);
  reference.missing_code_ = type == UC_MEM_FETCH_UNMAPPED || type == UC_MEM_FETCH_PROT;
  if (reference.whole_) {
    reference.no_memory_ = true;
    return false;
  }
  return reference.map(linear, type == UC_MEM_WRITE_UNMAPPED || type == UC_MEM_WRITE_PROT, !reference.missing_code_);
}

void ReferenceX86::on_exception(uc_engine* engine, uint32_t vector, void* self) {
  static_cast<ReferenceX86*>(self)->exception_ = static_cast<int>(vector);
  uc_emu_stop(engine);
}

void ReferenceX86::on_write(uc_engine*, uc_mem_type, uint64_t address, int size, int64_t, void* self) {
  static_cast<ReferenceX86*>(self)->linear_stores_.push_back(
      {static_cast<uint32_t>(address), static_cast<uint8_t>(size)});
}

// Physical addresses, piece by piece; code in other linear pages of the same frame is forgotten.
void ReferenceX86::resolve_stores() {
  for (const sim::FinalStore& store : std::exchange(linear_stores_, {})) {
    for (uint32_t done = 0; done < store.bytes;) {
      const uint32_t at = store.address + done;
      const uint32_t piece = std::min<uint32_t>(store.bytes - done, kPage - at % kPage);
      done += piece;
      if (whole_) {
        stores_.push_back({at, static_cast<uint8_t>(piece)});
        continue;
      }
      const auto page = mapped_.find(at & ~(kPage - 1));
      if (page == mapped_.end()) continue;
      const uint32_t physical = page->second | (at & (kPage - 1));
      stores_.push_back({physical, static_cast<uint8_t>(piece)});
      if (by_frame_.count(page->second) > 1) changed(physical, piece);
    }
  }
}

void ReferenceX86::changed(uint32_t physical, uint32_t bytes) {
  const auto forget = [&](uint32_t linear) {
    must(uc_ctl_remove_cache(engine_, uint64_t{linear}, uint64_t{linear} + bytes), "remove cache");
  };
  if (whole_) return forget(physical);
  const auto [first, last] = by_frame_.equal_range(physical & ~(kPage - 1));
  for (auto at = first; at != last; ++at) forget(at->second | (physical & (kPage - 1)));
}

size_t ReferenceX86::read(uint32_t linear, std::span<uint8_t> bytes) const {
  for (size_t n = 0; n < bytes.size(); ++n) {
    const auto physical = pages_.look(linear + static_cast<uint32_t>(n));
    if (!physical || *physical >= memory_.size()) return n;
    bytes[n] = memory_[*physical];
  }
  return bytes.size();
}

size_t ReferenceX86::code(uint32_t eip, std::span<uint8_t> bytes) const {
  return read(system_.segments[kCs].base + eip, bytes);
}

std::vector<sim::FinalStore> ReferenceX86::take_stores() {
  for (const sim::FinalStore& store : pages_.take_changed()) stores_.push_back(store);
  return std::exchange(stores_, {});
}

// ---------------------------------------------------------------- state
void ReferenceX86::set(const sim::GuestState& state) {
  std::array<uint32_t, 10> values = {};
  std::array<void*, 10> pointers = {};
  for (size_t i = 0; i < 8; ++i) values[i] = state.gpr[i];
  values[8] = state.eip;
  values[9] = state.eflags;
  for (size_t i = 0; i < values.size(); ++i) pointers[i] = &values[i];
  std::array<int, 10> registers = kRegisters;
  must(uc_reg_write_batch(engine_, registers.data(), pointers.data(), static_cast<int>(values.size())),
       "set registers");
}

sim::GuestState ReferenceX86::get() const {
  std::array<uint32_t, 10> values = {};
  std::array<void*, 10> pointers = {};
  for (size_t i = 0; i < values.size(); ++i) pointers[i] = &values[i];
  std::array<int, 10> registers = kRegisters;
  must(uc_reg_read_batch(engine_, registers.data(), pointers.data(), static_cast<int>(values.size())), "get registers");
  sim::GuestState state;
  for (size_t i = 0; i < 8; ++i) state.gpr[i] = values[i];
  state.eip = values[8];
  state.eflags = values[9];
  state.eip_known = true;
  return state;
}

// Unicorn takes segments only out of a descriptor table, and checks them against the ring that it is in. The ring is
// that of the stack segment; outside protected mode it is 0, or 3 with EFLAGS.VM. The descriptors are made from the
// hidden parts, one at a time, at the front of memory: the guest's own table may say something else by now.
bool ReferenceX86::load_segments(const ReferenceSystem& system) {
  constexpr uint32_t kProtected = 1, kVirtual = 0x20000, kReserved = 2, kAccessed = 0x100;
  const auto set = [this](int number, uint32_t value) { return uc_reg_write(engine_, number, &value) == UC_ERR_OK; };
  bool good = set(UC_X86_REG_CR0, 0) && set(UC_X86_REG_EFLAGS, system.cpl == 3 ? kVirtual | kReserved : kReserved) &&
              set(UC_X86_REG_SS, 0) && set(UC_X86_REG_EFLAGS, kReserved) && set(UC_X86_REG_CR0, kProtected);
  const uc_x86_mmr table = {.selector = 0, .base = 0, .limit = 0xffff, .flags = 0};
  good = good && uc_reg_write(engine_, UC_X86_REG_GDTR, &table) == UC_ERR_OK &&
         uc_reg_write(engine_, UC_X86_REG_LDTR, &table) == UC_ERR_OK;
  for (const size_t n : {kSs, kCs, size_t{0}, size_t{3}, size_t{4}, size_t{5}}) {
    const ReferenceSegment& segment = system.segments[n];
    if (segment.attr == 0) {
      good = good && set(kSegmentRegisters[n], segment.selector & 3);
      continue;
    }
    const uint32_t at = segment.selector & 0xfff8;
    const bool pages = (segment.attr & 0x800000) != 0;
    const uint32_t limit = pages ? segment.limit >> 12 : segment.limit;
    const uint32_t words[2] = {segment.base << 16 | (limit & 0xffff), (segment.base & 0xff000000) | (limit & 0xf0000) |
                                                                          (segment.base >> 16 & 0xff) | segment.attr |
                                                                          kAccessed};
    uint8_t kept[sizeof words];
    std::memcpy(kept, memory_.data() + at, sizeof kept);
    std::memcpy(memory_.data() + at, words, sizeof words);
    good = good && set(kSegmentRegisters[n], segment.selector);
    std::memcpy(memory_.data() + at, kept, sizeof kept);
  }
  return good;
}

bool ReferenceX86::set_system(const ReferenceSystem& system, bool flush) {
  const bool paging = (system.cr0 & 0x80000000u) != 0;
  const bool mapping_changed = flush || system.cr0 != system_.cr0 || system.cr3 != system_.cr3;
  const bool segments_changed = system.segments != system_.segments || system.cpl != system_.cpl;
  if (mapping_changed) pages_.flush();
  pages_.set(system.cr0, system.cr3);
  system_ = system;
  if (!mapping_changed && !segments_changed) return true;
  if (!whole_ || paging) unmap_all();
  bool good = true;
  if (paging && segments_changed) {
    must(uc_mem_map_ptr(engine_, 0, kTables, UC_PROT_ALL, memory_.data()), "map tables");
    good = load_segments(system);
    unmap(0, kTables);
  } else if (!paging) {
    if (!whole_) map_all();
    good = !segments_changed || load_segments(system);
  }
  if (!good) system_.cpl = kNoRing;  // so that the next state is tried in full
  return good;
}

// ---------------------------------------------------------------- execution
uc_err ReferenceX86::start(uint32_t eip, uint64_t until, size_t count) {
  exception_ = -1;
  no_memory_ = missing_code_ = false;
  const uc_err error = uc_emu_start(engine_, eip, until, 0, count);
  resolve_stores();
  return error;
}

// Nothing is delivered in Unicorn, so for it an exception is never over, and the next one makes a double fault or
// worse. A processor that has seen none takes its place; the segments are loaded anew when the guest goes on.
void ReferenceX86::forget_exception() {
  const sim::GuestState state = get();
  must(uc_context_restore(engine_, fresh_), "restore");
  system_.cpl = kNoRing;
  set(state);
}

Stepped ReferenceX86::outcome(uc_err error, uint32_t eip, unsigned length) {
  if (exception_ >= 0) {
    forget_exception();
    error_ = fmt::format("exception {}", exception_);
    return Stepped::fault;
  }
  if (error == UC_ERR_OK) return Stepped::done;
  if (no_memory_) return Stepped::no_memory;
  if (const uint32_t inside = missing_ - (system_.segments[kCs].base + eip); missing_code_ && inside >= length) {
    uint32_t now = 0;
    must(uc_reg_read(engine_, UC_X86_REG_EIP, &now), "get eip");
    return now != eip ? Stepped::done : Stepped::ahead;
  }
  constexpr int kInvalid = 6, kPageFault = 14;
  if (whole_ || error == UC_ERR_INSN_INVALID) {
    exception_ = kInvalid;
    error_ = uc_strerror(error);
  } else {
    exception_ = kPageFault;
    error_ = fmt::format("page fault at {:#010x}", missing_);
  }
  return Stepped::fault;
}

Stepped ReferenceX86::step(uint32_t eip, unsigned length, bool repeats, bool jumps) {
  const uint32_t first = system_.segments[kCs].base + eip;
  for (const uint32_t at : {first, first + length - 1}) (void)pages_.access(at, false, system_.cpl == 3);
  uint32_t ecx = 0;
  must(uc_reg_read(engine_, UC_X86_REG_ECX, &ecx), "get ecx");
  for (uint64_t i = 0; i < kMostRepeats; ++i) {
    if (const Stepped how = outcome(start(eip, ~uint64_t{0}, 1), eip, length); how != Stepped::done) return how;
    if (jumps) return Stepped::done;
    uint32_t now = 0, left = 0;
    must(uc_reg_read(engine_, UC_X86_REG_EIP, &now), "get eip");
    if (now != eip) return Stepped::done;
    must(uc_reg_read(engine_, UC_X86_REG_ECX, &left), "get ecx");
    if (repeats && left != ecx) {  // one iteration
      ecx = left;
      continue;
    }
    // A store into the translated block that it is part of: Unicorn begins the instruction anew and counts it twice, so
    // it stops before it. Without a count, up to the next address, it gets through.
    return outcome(start(eip, uint64_t{first} + length, 0), eip, length);
  }
  error_ = "a repeated string instruction does not end";
  return Stepped::fault;
}

}  // namespace veil::lockstep
