// The interpreter on the host: small programs, faults, self-modifying code, the decode cache.
#include <catch2/catch.hpp>
#include <initializer_list>
#include <memory>
#include <vector>

#include "x86/host/host_machine.h"

namespace {

using veil::x86::DecodeCache;
using veil::x86::HostMachine;
using veil::x86::Step;
using veil::x86::Stop;
using veil::x86::Vector;

constexpr uint32_t kCode = 0x1000;
constexpr uint32_t kStack = 0x8000;

struct Guest {
  std::vector<uint8_t> memory = std::vector<uint8_t>(0x10000);
  HostMachine machine{memory};
  std::unique_ptr<DecodeCache<HostMachine, 8>> cache = std::make_unique<DecodeCache<HostMachine, 8>>();

  explicit Guest(std::initializer_list<int> code) {
    uint32_t at = kCode;
    for (const int byte : code) memory[at++] = static_cast<uint8_t>(byte);
    w().eip = kCode;
    w().esp = kStack;
  }
  veil::platform::GuestState& w() { return machine.state.words; }
  Step step() { return veil::x86::step(machine, *cache); }
  Step run(int n) {
    Step s = Step::next;
    while (n-- > 0 && s != Step::stopped) s = step();
    return s;
  }
};

}  // namespace

TEST_CASE("a loop adds") {
  Guest g{0x31, 0xc0,           // xor eax, eax
          0xb9, 10,   0, 0, 0,  // mov ecx, 10
          0x01, 0xc8,           // add eax, ecx
          0x49,                 // dec ecx
          0x75, 0xfb,           // jnz -5
          0xf4};                // hlt
  REQUIRE(g.run(1000) == Step::stopped);
  CHECK(g.machine.stop->kind == Stop::Kind::halted);
  CHECK(g.w().eax == 55);
  CHECK(g.w().halted == 1);
  CHECK(g.w().eip == kCode + 13);
  CHECK(g.machine.retired == 2 + 30 + 1);
}

TEST_CASE("a call pushes the next address, ret comes back") {
  Guest g{0xe8, 1, 0, 0, 0,  // call +1
          0xf4,              // hlt
          0xc3};             // ret
  REQUIRE(g.step() == Step::block_end);
  CHECK(g.w().esp == kStack - 4);
  CHECK(g.machine.load_linear(kStack - 4, veil::x86::Width::d) == kCode + 5);
  g.run(2);
  CHECK(g.machine.stop->kind == Stop::Kind::halted);
  CHECK(g.w().esp == kStack);
}

TEST_CASE("code that changes itself is decoded again") {
  Guest g{0xb8, 1,    0, 0,    0,                 // mov eax, 1
          0xc7, 0x05, 1, 0x10, 0, 0, 7, 0, 0, 0,  // mov dword [0x1001], 7
          0xeb, 0xef};                            // jmp to the start
  g.run(4);
  CHECK(g.w().eax == 7);
  CHECK(g.w().eip == kCode + 5);
}

TEST_CASE("division faults leave no trace") {
  Guest g{0xf7, 0xf1};  // div ecx
  g.w().eax = 5;
  g.w().edx = 1;
  g.w().ecx = 1;
  const auto before = g.machine.state;
  REQUIRE(g.step() == Step::stopped);
  CHECK(g.machine.stop->kind == Stop::Kind::exception);
  CHECK(g.machine.stop->vector == static_cast<uint8_t>(Vector::de));
  CHECK(!g.machine.stop->error);
  CHECK(g.machine.state == before);
  CHECK(g.machine.retired == 0);
}

TEST_CASE("a store outside its segment raises #GP, on the stack #SS, and undoes earlier stores") {
  Guest g{0x60};  // pusha
  g.machine.state.hidden[2].limit = kStack - 1;
  g.w().esp = kStack + 12;
  const auto before = g.machine.state;
  const auto memory = g.memory;
  REQUIRE(g.step() == Step::stopped);
  CHECK(g.machine.stop->vector == static_cast<uint8_t>(Vector::ss));
  CHECK(g.machine.stop->error == 0u);
  CHECK(g.machine.state == before);
  CHECK(g.memory == memory);
}

