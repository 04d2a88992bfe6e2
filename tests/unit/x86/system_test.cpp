// The system side against the manual, where QEMU is no judge (tests/guest: segments, gates, rings have the rest):
// segment limits, EXT and RF, double and triple faults, stacks that are not present, tasks, the shadow after sti and
// mov ss.
#include <catch2/catch.hpp>

#include "system_world.h"

namespace {

using namespace veil;
using namespace veil::test;
using Outcome = World::Outcome;
using x86::Event;

constexpr uint32_t kRf = 0x10000, kIf = 0x200, kTf = 0x100;

}  // namespace

TEST_CASE("limits: every kind of data segment, offsets and widths around its edges") {
  struct Kind {
    unsigned access, flags;
  };
  for (const Kind kind : {Kind{World::kData, 4},
                          {World::kDataDown, 4},
                          {World::kDataDown, 0},
                          {World::kReadOnly, 4},
                          {World::kExecuteRead, 4},
                          {World::kExecute, 4},
                          {World::kData, 12},
                          {World::kDataDown, 12}}) {
    for (const uint32_t limit : {0u, 3u, 0x7fu}) {
      const bool pages = (kind.flags & 8) != 0, code = (kind.access & 8) != 0, down = !code && (kind.access & 4) != 0;
      const bool second = (kind.access & 2) != 0;
      const uint64_t last = pages ? uint64_t{limit} << 12 | 0xfff : limit;
      const uint64_t low = down ? last + 1 : 0, high = !down ? last : (kind.flags & 4) != 0 ? 0xffffffff : 0xffff;
      for (const uint64_t edge : {low, high, uint64_t{0}, uint64_t{0x10000}}) {
        for (int delta = -5; delta <= 5; ++delta) {
          const auto offset = static_cast<uint32_t>(edge + static_cast<uint64_t>(delta));
          for (unsigned variant = 0; variant < 6; ++variant) {
            const bool store = variant >= 3;
            const uint32_t size = 1u << variant % 3;
            World world;
            world.descriptor(World::kFree, 0x40000, limit, kind.access, kind.flags);
            world.w().eax = World::kFree;
            REQUIRE(!world.run({0x8e, 0xe0}).vector == (code ? second : true));  // mov fs, ax
            if (code && !second) continue;
            world.w().ecx = offset;
            const int opcode = (store ? 0x88 : 0x8a) + (size > 1 ? 1 : 0);
            const Outcome o = size == 2 ? world.run({0x66, 0x64, opcode, 0x01}) : world.run({0x64, opcode, 0x01});
            const bool inside = offset >= low && uint64_t{offset} + size - 1 <= high;
            const bool ok = inside && (!store || (!code && second));
            INFO("access " << kind.access << " flags " << kind.flags << " limit " << limit << " offset " << offset
                           << " size " << size << " store " << store);
            CHECK(o.vector.has_value() == !ok);
            if (!ok) CHECK(raised(o, Vector::gp, 0));
          }
        }
      }
    }
  }
}

TEST_CASE("the stack's limit raises #SS, through EBP too; a null segment raises #GP") {
  World w;
  w.descriptor(World::kFree, 0, 0x2ffff, World::kData, 4);
  w.w().eax = World::kFree;
  REQUIRE(!w.run({0x8e, 0xd0}).vector);  // mov ss, ax
  w.w().ebp = 0x2fffd;
  CHECK(raised(w.run({0x8b, 0x45, 0}), Vector::ss, 0));  // mov eax, [ebp]
  World n;
  n.w().eax = 3;
  REQUIRE(!n.run({0x8e, 0xd8}).vector);                     // mov ds, ax
  CHECK(raised(n.run({0xa1, 0, 0, 4, 0}), Vector::gp, 0));  // mov eax, [0x40000]
}

TEST_CASE("bases of fs and gs are added") {
  World w;
  w.descriptor(World::kFree, 0x40000, 0xfff, World::kData, 4);
  w.w().eax = World::kFree;
  w.run({0x8e, 0xe8});  // mov gs, ax
  w.put(0x40010, 0x1234);
  w.run({0x65, 0xa1, 0x10, 0, 0, 0});  // mov eax, gs:[0x10]
  CHECK(w.w().eax == 0x1234);
}

