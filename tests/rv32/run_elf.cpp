// Runs a static RV32 Linux program on the ISS as qemu-riscv32 runs it, as far as write and exit go:
// iss_run_elf WIDTH PROGRAM. Standard output and exit status are the program's; 70 on anything unexpected.
#include <elf.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "veil/isa/configs.h"
#include "veil/isa/native.h"
#include "veil/iss/iss.h"

using namespace veil;

namespace {

constexpr uint32_t kDram = 16u << 20, kStack = 11u << 20, kHandler = 0x1000;
constexpr uint64_t kMostGroups = 2'000'000'000;

// The trap handler's only operation writes xlog: that is how the machine hands over.
struct Stopper : iss::Host {
  iss::Machine* machine = nullptr;
  bool trapped = false;
  uint32_t read(uint32_t) override { return 0; }
  void write(uint32_t, uint32_t) override {}
  void log(uint32_t) override {
    trapped = true;
    machine->stop();
  }
};

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "iss_run_elf: %s\n", what.c_str());
  std::exit(70);
}

uint32_t load(const char* path, std::vector<uint8_t>& dram) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> bytes((std::istreambuf_iterator<char>(file)), {});
  Elf32_Ehdr header;
  if (bytes.size() < sizeof header) fail(std::string(path) + ": not an ELF file");
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.e_machine != EM_RISCV || header.e_ident[EI_CLASS] != ELFCLASS32) fail("not a 32-bit RISC-V program");
  for (unsigned i = 0; i < header.e_phnum; i++) {
    Elf32_Phdr segment;
    std::memcpy(&segment, bytes.data() + header.e_phoff + i * sizeof segment, sizeof segment);
    if (segment.p_type != PT_LOAD) continue;
    if (segment.p_vaddr + segment.p_memsz > kDram / 2) fail("segment does not fit");
    std::memcpy(dram.data() + segment.p_vaddr, bytes.data() + segment.p_offset, segment.p_filesz);
  }
  return header.e_entry;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) fail("usage: iss_run_elf WIDTH PROGRAM");
  const std::string name = std::string("w") + argv[1];
  const isa::Config* config = isa::find_config(name.data(), static_cast<unsigned>(name.size()));
  if (config == nullptr) fail("no configuration " + name);
  std::vector<uint8_t> dram(kDram);
  const uint32_t entry = load(argv[2], dram);
  const uint32_t handler = isa::enc::csrrw(0, 0, static_cast<uint32_t>(isa::Csr::xlog));
  std::memcpy(dram.data() + kHandler, &handler, 4);

  Stopper host;
  iss::Machine machine(*config, dram, &host);
  host.machine = &machine;
  machine.state().pc = entry;
  machine.state().mtvec = kHandler;
  machine.state().x[2] = kStack;
  for (;;) {
    host.trapped = false;
    machine.run({.groups = kMostGroups});
    if (!host.trapped) fail("does not end");
    iss::State& s = machine.state();
    if (s.mcause != static_cast<uint32_t>(isa::Cause::ecall)) {
      char text[80];
      std::snprintf(text, sizeof text, "trap: cause %u, pc %08x, value %08x", s.mcause, s.mepc, s.mtval);
      fail(text);
    }
    const uint32_t call = s.x[17];
    if (call == 93 || call == 94) return static_cast<int>(s.x[10] & 0xff);
    if (call != 64) fail("system call " + std::to_string(call));
    std::fwrite(dram.data() + s.x[11], 1, s.x[12], stdout);
    s.x[10] = s.x[12];
    s.pc = s.mepc + 4;
  }
}
