// Random single instructions with a state in which they find memory: the common ground of the tests that compare the
// interpreter with other processors.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <span>
#include <vector>

#include "host_case.h"
#include "veil/x86/decode.h"
#include "x86/host/host_machine.h"

namespace veil::test {

// What to draw from.
struct Choice {
  uint32_t base = 0;        // linear address of the test memory (host_case.h: code page, data pages)
  bool code16 = false;      // 16-bit code and stack
  bool address16 = false;   // 67 prefixes: the memory must be below 64 KiB
  bool control = false;     // near jumps and calls
  bool flag_image = false;  // pushf, popf
  bool strings = true;
};

inline bool wanted(const x86::Insn& i, const Choice& c) {
  const x86::RowInfo& row = x86::row_info(i);
  switch (row.family) {
    case x86::Family::segment:
    case x86::Family::far:
    case x86::Family::interrupt:
    case x86::Family::table:
    case x86::Family::processor:
    case x86::Family::io:
      return false;
    case x86::Family::control:
      return c.control;
    case x86::Family::string:
      return c.strings && i.exec != x86::Exec::ins && i.exec != x86::Exec::outs;
    case x86::Family::flag:
      return i.exec != x86::Exec::cli && i.exec != x86::Exec::sti;
    case x86::Family::stack:
      return c.flag_image || (i.exec != x86::Exec::pushf && i.exec != x86::Exec::popf);
    default:
      return true;
  }
}

class Source {
 public:
  Source(uint32_t seed, const Choice& choice) : engine_(seed), choice_(choice) {}

  HostCase next() {
    for (;;) {
      HostCase c{};
      const x86::DecodeResult r = bytes(c);
      if (r.status != x86::DecodeStatus::ok || !wanted(r.insn, choice_)) continue;
      c.length = r.insn.length;
      state(c, r.insn);
      if (address(c, r.insn)) return c;
    }
  }

 private:
  uint32_t random_() { return static_cast<uint32_t>(engine_()); }
  uint32_t below(uint32_t n) { return random_() % n; }
  bool one_in(uint32_t n) { return below(n) == 0; }

  x86::DecodeResult bytes(HostCase& c) {
    for (uint8_t& b : c.code) b = static_cast<uint8_t>(random_());
    size_t n = 0;
    if (one_in(6)) c.code[n++] = 0x66;
    if (choice_.address16 && one_in(8)) c.code[n++] = 0x67;
    static constexpr uint8_t kOthers[] = {0x26, 0x36, 0x3e, 0xf0, 0xf2, 0xf3, 0xf3};
    if (one_in(6)) c.code[n++] = kOthers[below(sizeof kOthers)];
    if (one_in(2)) c.code[n++] = 0x0f;
    const size_t opcode = n;
    const x86::DecodeResult r = x86::decode(std::span<const uint8_t>(c.code, 15), {!choice_.code16, !choice_.code16});
    // No prefixes but those above: CS, FS and GS behave differently in the judges' environments.
    const uint8_t first = c.code[opcode];
    for (const int prefix : {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3}) {
      if (first == prefix) return {};
    }
    return r;
  }

  uint32_t number() {
    switch (below(6)) {
      case 0:
        return below(4);
      case 1:
        return 0u - below(4);
      case 2:
        return 0x80000000u - 2 + below(4);
      case 3:
        return below(0x10000);
      default:
        return random_();
    }
  }

  void state(HostCase& c, const x86::Insn& i) {
    using x86::Exec;
    for (uint32_t& r : c.regs) r = number();
    const uint32_t middle = choice_.base + kCodeBytes + kDataBytes / 2;
    c.seed = random_();
    c.eflags = 2 | (random_() & 0xcd5);
    // What the instruction uses without an operand.
    c.regs[4] = middle + below(256);
    if (i.exec == Exec::leave || i.exec == Exec::enter) c.regs[5] = middle - 256 + below(512);
    if (i.exec == Exec::xlat) c.regs[3] = middle + below(256);
    if (x86::row_info(i).family == x86::Family::string) {
      c.regs[6] = middle - 256 + below(512);
      c.regs[7] = middle - 256 + below(512);
      c.regs[1] = below(40);
      c.repeated = i.rep != x86::Rep::none ? 1 : 0;
    }
    if (i.exec == Exec::div || i.exec == Exec::idiv) {
      if (one_in(2)) c.regs[2] = static_cast<uint32_t>(static_cast<int32_t>(c.regs[0]) >> 31);
      if (one_in(3)) c.regs[2] = 0;
      if (one_in(3)) c.regs[2] = below(3);
    }
    if (i.exec == Exec::cmpxchg8b || i.exec == Exec::cmpxchg) c.equal = one_in(2) ? 1 : 0;
  }

