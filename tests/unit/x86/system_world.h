// A machine for tests of the system side: GDT, LDT, IDT, TSS, stacks for rings 0, 1 and 3. One instruction runs; what
// comes of it is read from the state and from the frame that was pushed, not by code of the guest.
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <vector>

#include "x86/host/host_system.h"

namespace veil::test {

using x86::Seg;
using x86::Stop;
using x86::Vector;
using x86::Width;

struct World {
  static constexpr uint32_t kGdt = 0x1000, kIdt = 0x2000, kLdt = 0x3000, kTss = 0x4000, kCode = 0x8000,
                            kHandlers = 0x10000, kStack0 = 0x20800, kStack1 = 0x21800, kStack3 = 0x22800,
                            kPageTables = 0x30000, kMemory = 0x80000;
  static constexpr uint32_t kCode0 = 0x08, kData0 = 0x10, kCode3 = 0x1b, kData3 = 0x23, kTask = 0x28,
                            kLocalTable = 0x30, kCode1 = 0x39, kData1 = 0x41, kFree = 0x48;
  static constexpr unsigned kData = 0x92, kDataDown = 0x96, kReadOnly = 0x90, kExecute = 0x98, kExecuteRead = 0x9a,
                            kConformingCode = 0x9e;
  static constexpr unsigned kFlat = 0xc;

  std::vector<uint8_t> memory = std::vector<uint8_t>(kMemory);
  x86::HostMachine machine{memory};
  std::unique_ptr<x86::DecodeCache<x86::HostMachine, 4>> cache =
      std::make_unique<x86::DecodeCache<x86::HostMachine, 4>>();
  std::optional<uint8_t> irq;

  World() {
    w().gdt_base = kGdt;
    w().gdt_limit = 0xff;
    w().idt_base = kIdt;
    w().idt_limit = 0x7ff;
    descriptor(kCode0, 0, 0xfffff, kExecuteRead | 1, kFlat);
    descriptor(kData0, 0, 0xfffff, kData | 1, kFlat);
    descriptor(kCode3, 0, 0xfffff, kExecuteRead | 0x61, kFlat);
    descriptor(kData3, 0, 0xfffff, kData | 0x61, kFlat);
    descriptor(kCode1, 0, 0xfffff, kExecuteRead | 0x21, kFlat);
    descriptor(kData1, 0, 0xfffff, kData | 0x21, kFlat);
    descriptor(kTask, kTss, 0x67, 0x8b, 0);
    descriptor(kLocalTable, kLdt, 0xff, 0x82, 0);
    w().tr = kTask;
    w().tr_base = kTss;
    w().tr_limit = 0x67;
    w().tr_attr = 0x8b00;
    w().ldt = kLocalTable;
    w().ldt_base = kLdt;
    w().ldt_limit = 0xff;
    w().ldt_attr = 0x8200;
    put(kTss + 4, kStack0);
    put(kTss + 8, kData0);
    put(kTss + 12, kStack1);
    put(kTss + 16, kData1);
    put(kTss + 0x64, 0x680000);
    for (unsigned v = 0; v < 256; ++v) gate(v, 0x8e, kCode0);
    ring(0);
  }

  platform::GuestState& w() { return machine.state.words; }
  uint32_t get(uint32_t at) const {
    uint32_t v = 0;
    std::memcpy(&v, &memory[at], 4);
    return v;
  }
  void put(uint32_t at, uint32_t v) { std::memcpy(&memory[at], &v, 4); }

  static uint32_t descriptor_address(uint32_t selector) {
    return ((selector & 4) != 0 ? kLdt : kGdt) + (selector & 0xfff8);
  }
  void descriptor(uint32_t selector, uint32_t base, uint32_t limit, unsigned access, unsigned flags) {
    put(descriptor_address(selector), base << 16 | (limit & 0xffff));
    put(descriptor_address(selector) + 4,
        (base & 0xff000000) | flags << 20 | (limit & 0xf0000) | access << 8 | (base >> 16 & 0xff));
  }
  void gate(unsigned vector, unsigned access, uint32_t selector) {
    const uint32_t offset = kHandlers + 16 * vector;
    put(kIdt + 8 * vector, selector << 16 | (offset & 0xffff));
    put(kIdt + 8 * vector + 4, (offset & 0xffff0000) | access << 8);
  }

  void ring(uint32_t level) {
    static constexpr uint32_t kCodes[] = {kCode0, kCode1, 0, kCode3}, kDatas[] = {kData0, kData1, 0, kData3};
    static constexpr uint32_t kStacks[] = {kStack0, kStack1, 0, kStack3};
    w().cpl = level;
    w().esp = kStacks[level];
    for (const Seg s : {Seg::es, Seg::cs, Seg::ss, Seg::ds, Seg::fs, Seg::gs}) {
      const uint32_t attr = s == Seg::cs ? x86::sem::kFlatCode : x86::sem::kFlatData;
      machine.set_segment(s, s == Seg::cs ? kCodes[level] : kDatas[level], {0, 0xffffffff, attr | level << 13});
    }
  }

  // Pages one to one, present, writable, user; entries to be changed by tests.
  void paging() {
    put(kPageTables, (kPageTables + 0x1000) | 7);
    for (uint32_t page = 0; page < kMemory / 0x1000; ++page) entry(page << 12) = page << 12 | 7;
    w().cr3 = kPageTables;
    w().cr0 |= x86::sem::kCr0Pg | x86::sem::kCr0Wp;
  }
  uint32_t& entry(uint32_t linear) {
    return *reinterpret_cast<uint32_t*>(&memory[kPageTables + 0x1000 + (linear >> 12) * 4]);
  }

  struct Outcome {
    std::optional<unsigned> vector;  // of the handler that has been entered
    uint32_t error = 0;
    uint32_t eip = 0, cs = 0, eflags = 0, esp = 0, ss = 0;  // of the frame
    std::optional<Stop::Kind> stop;
  };
  Outcome step() {
    const bool ended = x86::system_step(machine, *cache, irq) == x86::Step::stopped;
    Outcome o;
    if (ended) {
      o.stop = machine.stop->kind;
      return o;
    }
    if (w().eip < kHandlers || w().eip >= kHandlers + 0x1000) return o;
    o.vector = (w().eip - kHandlers) / 16;
    uint32_t at = w().esp;
    if (*o.vector < 32 && x86::has_error_code(static_cast<Vector>(*o.vector))) {
      o.error = get(at);
      at += 4;
    }
    o.eip = get(at);
    o.cs = get(at + 4);
    o.eflags = get(at + 8);
    o.esp = get(at + 12);
    o.ss = get(at + 16);
    return o;
  }
  void code(std::initializer_list<int> bytes) {
    uint32_t at = kCode;
    for (const int byte : bytes) memory[at++] = static_cast<uint8_t>(byte);
    w().eip = kCode;
  }
  Outcome run(std::initializer_list<int> bytes) {
    code(bytes);
    return step();
  }
  void push(uint32_t v) { put(w().esp -= 4, v); }
};

// The handler of this vector has been entered, with this error code.
inline bool raised(const World::Outcome& o, Vector v, uint32_t error = 0) {
  return o.vector == static_cast<unsigned>(v) && o.error == error;
}

}  // namespace veil::test
