// The interpreter's machine on the host: guest memory is an array, state a struct; for unit tests and as the fast
// reference. An instruction that fails leaves no trace: stores are undone from a journal, registers from a copy;
// accessed and dirty bits of page tables stay, as on processors.
#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "veil/isa/platform.h"
#include "x86/interpreter/handlers.h"
#include "x86/interpreter/number_machine.h"
#include "x86/interpreter/page_walk.h"

namespace veil::x86 {

// Why execution stopped.
struct Stop {
  enum class Kind : uint8_t { exception, unimplemented, halted, shutdown } kind;
  uint8_t vector = 0;
  std::optional<uint32_t> error;
  uint32_t address = 0;  // of a page fault
};

class HostMachine : public NumberMachine<HostMachine> {
 public:
  struct State {
    platform::GuestState words;
    Segment hidden[6];
    friend bool operator==(const State& a, const State& b) { return std::memcmp(&a, &b, sizeof a) == 0; }
  };

  // `base`: physical address of the first byte of `memory`.
  explicit HostMachine(std::span<uint8_t> memory, uint32_t base = 0) : memory_(memory), base_(base) { reset(); }

  // Flat 32-bit protected mode, as multiboot starts a guest.
  void reset() {
    state = {};
    state.words.eflags = 2;
    state.words.cr0 = sem::kCr0Pe | sem::kCr0Et;
    state.words.dr6 = sem::kDr6Fixed;
    state.words.dr7 = sem::kDr7Fixed;
    for (auto& h : state.hidden) h = {0, 0xffffffff, sem::kFlatData};
    hidden(Seg::cs).attr = sem::kFlatCode;
  }

  // Ports; set by the owner. Without: all ones, writes vanish.
  std::function<uint32_t(uint16_t, unsigned)> port_in;
  std::function<void(uint16_t, unsigned, uint32_t)> port_out;

  State state;
  std::optional<Stop> stop;        // after Step::stopped
  uint64_t retired = 0;            // guest instructions
  uint64_t iterations = 0;         // committed iterations of repeated string instructions
  bool string_blocks = false;      // blocks() of the concept
  bool interrupt_repeats = false;  // leave a repeated string instruction after each iteration
  std::span<uint8_t> memory() { return memory_; }

  // ---- what step() asks for
  uint32_t eip() const { return state.words.eip; }
  Mode mode() const {
    return {(state.hidden[1].attr & sem::kDefault32) != 0, (state.hidden[2].attr & sem::kDefault32) != 0};
  }
  bool same_mode(Mode other) const { return mode() == other; }
  // Bytes of the next page only if the instruction goes on there: looking at it may fault, and marks it accessed.
  unsigned fetch(uint32_t eip, uint8_t (&bytes)[kFetchBytes]) {
    unsigned n = 0;
    for (uint32_t physical = 0; n < kMaxInsnBytes && eip + n <= hidden(Seg::cs).limit; ++n, ++physical) {
      const uint32_t linear = hidden(Seg::cs).base + eip + n;
      if (n == 0 || linear % kPageBytes == 0) {
        if (n != 0 && paging() && decoded({bytes, n}) != DecodeStatus::truncated) break;
        const PageWalk walk = translate(linear, {.write = false, .user = cpl() == 3});
        if (walk.status == PageWalk::Status::fault) break;
        physical = walk.physical;
      }
      bytes[n] = in_memory(physical) ? memory_[physical - base_] : 0xff;  // as loads have it
    }
    return n;
  }
  void fetch_fault(uint32_t eip) {
    if (paging() && eip <= hidden(Seg::cs).limit) {
      const uint32_t linear = hidden(Seg::cs).base + eip;
      const PageWalk walk = translate(linear, {.write = false, .user = cpl() == 3});
      if (walk.status == PageWalk::Status::fault) return page_fault(linear, walk.error);
    }
    raise(Vector::gp, 0);
  }
  bool code_matches(const Entry<HostMachine>& e) {
    uint8_t bytes[kFetchBytes] = {};
    if (fetch(e.eip, bytes) < e.insn.length) return false;
    for (unsigned n = 0; n < e.insn.length; ++n) {
      if (bytes[n] != e.byte(n)) return false;
    }
    return true;
  }
  void start(uint32_t eip) {
    stop.reset();
    inhibited_ = traps_inhibited_ = false;
    before_ = state;
    current_eip_ = next_eip_ = eip;
    journal_.clear();
  }
  void begin(const Entry<HostMachine>& e) {
    start(e.eip);
    next_eip_ = e.next_eip;
    state.words.eip = e.next_eip;
  }
  bool end() {
    if (failed()) {
      undo();
      return false;
    }
    ++retired;
    journal_.clear();
    return !stop.has_value();
  }