TEST_CASE("near transfers beyond the code segment fault at the instruction that makes them") {
  World w;
  w.descriptor(World::kFree, 0, 0x8fff, World::kExecuteRead, 4);
  w.push(World::kFree);
  w.push(World::kCode + 1);
  REQUIRE(!w.run({0xcb}).vector);  // retf
  REQUIRE(w.w().cs == World::kFree);
  const uint32_t esp = w.w().esp;
  const Outcome o = w.run({0xe8, 0, 0x10, 0, 0});  // call 0x9005
  CHECK(raised(o, Vector::gp, 0));
  CHECK(o.eip == World::kCode);
  CHECK(w.w().esp == esp - 16);  // the frame alone: nothing of the call
}

TEST_CASE("EXT: in the error codes of what fails while an exception or an interrupt is delivered, not for int n") {
  const auto missing = [](World& w, unsigned vector) { w.gate(vector, 0x0e, World::kCode0); };
  World a;
  missing(a, 6);
  CHECK(raised(a.run({0x0f, 0x0b}), Vector::np, 6 * 8 + 2 + 1));  // ud2
  World b;
  missing(b, 0x80);
  CHECK(raised(b.run({0xcd, 0x80}), Vector::np, 0x80 * 8 + 2));
  World c;
  missing(c, 0x40);
  c.irq = 0x40;
  c.w().eflags |= kIf;
  CHECK(raised(c.run({0x90}), Vector::np, 0x40 * 8 + 2 + 1));
  World d;
  d.gate(6, 0x8e, World::kFree);
  CHECK(raised(d.run({0x0f, 0x0b}), Vector::gp, World::kFree + 1));
  World e;
  e.gate(6, 0x8e, 0);
  CHECK(raised(e.run({0x0f, 0x0b}), Vector::gp, 1));
  World f;  // the handler of #UD is in ring 1, whose stack is no stack
  f.gate(6, 0x8e, World::kCode1);
  f.put(World::kTss + 16, World::kCode1);
  f.ring(3);
  CHECK(raised(f.run({0x0f, 0x0b}), Vector::ts, (World::kCode1 & 0xfffc) + 1));
  World g;  // int1 is no software interrupt: no check of the gate's DPL, EXT
  g.ring(3);
  CHECK(g.run({0xf1}).vector == 1u);
  World h;
  h.ring(3);
  CHECK(raised(h.run({0xcc}), Vector::gp, 3 * 8 + 2));
}

TEST_CASE("stacks that are not present raise #SS, whoever loads them") {
  World inner;
  inner.gate(0x80, 0xee, World::kCode1);
  inner.descriptor(World::kData1, 0, 0xfffff, 0x33, World::kFlat);
  inner.ring(3);
  CHECK(raised(inner.run({0xcd, 0x80}), Vector::ss, World::kData1 & 0xfffc));
  World outer;
  outer.descriptor(World::kFree, 0, 0xfffff, 0x73, World::kFlat);
  outer.push(World::kFree | 3);
  outer.push(World::kStack3);
  outer.push(2);
  outer.push(World::kCode3);
  outer.push(World::kCode);
  CHECK(raised(outer.run({0xcf}), Vector::ss, World::kFree));
  World null;
  null.push(0);
  null.push(World::kStack3);
  null.push(2);
  null.push(World::kCode3);
  null.push(World::kCode);
  CHECK(raised(null.run({0xcf}), Vector::gp, 0));
}

TEST_CASE("an inner stack without room raises #SS with its selector") {
  for (const uint32_t room : {19u, 20u}) {
    World w;
    w.gate(0x80, 0xee, World::kCode1);
    w.descriptor(World::kData1, 0x21000, 0xfff, 0xb7, 4);  // expand-down: offsets from 0x1000 on
    w.put(World::kTss + 12, 0x1000 + room);
    w.ring(3);
    const Outcome o = w.run({0xcd, 0x80});
    if (room == 20) {
      CHECK(o.vector == 0x80u);
    } else {
      CHECK(raised(o, Vector::ss, World::kData1 & 0xfffc));
    }
  }
}

TEST_CASE("the TSS must reach to the stack that is asked for") {
  for (const uint32_t limit : {16u, 17u}) {
    World w;
    w.gate(0x80, 0xee, World::kCode1);
    w.w().tr_limit = limit;
    w.ring(3);
    const Outcome o = w.run({0xcd, 0x80});
    if (limit == 17) {
      CHECK(o.vector == 0x80u);
    } else {
      CHECK(raised(o, Vector::ts, World::kTask));
    }
  }
  World w;  // no TSS at all
  w.w().tr = w.w().tr_attr = w.w().tr_limit = 0;
  w.ring(3);
  CHECK(w.run({0x0f, 0x0b}).stop == Stop::Kind::shutdown);
}