TEST_CASE("a repeated string instruction keeps what it has done") {
  Guest g{0xf3, 0xaa};  // rep stosb
  g.w().ecx = 100;
  g.w().edi = 0x2000;
  g.w().eax = 0x5a;
  g.machine.state.hidden[0].limit = 0x2000 + 9;
  REQUIRE(g.step() == Step::stopped);
  CHECK(g.machine.stop->vector == static_cast<uint8_t>(Vector::gp));
  CHECK(g.w().ecx == 90);
  CHECK(g.w().edi == 0x200a);
  CHECK(g.w().eip == kCode);
  CHECK(g.memory[0x2009] == 0x5a);
  CHECK(g.machine.retired == 0);
  g.machine.state.hidden[0].limit = 0xffffffff;
  REQUIRE(g.step() == Step::next);
  CHECK(g.w().ecx == 0);
  CHECK(g.memory[0x2063] == 0x5a);
  CHECK(g.machine.retired == 1);
}

TEST_CASE("a repeated string instruction can be left between iterations") {
  Guest g{0xf3, 0xa4};  // rep movsb
  g.w().ecx = 3;
  g.w().esi = kCode;
  g.w().edi = 0x2000;
  g.machine.interrupt_repeats = true;
  g.run(3);
  CHECK(g.w().ecx == 0);
  CHECK(g.w().eip == kCode + 2);
  CHECK(g.machine.retired == 1);
}

TEST_CASE("what is not implemented says so and changes nothing") {
  for (const auto code : {std::initializer_list<int>{0xd9, 0xc0}, {0xdb, 0x28}}) {
    Guest g{code};
    const auto before = g.machine.state;
    REQUIRE(g.step() == Step::stopped);
    CHECK(g.machine.stop->kind == Stop::Kind::unimplemented);
    CHECK(g.machine.state == before);
  }
}

TEST_CASE("invalid opcodes and misplaced LOCK raise #UD, endless prefixes #GP") {
  for (const auto code : {std::initializer_list<int>{0x0f, 0x04}, {0xf0, 0x90}, {0xf0, 0x01, 0xc0}, {0x0f, 0x0b}}) {
    Guest g{code};
    REQUIRE(g.step() == Step::stopped);
    CHECK(g.machine.stop->vector == static_cast<uint8_t>(Vector::ud));
  }
  Guest g{0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x90};
  REQUIRE(g.step() == Step::stopped);
  CHECK(g.machine.stop->vector == static_cast<uint8_t>(Vector::gp));
}

TEST_CASE("start-up code loads its own flat segments") {
  Guest g{0x0f, 0x01,     0x15, 0x00, 0x20, 0,    0,  // lgdt [0x2000]
          0xea, 0x0c + 2, 0x10, 0,    0,    0x08, 0,  // jmp 8:0x100e
          0xb8, 0x10,     0,    0,    0,              // mov eax, 0x10
          0x8e, 0xd8,     0x8e, 0xc0, 0x8e, 0xd0,     // mov ds, es, ss
          0x0f, 0x20,     0xc0,                       // mov eax, cr0
          0x0f, 0x01,     0x05, 0x10, 0x20, 0,    0,  // sgdt [0x2010]
          0xf4};
  const uint8_t table[] = {0x17, 0, 0x00, 0x30, 0, 0};
  const uint8_t descriptors[] = {0, 0,    0,    0, 0,    0,    0, 0, 0xff, 0xff, 0,    0,
                                 0, 0x9a, 0xcf, 0, 0xff, 0xff, 0, 0, 0,    0x92, 0xcf, 0};
  std::copy(std::begin(table), std::end(table), g.memory.begin() + 0x2000);
  std::copy(std::begin(descriptors), std::end(descriptors), g.memory.begin() + 0x3000);
  REQUIRE(g.run(100) == Step::stopped);
  CHECK(g.machine.stop->kind == Stop::Kind::halted);
  CHECK(g.w().cs == 8);
  CHECK(g.w().ds == 0x10);
  CHECK(g.w().ss == 0x10);
  CHECK(g.machine.state.hidden[3].limit == 0xffffffff);
  CHECK(g.memory[0x300d] == 0x9b);  // accessed
  CHECK(g.memory[0x2010] == 0x17);
  CHECK(g.memory[0x2013] == 0x30);
}

TEST_CASE("a descriptor beyond the table is a general protection fault with its selector") {
  Guest g{0x8e, 0xd8};  // mov ds, ax
  g.w().eax = 0x28;
  g.w().gdt_limit = 0x27;
  REQUIRE(g.step() == Step::stopped);
  CHECK(g.machine.stop->vector == static_cast<uint8_t>(Vector::gp));
  CHECK(g.machine.stop->error == 0x28u);
}