  // Changes registers so that the memory operand is in the data pages. False: cannot be done.
  bool address(HostCase& c, const x86::Insn& i) {
    using x86::Exec;
    const bool bit_string = i.op[0].kind == x86::OperandKind::mem && i.op[1].kind == x86::OperandKind::reg &&
                            x86::row_info(i).family == x86::Family::bit && i.exec != Exec::bsf && i.exec != Exec::bsr;
    if (bit_string) c.regs[i.op[1].reg] = static_cast<uint32_t>(static_cast<int32_t>(below(8192)) - 4096);
    if (!i.has_mem() || i.exec == Exec::lea) return true;
    if (bit_string && (i.op[1].reg == i.mem.base || i.op[1].reg == i.mem.index)) return false;
    const uint32_t target = choice_.base + kCodeBytes + kDataBytes / 2 - 512 + below(1024);
    const x86::MemOperand& m = i.mem;
    const uint32_t wrap = i.address_size == x86::Width::d ? 0xffffffffu : 0xffffu;
    const uint32_t fixed_index = m.index != x86::kNoRegister ? c.regs[m.index] << m.scale : 0;
    if (m.base == x86::kNoRegister && m.index == x86::kNoRegister)
      return (m.disp & wrap) - choice_.base - kCodeBytes < kDataBytes - 64;
    if (m.base == x86::kNoRegister) {
      c.regs[m.index] = (target - m.disp) >> m.scale;
    } else if (m.base == m.index) {
      c.regs[m.base] = (target - m.disp) / (1u + (1u << m.scale));
    } else {
      c.regs[m.base] = target - m.disp - fixed_index;
    }
    uint32_t at = m.disp;
    if (m.base != x86::kNoRegister) at += c.regs[m.base];
    if (m.index != x86::kNoRegister) at += c.regs[m.index] << m.scale;
    return (at & wrap) - (choice_.base + kCodeBytes) < kDataBytes - 64;
  }

  std::mt19937 engine_;
  Choice choice_;
};

// The parts of a result that the SDM leaves open in this very case.
struct Open {
  uint32_t flags = 0;
  bool all = false;  // results, too
};
inline Open open_results(const x86::Insn& i, const HostCase& c) {
  using x86::Exec;
  using namespace x86::sem;
  Open o{.flags = x86::row_info(i).flags_undefined};
  const x86::Operand& count_operand = i.exec == Exec::shld || i.exec == Exec::shrd ? i.op[2] : i.op[1];
  const uint32_t count = (count_operand.kind == x86::OperandKind::imm ? i.imm : c.regs[1]) & 31;
  const unsigned size = bits(i.op[0].width());
  switch (i.exec) {
    case Exec::rol:
    case Exec::ror:
      if (count != 1) o.flags |= kOf;
      break;
    case Exec::rcl:
    case Exec::rcr:
      if (count != 1) o.flags |= kOf;
      break;
    case Exec::shl:
    case Exec::shr:
    case Exec::sar:
      if (count == 0) o.flags = 0;
      if (count > 1) o.flags |= kOf;
      if (count >= size && i.exec != Exec::sar) o.flags |= kCf;
      break;
    case Exec::shld:
    case Exec::shrd:
      if (count == 0) o.flags = 0;
      if (count > 1) o.flags |= kOf;
      if (count > size) o = {kArithmeticFlags, true};
      break;
    case Exec::bswap:
      o.all = i.operand_size == x86::Width::w;
      break;
    default:
      break;
  }
  if (count == 0 && (i.exec == Exec::rol || i.exec == Exec::ror || i.exec == Exec::rcl || i.exec == Exec::rcr))
    o.flags = 0;
  return o;
}

// One case on the interpreter.
class Reference {
 public:
  explicit Reference(uint32_t base, bool code16 = false)
      : base_(base), memory_(kCodeBytes + kDataBytes), machine_(memory_, base) {
    for (auto& hidden : machine_.state.hidden) {
      if (code16) hidden.attr &= ~x86::sem::kDefault32;
    }
  }

  // Result as judges give it. `signal`: the vector of an exception plus one.
  HostResult run(const HostCase& c, uint32_t code_offset) {
    fill_memory(memory_.data() + kCodeBytes, c);
    std::memcpy(memory_.data() + code_offset, c.code, sizeof c.code);
    auto& w = machine_.state.words;
    w = {};
    w.cr0 = x86::sem::kCr0Pe;
    for (unsigned n = 0; n < 8; ++n) (&w.eax)[n] = c.regs[n];
    w.eflags = c.eflags;
    w.eip = base_ + code_offset;
    const x86::Step s = x86::step(machine_, *cache_);
    HostResult r{};
    if (s == x86::Step::stopped) r.vector = machine_.stop->vector + 1u;
    unimplemented = s == x86::Step::stopped && machine_.stop->kind == x86::Stop::Kind::unimplemented;
    for (unsigned n = 0; n < 8; ++n) r.regs[n] = (&w.eax)[n];
    r.eflags = w.eflags;
    r.eip = w.eip;
    r.memory = hash_memory(memory_.data() + kCodeBytes);
    return r;
  }
  x86::HostMachine& machine() { return machine_; }
  bool unimplemented = false;

 private:
  uint32_t base_;
  std::vector<uint8_t> memory_;
  x86::HostMachine machine_;
  std::unique_ptr<x86::DecodeCache<x86::HostMachine, 10>> cache_ =
      std::make_unique<x86::DecodeCache<x86::HostMachine, 10>>();
};

}  // namespace veil::test