TEST_CASE("frames: EIP of faults and traps, RF, gates and IF, the stack of ring 0") {
  World w;
  w.ring(3);
  w.w().eflags |= kIf | 1;
  const Outcome fault = w.run({0x0f, 0x0b});
  CHECK(fault.vector == 6u);
  CHECK(fault.eip == World::kCode);
  CHECK(fault.cs == World::kCode3);
  CHECK(fault.eflags == (kRf | kIf | 3));
  CHECK(fault.esp == World::kStack3);
  CHECK(fault.ss == World::kData3);
  CHECK(w.w().esp == World::kStack0 - 20);
  CHECK(w.w().cs == World::kCode0);
  CHECK(w.w().ss == World::kData0);
  CHECK(w.w().cpl == 0);
  CHECK((w.w().eflags & (kIf | kTf | kRf)) == 0);
  World s;
  s.gate(0x80, 0xef, World::kCode0);  // a trap gate
  s.ring(3);
  s.w().eflags |= kIf;
  const Outcome software = s.run({0xcd, 0x80});
  CHECK(software.eip == World::kCode + 2);
  CHECK(software.eflags == (kIf | 2));
  CHECK((s.w().eflags & kIf) != 0);
}

TEST_CASE("a repeated string instruction is stepped at each iteration, with RF but for the last") {
  World w;
  w.w().ecx = 3;
  w.w().edi = 0x40000;
  w.w().eflags |= kTf;
  for (uint32_t left = 2;; --left) {
    const Outcome o = w.run({0xf3, 0xaa});
    CHECK(o.vector == 1u);
    CHECK(w.w().ecx == left);
    CHECK(w.w().dr6 == 0xffff4ff0);
    CHECK(o.eip == World::kCode + (left == 0 ? 2 : 0));
    CHECK(((o.eflags & kRf) != 0) == (left != 0));
    if (left == 0) break;
    w.w().eflags |= kTf;
  }
  World i;  // an interrupt finds it complete or at its beginning: no RF
  i.w().eflags |= kIf;
  i.irq = 0x40;
  i.w().ecx = 3;
  const Outcome o = i.run({0xf3, 0xaa});
  CHECK(o.vector == 0x40u);
  CHECK((o.eflags & kRf) == 0);
  CHECK(i.w().ecx == 3);
}

TEST_CASE("interrupts: the shadow of sti and mov ss, IF, hlt") {
  World w;
  w.irq = 0x40;
  w.code({0xfb, 0x90, 0x90});  // sti; nop; nop
  CHECK(!w.step().vector);
  CHECK(!w.step().vector);
  const Outcome o = w.step();
  CHECK(o.vector == 0x40u);
  CHECK(o.eip == World::kCode + 2);
  World m;
  m.w().eflags |= kIf;
  m.w().eax = World::kData0;
  m.code({0x8e, 0xd0, 0x90});
  CHECK(!m.step().vector);
  m.irq = 0x40;
  CHECK(!m.step().vector);
  CHECK(m.step().vector == 0x40u);
  World again;  // IF was set already: sti holds nothing off
  again.w().eflags |= kIf;
  again.code({0xfb, 0x90});
  CHECK(!again.step().vector);
  again.irq = 0x40;
  CHECK(again.step().vector == 0x40u);
  World h;
  h.w().eflags |= kIf;
  h.code({0xf4, 0x90});
  CHECK(!h.step().vector);
  CHECK(h.step().stop == Stop::Kind::halted);
  h.irq = 0x40;
  const Outcome woken = h.step();
  CHECK(woken.vector == 0x40u);
  CHECK(woken.eip == World::kCode + 1);
  CHECK(h.w().halted == 0);
}

TEST_CASE("double faults: the manual's table") {
  // Rows: first; columns: second. SDM vol. 3, table 6-5.
  const Event benign = x86::fault_event(Vector::ud), contributory = x86::fault_event(Vector::gp, 8),
              page = x86::fault_event(Vector::pf, 2), twice = x86::fault_event(Vector::df);
  for (const Event& second : {benign, contributory, page}) {
    CHECK(x86::escalate(benign, second) == second);
    CHECK(x86::escalate(x86::software_event(13), second) == second);
    CHECK(x86::escalate(x86::external_event(14), second) == second);
    CHECK(x86::escalate(twice, second) == std::nullopt);
  }
  CHECK(x86::escalate(contributory, benign) == benign);
  CHECK(x86::escalate(contributory, contributory) == twice);
  CHECK(x86::escalate(contributory, page) == page);
  CHECK(x86::escalate(page, benign) == benign);
  CHECK(x86::escalate(page, contributory) == twice);
  CHECK(x86::escalate(page, page) == twice);
  for (const Vector v : {Vector::de, Vector::ts, Vector::np, Vector::ss, Vector::gp}) {
    CHECK(x86::escalate(x86::fault_event(v), x86::fault_event(v)) == twice);
  }
}