TEST_CASE("ports are asked with their width") {
  Guest g{0xe4, 0x60, 0xef};  // in al, 0x60; out dx, eax
  g.w().eax = 0xffffff00;
  g.w().edx = 0x3f8;
  uint32_t written = 0;
  g.machine.port_in = [](uint16_t port, unsigned bytes) { return port == 0x60 && bytes == 1 ? 0x41u : 0u; };
  g.machine.port_out = [&](uint16_t port, unsigned bytes, uint32_t v) {
    written = port == 0x3f8 && bytes == 4 ? v : 0;
  };
  g.run(2);
  CHECK(g.w().eax == 0xffffff41);
  CHECK(written == 0xffffff41);
}

TEST_CASE("a code segment cannot be written, and can be read") {
  Guest g{0x2e, 0xa3, 0, 0x20, 0, 0};  // mov cs:[0x2000], eax
  REQUIRE(g.step() == Step::stopped);
  CHECK(g.machine.stop->vector == static_cast<uint8_t>(Vector::gp));
  Guest h{0x2e, 0xa1, 0, 0x20, 0, 0};
  h.memory[0x2000] = 7;
  REQUIRE(h.step() == Step::next);
  CHECK(h.w().eax == 7);
}

TEST_CASE("far calls and returns, iret") {
  const uint8_t descriptors[] = {0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0x9a, 0xcf, 0};
  Guest g{0x9a, 0x00, 0x11, 0, 0, 8, 0,  // call 8:0x1100
          0x9c,                          // pushf
          0x0e,                          // push cs
          0x68, 0x0f, 0x10, 0, 0,        // push 0x100f
          0xcf,                          // iret
          0xf4, 0xf4, 0xf4};
  std::copy(std::begin(descriptors), std::end(descriptors), g.memory.begin() + 0x3000);
  g.memory[0x1100] = 0xcb;  // retf
  g.w().gdt_base = 0x3000;
  g.w().gdt_limit = 15;
  g.w().cs = 8;
  REQUIRE(g.step() == Step::block_end);
  CHECK(g.w().eip == 0x1100);
  CHECK(g.w().esp == kStack - 8);
  CHECK(g.machine.load_linear(kStack - 4, veil::x86::Width::d) == 8);
  REQUIRE(g.step() == Step::block_end);
  CHECK(g.w().eip == kCode + 7);
  CHECK(g.w().esp == kStack);
  g.w().eflags = 0xcd7;
  REQUIRE(g.run(4) == Step::block_end);
  CHECK(g.w().eip == 0x100f);
  CHECK(g.w().esp == kStack);
  CHECK(g.w().eflags == 0xcd7);
}

TEST_CASE("bound, into without overflow") {
  Guest g{0x62, 0x05, 0, 0x20, 0, 0, 0xce};
  g.memory[0x2004] = 5;  // bounds 0..5
  g.w().eax = 5;
  g.w().eflags = 2;
  REQUIRE(g.run(2) == Step::block_end);
  g.w().eip = kCode;
  g.w().eax = 6;
  REQUIRE(g.step() == Step::stopped);
  CHECK(g.machine.stop->vector == static_cast<uint8_t>(Vector::br));
}

TEST_CASE("cpuid is ours, rdtsc counts instructions") {
  Guest g{0x31, 0xc0, 0x0f, 0xa2, 0x0f, 0x31};  // xor eax, eax; cpuid; rdtsc
  g.run(2);
  CHECK(g.w().eax == 1);
  CHECK(g.w().ebx == 0x6c696556);
  g.step();
  CHECK(g.w().eax == 2);
  CHECK(g.w().edx == 0);
}

TEST_CASE("ring 3 may not touch the processor") {
  for (const auto code :
       {std::initializer_list<int>{0xf4}, {0xfa}, {0x0f, 0x01, 0x15, 0, 0x20, 0, 0}, {0x0f, 0x20, 0xc0}}) {
    Guest g{code};
    g.w().cpl = 3;
    REQUIRE(g.step() == Step::stopped);
    CHECK(g.machine.stop->vector == static_cast<uint8_t>(Vector::gp));
    CHECK(g.machine.stop->error == 0u);
  }
}