  // ---- Machine
  uint32_t gpr(Gpr r, Width w, bool high) const {
    const uint32_t v = registers()[static_cast<unsigned>(r)];
    return zext(high ? v >> 8 : v, w);
  }
  void set_gpr(Gpr r, Width w, bool high, uint32_t v) {
    if (failed()) return;
    uint32_t& all = registers()[static_cast<unsigned>(r)];
    const uint32_t mask = sem::mask(w) << (high ? 8 : 0);
    all = (all & ~mask) | ((high ? v << 8 : v) & mask);
  }
  uint32_t load(Seg s, uint32_t offset, Width w) {
    return check(s, offset, w, false) ? load_as(hidden(s).base + offset, w, cpl() == 3) : 0;
  }
  uint32_t load_to_write(Seg s, uint32_t offset, Width w) {
    return check(s, offset, w, true) ? load_as(hidden(s).base + offset, w, cpl() == 3, true) : 0;
  }
  void store(Seg s, uint32_t offset, Width w, uint32_t v) {
    if (check(s, offset, w, true)) store_as(hidden(s).base + offset, w, v, cpl() == 3);
  }
  uint32_t alu(FlagFn fn, Width w, uint32_t a, uint32_t b) {
    const FlagResult r = x86::alu(fn, w, a, b, state.words.eflags);
    if (fn != FlagFn::mov) set_flags(r.flags);
    return r.value;
  }
  uint32_t cond(Cond c) const { return condition(c, state.words.eflags) ? 1 : 0; }
  uint32_t flags() const { return state.words.eflags & sem::kArithmeticFlags; }
  void set_flags(uint32_t v) {
    state.words.eflags = (state.words.eflags & ~sem::kArithmeticFlags) | (v & sem::kArithmeticFlags);
  }
  void set_cf(uint32_t v) { state.words.eflags = (state.words.eflags & ~sem::kCf) | (v & 1); }
  void set_cf_of(uint32_t v) {
    set_cf(v);
    state.words.eflags = (state.words.eflags & ~sem::kOf) | (v & 1) << 11;
  }
  // A near transfer beyond the limit faults at the instruction that makes it (SDM vol. 2, JMP, CALL, RET).
  void set_eip(uint32_t v) {
    if (v > hidden(Seg::cs).limit) return raise(Vector::gp, 0);
    if (!failed()) state.words.eip = v;
  }
  uint32_t next_eip() const { return next_eip_; }