TEST_CASE("a double fault saves the first instruction; a third fault is a shutdown") {
  World w;
  w.gate(13, 0x0e, World::kCode0);  // #GP, then #NP
  w.w().eax = World::kFree;
  w.w().esp -= 64;
  const Outcome o = w.run({0x8e, 0xd8});
  CHECK(raised(o, Vector::df, 0));
  CHECK(o.eip == World::kCode);
  CHECK((o.eflags & kRf) == 0);
  CHECK(w.w().esp == World::kStack0 - 64 - 16);
  World t;
  t.w().idt_limit = 0;
  CHECK(t.run({0xcc}).stop == Stop::Kind::shutdown);
}

TEST_CASE("page faults: error codes, CR2, and nothing done") {
  World w;
  w.paging();
  w.ring(3);
  w.entry(0x40000) = 0;
  w.w().ecx = 0x3fffe;
  const Outcome store = w.run({0x89, 0x01});  // mov [ecx], eax: crosses into the page
  CHECK(raised(store, Vector::pf, 6));
  CHECK(w.w().cr2 == 0x40000);
  CHECK(w.get(0x3fffc) == 0);
  World p;
  p.paging();
  p.ring(3);
  p.entry(0x40000) &= ~4u;
  p.w().ecx = 0x40000;
  CHECK(raised(p.run({0x8b, 0x01}), Vector::pf, 5));
  World r;  // a read-only page: the kernel too, with WP; not without
  r.paging();
  r.entry(0x40000) &= ~2u;
  r.w().ecx = 0x40000;
  CHECK(raised(r.run({0x89, 0x01}), Vector::pf, 3));
  World q;
  q.paging();
  q.w().cr0 &= ~x86::sem::kCr0Wp;
  q.entry(0x40000) &= ~2u;
  q.w().ecx = 0x40000;
  CHECK(!q.run({0x89, 0x01}).vector);
  World f;  // the code itself, with the last byte in the next page
  f.paging();
  f.ring(3);
  f.entry(0x9000) = 0;
  f.memory[0x8fff] = 0x89;
  f.w().eip = 0x8fff;
  CHECK(raised(f.step(), Vector::pf, 4));
  CHECK(f.w().cr2 == 0x9000);
  World u;  // an instruction that ends with its page does not look at the next
  u.paging();
  u.entry(0x9000) = 0;
  u.memory[0x8fff] = 0x90;
  u.w().eip = 0x8fff;
  CHECK(!u.step().vector);
}

TEST_CASE("ins writes: a page fault is a write's, and the port has not been read") {
  World w;
  w.paging();
  w.entry(0x40000) = 0;
  w.w().edi = 0x40000;
  w.w().ecx = 3;
  unsigned reads = 0;
  w.machine.port_in = [&](uint16_t, unsigned) { return ++reads; };
  const Outcome o = w.run({0xf3, 0x6c});  // rep insb
  CHECK(raised(o, Vector::pf, 2));
  CHECK(reads == 0);
  World b;  // the second page of a port's worth
  b.paging();
  b.entry(0x40000) = 0;
  b.w().edi = 0x3fffe;
  b.w().ecx = 3;
  b.machine.port_in = [&](uint16_t, unsigned) { return ++reads; };
  CHECK(raised(b.run({0xf3, 0x6c}), Vector::pf, 2));
  CHECK(reads == 2);
  CHECK(b.w().ecx == 1);
  CHECK(b.memory[0x3fffe] == 1);
  CHECK(b.memory[0x3ffff] == 2);
}

