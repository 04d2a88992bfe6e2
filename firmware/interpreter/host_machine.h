// The interpreter's machine on the host: guest memory is an array, state a struct; for unit tests and as the fast
// reference. An instruction that fails leaves nothing behind: stores are undone from a journal, registers from a copy.
#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "firmware/interpreter/handlers.h"
#include "firmware/interpreter/number_machine.h"
#include "veil/isa/platform.h"

namespace veil::fw {

// Why execution stopped.
struct Stop {
  enum class Kind : uint8_t { exception, unimplemented, halted } kind;
  uint8_t vector = 0;
  std::optional<uint32_t> error;
};

class HostMachine : public NumberMachine<HostMachine> {
 public:
  using Seg = x86::Seg;
  using Width = x86::Width;
  using Gpr = x86::Gpr;

  struct State {
    platform::GuestState words;
    x86::Segment hidden[6];
    friend bool operator==(const State& a, const State& b) { return std::memcmp(&a, &b, sizeof a) == 0; }
  };

  // `base`: linear address of the first byte of `memory`.
  explicit HostMachine(std::span<uint8_t> memory, uint32_t base = 0) : memory_(memory), base_(base) { reset(); }

  // Flat 32-bit protected mode, as multiboot starts a guest.
  void reset() {
    state = {};
    state.words.eflags = 2;
    state.words.cr0 = x86::sem::kCr0Pe | x86::sem::kCr0Et;
    state.words.dr6 = x86::sem::kDr6Fixed;
    state.words.dr7 = x86::sem::kDr7Fixed;
    for (auto& h : state.hidden) h = {0, 0xffffffff, x86::sem::kFlatData};
    hidden(Seg::cs).attr = x86::sem::kFlatCode;
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
  x86::Mode mode() const {
    return {(state.hidden[1].attr & x86::sem::kDefault32) != 0, (state.hidden[2].attr & x86::sem::kDefault32) != 0};
  }
  bool same_mode(x86::Mode other) const { return mode() == other; }
  unsigned fetch(uint32_t eip, uint8_t (&bytes)[kFetchBytes]) {
    unsigned n = 0;
    for (; n < x86::kMaxInsnBytes && eip + n <= hidden(Seg::cs).limit && in_memory(hidden(Seg::cs).base + eip + n);
         ++n) {
      bytes[n] = memory_[hidden(Seg::cs).base + eip + n - base_];
    }
    return n;
  }
  void fetch_fault(uint32_t) { raise(x86::Vector::gp, 0); }
  bool code_matches(const Entry<HostMachine>& e) {
    uint8_t bytes[kFetchBytes] = {};
    if (fetch(e.eip, bytes) < e.insn.length) return false;
    for (unsigned n = 0; n < e.insn.length; ++n) {
      if (bytes[n] != static_cast<uint8_t>(e.raw[n / 4] >> (n % 4 * 8))) return false;
    }
    return true;
  }
  void start(uint32_t eip) {
    stop.reset();
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
    const uint32_t mask = x86::sem::mask(w) << (high ? 8 : 0);
    all = (all & ~mask) | ((high ? v << 8 : v) & mask);
  }
  uint32_t load(Seg s, uint32_t offset, Width w) {
    return check(s, offset, w, false) ? load_linear(hidden(s).base + offset, w) : 0;
  }
  void store(Seg s, uint32_t offset, Width w, uint32_t v) {
    if (check(s, offset, w, true)) store_linear(hidden(s).base + offset, w, v);
  }
  uint32_t alu(x86::FlagFn fn, Width w, uint32_t a, uint32_t b) {
    const x86::FlagResult r = x86::alu(fn, w, a, b, state.words.eflags);
    if (fn != x86::FlagFn::mov) set_flags(r.flags);
    return r.value;
  }
  uint32_t cond(x86::Cond c) const { return x86::condition(c, state.words.eflags) ? 1 : 0; }
  uint32_t flags() const { return state.words.eflags & x86::sem::kArithmeticFlags; }
  void set_flags(uint32_t v) {
    state.words.eflags = (state.words.eflags & ~x86::sem::kArithmeticFlags) | (v & x86::sem::kArithmeticFlags);
  }
  void set_cf(uint32_t v) { state.words.eflags = (state.words.eflags & ~x86::sem::kCf) | (v & 1); }
  void set_cf_of(uint32_t v) {
    set_cf(v);
    state.words.eflags = (state.words.eflags & ~x86::sem::kOf) | (v & 1) << 11;
  }
  // A near transfer beyond the limit faults at the instruction that makes it (SDM vol. 2, JMP, CALL, RET).
  void set_eip(uint32_t v) {
    if (v > hidden(Seg::cs).limit) return raise(x86::Vector::gp, 0);
    if (!failed()) state.words.eip = v;
  }
  uint32_t next_eip() const { return next_eip_; }

  // ---- InterpreterMachine
  void raise(x86::Vector v) { fail({Stop::Kind::exception, static_cast<uint8_t>(v), {}}); }
  void raise(x86::Vector v, uint32_t error) { fail({Stop::Kind::exception, static_cast<uint8_t>(v), error}); }
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
    return zext(port_in ? port_in(port, x86::sem::bytes(w)) : 0xffffffff, w);
  }
  void out(uint16_t port, Width w, uint32_t v) {
    if (!failed() && port_out) port_out(port, x86::sem::bytes(w), v);
  }
  uint32_t eflags() const { return state.words.eflags; }
  void set_eflags(uint32_t v) { state.words.eflags = v | 2; }
  uint32_t cpl() const { return state.words.cpl; }
  uint32_t system(x86::SystemRegister r) { return system_word(r); }
  void set_system(x86::SystemRegister r, uint32_t v) { system_word(r) = v; }
  void decided() {}
  void set_cpl(uint32_t v) { state.words.cpl = v; }
  void invalidate_page(uint32_t) {}
  void inhibit_interrupts() { inhibited_ = true; }
  x86::Segment segment(Seg s) { return hidden(s); }
  uint32_t selector(Seg s) const { return (&state.words.es)[static_cast<unsigned>(s)]; }
  void set_segment(Seg s, uint32_t selector, x86::Segment part) {
    (&state.words.es)[static_cast<unsigned>(s)] = selector;
    hidden(s) = part;
  }
  // Outside memory: nobody answers the bus; all ones.
  uint32_t load_linear(uint32_t address, Width w) {
    uint32_t v = 0;
    for (unsigned n = 0; n < x86::sem::bytes(w); ++n) {
      v |= static_cast<uint32_t>(in_memory(address + n) ? memory_[address + n - base_] : 0xff) << (8 * n);
    }
    return v;
  }
  void store_linear(uint32_t address, Width w, uint32_t v) {
    if (failed()) return;
    for (unsigned n = 0; n < x86::sem::bytes(w); ++n) {
      if (!in_memory(address + n)) continue;
      uint8_t& byte = memory_[address + n - base_];
      journal_.push_back({address + n - base_, byte});
      byte = static_cast<uint8_t>(v >> (8 * n));
    }
  }
  uint64_t instructions() const { return retired; }
  bool iterate() {
    if (failed()) return false;
    ++iterations;
    before_ = state;
    before_.words.eip = current_eip_;
    journal_.clear();
    return !interrupt_repeats;
  }
  bool blocks() const { return string_blocks; }
  void stay() {
    state.words.eip = current_eip_;
    --retired;  // counted when it is complete
  }

 private:
  struct Undo {
    uint32_t index;
    uint8_t byte;
  };

  uint32_t* registers() { return &state.words.eax; }
  const uint32_t* registers() const { return &state.words.eax; }
  x86::Segment& hidden(Seg s) { return state.hidden[static_cast<unsigned>(s)]; }
  bool in_memory(uint32_t address) const { return address - base_ < memory_.size(); }

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
    const x86::Segment& h = hidden(s);
    const bool code = (h.attr & x86::sem::kCode) != 0;
    bool ok = (h.attr & x86::sem::kPresent) != 0 && x86::sem::inside_limit(h, offset, x86::sem::bytes(w));
    if (write) {
      ok = ok && !code && (h.attr & x86::sem::kWritable) != 0;
    } else {
      ok = ok && (!code || (h.attr & x86::sem::kReadable) != 0);
    }
    if (!ok) raise(s == Seg::ss ? x86::Vector::ss : x86::Vector::gp, 0);
    return ok;
  }
  uint32_t& system_word(x86::SystemRegister r) {
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
  std::vector<Undo> journal_;
};

static_assert(x86::InterpreterMachine<HostMachine>);

}  // namespace veil::fw