  // ---- InterpreterMachine
  void raise(Vector v) { fail({Stop::Kind::exception, static_cast<uint8_t>(v), {}}); }
  void raise(Vector v, uint32_t error) { fail({Stop::Kind::exception, static_cast<uint8_t>(v), error}); }
  void unimplemented() { fail({Stop::Kind::unimplemented, 0, {}}); }
  void halt() {
    state.words.halted = 1;
    stop = Stop{Stop::Kind::halted, 0, {}};
  }
  bool failed() const {
    return stop && (stop->kind == Stop::Kind::exception || stop->kind == Stop::Kind::unimplemented);
  }
  uint32_t in(uint16_t port, Width w) {
    if (failed()) return 0;
    return zext(port_in ? port_in(port, sem::bytes(w)) : 0xffffffff, w);
  }
  void out(uint16_t port, Width w, uint32_t v) {
    if (!failed() && port_out) port_out(port, sem::bytes(w), v);
  }
  uint32_t eflags() const { return state.words.eflags; }
  void set_eflags(uint32_t v) { state.words.eflags = v | 2; }
  uint32_t cpl() const { return state.words.cpl; }
  uint32_t system(SystemRegister r) { return system_word(r); }
  void set_system(SystemRegister r, uint32_t v) { system_word(r) = v; }
  void decided() {}
  void set_cpl(uint32_t v) { state.words.cpl = v; }
  void invalidate_page(uint32_t) {}
  void inhibit_interrupts() { inhibited_ = true; }
  void inhibit_traps() { traps_inhibited_ = true; }
  Segment segment(Seg s) { return hidden(s); }
  uint32_t selector(Seg s) const { return (&state.words.es)[static_cast<unsigned>(s)]; }
  void set_segment(Seg s, uint32_t selector, Segment part) {
    (&state.words.es)[static_cast<unsigned>(s)] = selector;
    hidden(s) = part;
  }
  void processor_accesses(bool) {}
  void note_loaded(Seg, uint32_t, uint32_t, uint32_t) {}
  uint32_t load_linear(uint32_t address, Width w) { return load_as(address, w, false); }
  void store_linear(uint32_t address, Width w, uint32_t v) { store_as(address, w, v, false); }
  uint64_t instructions() const { return retired; }
  bool iterate() {
    if (failed()) return false;
    ++iterations;
    before_ = state;
    before_.words.eip = current_eip_;
    journal_.clear();
    return !interrupt_repeats && !stepping();
  }
  bool blocks() const { return string_blocks && !stepping(); }
  void stay() {
    state.words.eip = current_eip_;
    --retired;  // counted when it is complete
  }

  // ---- Between instructions
  bool stepping() const { return (state.words.eflags & sem::kTf) != 0; }
  bool interrupts_inhibited() const { return inhibited_; }
  bool traps_inhibited() const { return traps_inhibited_; }
  bool stays() const { return state.words.eip == current_eip_; }
  bool repeating = false;  // the last instruction was a repeated one that is to go on

  // Delivers an event, and what its delivery leads to. False: `stop` says why (shutdown, unimplemented).
  bool take(Event event, uint32_t fault_address = 0) {
    for (;;) {
      if (event.vector == static_cast<uint8_t>(Vector::pf) && event.has_error) state.words.cr2 = fault_address;
      start(state.words.eip);
      state.words.halted = 0;
      sem::deliver(*this, event);
      if (!failed()) {
        journal_.clear();
        return true;
      }
      undo();
      if (stop->kind == Stop::Kind::unimplemented) return false;
      fault_address = stop->address;
      const auto next = escalate(event, fault_event(static_cast<Vector>(stop->vector), stop->error.value_or(0)));
      if (!next) {
        stop = Stop{Stop::Kind::shutdown, stop->vector, {}};
        return false;
      }
      event = *next;
    }
  }

 private:
  struct Undo {
    uint32_t index;
    uint8_t byte;
  };

  uint32_t* registers() { return &state.words.eax; }
  const uint32_t* registers() const { return &state.words.eax; }
  Segment& hidden(Seg s) { return state.hidden[static_cast<unsigned>(s)]; }
  bool in_memory(uint32_t address) const { return address - base_ < memory_.size(); }

  static constexpr uint32_t kPageBytes = 4096;

  struct PhysicalMemory {
    HostMachine& m;
    [[nodiscard]] uint32_t limit() const { return m.base_ + static_cast<uint32_t>(m.memory_.size()); }
    [[nodiscard]] uint32_t load(uint32_t at) const {
      uint32_t v = 0;
      std::memcpy(&v, &m.memory_[at - m.base_], 4);
      return v;
    }
    void store(uint32_t at, uint32_t v) const { std::memcpy(&m.memory_[at - m.base_], &v, 4); }
  };