TEST_CASE("a page fault on an inner stack is the kernel's, and undoes the interrupt") {
  World w;
  w.paging();
  w.gate(0x80, 0xee, World::kCode1);
  w.entry(World::kStack1) = 0;
  w.ring(3);
  const Outcome o = w.run({0xcd, 0x80});
  CHECK(raised(o, Vector::pf, 2));
  CHECK(o.eip == World::kCode);
  CHECK(o.cs == World::kCode3);
  CHECK(w.w().cr2 == World::kStack1 - 4);
  World s;  // on ring 0's own stack nothing helps
  s.paging();
  s.entry(World::kStack0) = 0;
  s.ring(3);
  CHECK(s.run({0x0f, 0x0b}).stop == Stop::Kind::shutdown);
}

TEST_CASE("descriptor tables in pages of the kernel are read from ring 3") {
  World w;
  w.paging();
  w.entry(World::kGdt) &= ~4u;
  w.ring(3);
  w.w().eax = World::kData3;
  CHECK(!w.run({0x8e, 0xd8}).vector);
  w.entry(World::kGdt) = 0;
  CHECK(w.run({0x8e, 0xd8}).stop == Stop::Kind::shutdown);  // nor can the handler be entered
}

TEST_CASE("call gates: a conforming segment keeps the privilege; a jump to one that is not present raises #NP") {
  World w;
  w.descriptor(World::kFree, 0, 0xfffff, World::kConformingCode, World::kFlat);
  w.put(World::descriptor_address(World::kFree + 8), World::kFree << 16 | 0x9000);
  w.put(World::descriptor_address(World::kFree + 8) + 4, 0xec02);
  w.ring(3);
  REQUIRE(!w.run({0x9a, 0, 0, 0, 0, World::kFree + 8, 0}).vector);
  CHECK(w.w().cs == (World::kFree | 3));
  CHECK(w.w().eip == 0x9000);
  CHECK(w.w().esp == World::kStack3 - 8);
  World n;
  n.descriptor(World::kFree, 0, 0xfffff, 0x1a, World::kFlat);
  n.put(World::descriptor_address(World::kFree + 8), World::kFree << 16 | 0x9000);
  n.put(World::descriptor_address(World::kFree + 8) + 4, 0xec00);
  CHECK(raised(n.run({0xea, 0, 0, 0, 0, World::kFree + 8, 0}), Vector::np, World::kFree));
}

TEST_CASE("a call gate with parameters changes stacks") {
  World w;
  w.put(World::descriptor_address(World::kFree), World::kCode0 << 16 | 0x9000);
  w.put(World::descriptor_address(World::kFree) + 4, 0xec02);
  w.ring(3);
  w.push(0x1111);
  w.push(0x2222);
  REQUIRE(!w.run({0x9a, 0, 0, 0, 0, World::kFree, 0}).vector);
  CHECK(w.w().cpl == 0);
  const uint32_t esp = w.w().esp;
  CHECK(esp == World::kStack0 - 24);
  CHECK(w.get(esp) == World::kCode + 7);
  CHECK(w.get(esp + 4) == World::kCode3);
  CHECK(w.get(esp + 8) == 0x2222);
  CHECK(w.get(esp + 12) == 0x1111);
  CHECK(w.get(esp + 16) == World::kStack3 - 8);
  CHECK(w.get(esp + 20) == World::kData3);
  REQUIRE(!w.run({0xca, 8, 0}).vector);  // retf 8
  CHECK(w.w().cpl == 3);
  CHECK(w.w().esp == World::kStack3);
  CHECK(w.w().ds == World::kData3);
}

TEST_CASE("returning to ring 3 drops the kernel's data segments, not conforming code") {
  World w;
  w.descriptor(World::kFree, 0, 0xfffff, World::kConformingCode, World::kFlat);
  w.w().eax = World::kFree;
  REQUIRE(!w.run({0x8e, 0xe0}).vector);  // mov fs, ax
  w.w().eax = World::kData3;
  REQUIRE(!w.run({0x8e, 0xe8}).vector);  // mov gs, ax
  w.push(World::kData3);
  w.push(World::kStack3);
  w.push(2);
  w.push(World::kCode3);
  w.push(World::kCode);
  REQUIRE(!w.run({0xcf}).vector);
  CHECK(w.w().cpl == 3);
  CHECK(w.w().ds == 0);
  CHECK(w.w().es == 0);
  CHECK(w.w().fs == World::kFree);
  CHECK(w.w().gs == World::kData3);
  CHECK(raised(w.run({0xa1, 0, 0, 4, 0}), Vector::gp, 0));
}

TEST_CASE("ltr: null is #GP(0), one in the LDT #GP, busy is set and refused") {
  World w;
  CHECK(raised(w.run({0x0f, 0x00, 0xd8}), Vector::gp, 0));
  w.w().eax = 4;
  CHECK(raised(w.run({0x0f, 0x00, 0xd8}), Vector::gp, 4));
  w.w().eax = World::kTask;
  CHECK(raised(w.run({0x0f, 0x00, 0xd8}), Vector::gp, World::kTask));
  w.descriptor(World::kTask, World::kTss, 0x67, 0x89, 0);
  CHECK(!w.run({0x0f, 0x00, 0xd8}).vector);
  CHECK((w.get(World::kGdt + World::kTask + 4) & 0x200) != 0);
}

TEST_CASE("control registers: what the processor does not have is #GP, what we do not have says so") {
  for (const uint32_t cr4 : {1u, 0x10u, 0x80u, 0xfffffffbu}) {
    World w;
    w.w().eax = cr4;
    CHECK(raised(w.run({0x0f, 0x22, 0xe0}), Vector::gp, 0));
  }
  World tsd;
  tsd.w().eax = 4;
  CHECK(!tsd.run({0x0f, 0x22, 0xe0}).vector);
  CHECK(!tsd.run({0x0f, 0x31}).vector);
  tsd.ring(3);
  CHECK(raised(tsd.run({0x0f, 0x31}), Vector::gp, 0));
  for (const uint32_t cr0 : {0x80000010u, 0x20000011u}) {
    World w;
    w.w().eax = cr0;
    CHECK(raised(w.run({0x0f, 0x22, 0xc0}), Vector::gp, 0));
  }
  World real;
  real.w().eax = 0x10;
  CHECK(real.run({0x0f, 0x22, 0xc0}).stop == Stop::Kind::unimplemented);
  World lmsw;
  lmsw.w().eax = 0;
  CHECK(!lmsw.run({0x0f, 0x01, 0xf0}).vector);
  CHECK((lmsw.w().cr0 & 1) == 1);
  World msr;
  CHECK(raised(msr.run({0x0f, 0x32}), Vector::ud));
}

TEST_CASE("debug registers keep what they have") {
  World w;
  w.w().eax = 0xffffffff;
  REQUIRE(!w.run({0x0f, 0x23, 0xf0}).vector);  // mov dr6, eax
  CHECK(w.w().dr6 == 0xffffefff);
  w.w().eax = 0;
  REQUIRE(!w.run({0x0f, 0x23, 0xf8}).vector);  // mov dr7, eax
  REQUIRE(!w.run({0x0f, 0x21, 0xe8}).vector);  // mov eax, dr5: the same register
  CHECK(w.w().eax == 0x400);
}

TEST_CASE("no x87: #NM for a kernel that emulates one, an empty socket for programs that look") {
  for (const uint32_t bit : {x86::sem::kCr0Em, x86::sem::kCr0Ts}) {
    for (const auto code : {std::initializer_list<int>{0xdb, 0xe3}, {0xdf, 0xe0}, {0xd9, 0xe8}}) {
      World w;
      w.w().cr0 |= bit;
      const Outcome o = w.run(code);
      CHECK(raised(o, Vector::nm));
      CHECK(o.eip == World::kCode);
    }
  }
  World w;
  CHECK(!w.run({0xdb, 0xe3}).vector);  // fninit
  CHECK(!w.run({0xdf, 0xe0}).vector);  // fnstsw ax
  CHECK(w.w().eax == 0xffff);
  CHECK(!w.run({0x9b}).vector);
  CHECK(w.run({0xd9, 0xe8}).stop == Stop::Kind::unimplemented);
  World f;
  f.w().cr0 |= x86::sem::kCr0Mp | x86::sem::kCr0Ts;
  CHECK(raised(f.run({0x9b}), Vector::nm));
}

TEST_CASE("tasks and virtual 8086 are not implemented, and say so") {
  World w;
  w.descriptor(World::kFree, World::kTss, 0x67, 0x89, 0);
  CHECK(w.run({0xea, 0, 0, 0, 0, World::kFree, 0}).stop == Stop::Kind::unimplemented);
  World g;
  g.gate(0x80, 0x85, World::kTask);
  CHECK(g.run({0xcd, 0x80}).stop == Stop::Kind::unimplemented);
  World n;
  n.w().eflags |= 0x4000;
  CHECK(n.run({0xcf}).stop == Stop::Kind::unimplemented);
  World v;
  v.push(0x20002);
  v.push(World::kCode0);
  v.push(World::kCode);
  CHECK(v.run({0xcf}).stop == Stop::Kind::unimplemented);
}