  bool paging() const { return (state.words.cr0 & sem::kCr0Pg) != 0; }
  PageWalk translate(uint32_t linear, PageAccess access) {
    if (!paging()) return {.physical = linear};
    return walk_pages(PhysicalMemory{*this}, state.words.cr3, (state.words.cr0 & sem::kCr0Wp) != 0, linear, access,
                      PageMarks::set);
  }
  void page_fault(uint32_t linear, uint32_t error) {
    fail({Stop::Kind::exception, static_cast<uint8_t>(Vector::pf), error, linear});
  }
  DecodeStatus decoded(std::span<const uint8_t> bytes) const {
    Insn insn;
    return decode(bytes, mode(), insn);
  }

  // byte(physical, n) for each byte of an access that is allowed.
  template <class Byte>
  void each_byte(uint32_t address, Width w, PageAccess access, Byte byte) {
    uint32_t physical = 0;
    for (unsigned n = 0; n < sem::bytes(w); ++n, ++physical) {
      if (n == 0 || (address + n) % kPageBytes == 0) {
        const PageWalk walk = translate(address + n, access);
        if (walk.status == PageWalk::Status::fault) return page_fault(address + n, walk.error);
        physical = walk.physical;
      }
      byte(physical, n);
    }
  }
  // Outside memory: no answer from the bus; all ones.
  uint32_t load_as(uint32_t address, Width w, bool user, bool write = false) {
    uint32_t v = 0;
    if (failed()) return 0;
    each_byte(address, w, {.write = write, .user = user}, [&](uint32_t physical, unsigned n) {
      v |= static_cast<uint32_t>(in_memory(physical) ? memory_[physical - base_] : 0xff) << (8 * n);
    });
    return v;
  }
  void store_as(uint32_t address, Width w, uint32_t v, bool user) {
    if (failed()) return;
    each_byte(address, w, {.write = true, .user = user}, [&](uint32_t physical, unsigned n) {
      if (!in_memory(physical)) return;
      uint8_t& byte = memory_[physical - base_];
      journal_.push_back({physical - base_, byte});
      byte = static_cast<uint8_t>(v >> (8 * n));
    });
  }

  void fail(const Stop& why) {
    if (!failed()) stop = why;
  }
  void undo() {
    for (auto u = journal_.rbegin(); u != journal_.rend(); ++u) memory_[u->index] = u->byte;
    state = before_;
    state.words.eip = current_eip_;
  }
  // Segment check of the guest address path (native-machine.md, "Memory").
  bool check(Seg s, uint32_t offset, Width w, bool write) {
    if (failed()) return false;
    const Segment& h = hidden(s);
    const bool code = (h.attr & sem::kCode) != 0;
    bool ok = (h.attr & sem::kPresent) != 0 && sem::inside_limit(h, offset, sem::bytes(w));
    if (write) {
      ok = ok && !code && (h.attr & sem::kWritable) != 0;
    } else {
      ok = ok && (!code || (h.attr & sem::kReadable) != 0);
    }
    if (!ok) raise(s == Seg::ss ? Vector::ss : Vector::gp, 0);
    return ok;
  }
  uint32_t& system_word(SystemRegister r) {
    using G = platform::GuestState;
    static constexpr uint32_t G::*kWords[] = {
        &G::cr0, &G::cr2,      &G::cr3,       &G::cr4,      &G::gdt_base, &G::gdt_limit, &G::idt_base, &G::idt_limit,
        &G::ldt, &G::ldt_base, &G::ldt_limit, &G::ldt_attr, &G::tr,       &G::tr_base,   &G::tr_limit, &G::tr_attr,
        &G::dr0, &G::dr1,      &G::dr2,       &G::dr3,      &G::dr6,      &G::dr7};
    return state.words.*kWords[static_cast<unsigned>(r)];
  }

  std::span<uint8_t> memory_;
  uint32_t base_;
  State before_;
  uint32_t current_eip_ = 0;
  uint32_t next_eip_ = 0;
  bool inhibited_ = false;
  bool traps_inhibited_ = false;
  std::vector<Undo> journal_;
};

static_assert(InterpreterMachine<HostMachine>);

}  // namespace veil::x86
