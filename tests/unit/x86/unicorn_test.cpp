// The interpreter against Unicorn: random single instructions, registers, flags, memory, EIP, exceptions.
//
//   x86_unicorn               the ctest: a fixed seed and number of cases
//   VEIL_CASES=n VEIL_SEED=s  more, or others (make campaign)
#include <unicorn/unicorn.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "judged.h"
#include "random_case.h"

namespace {

using namespace veil;
using namespace veil::test;

constexpr uint32_t kBase = 0;

class Unicorn {
 public:
  explicit Unicorn(bool code16) {
    REQUIRE(uc_open(UC_ARCH_X86, code16 ? UC_MODE_16 : UC_MODE_32, &uc_) == UC_ERR_OK);
    REQUIRE(uc_mem_map(uc_, kBase, kCodeBytes + kDataBytes, UC_PROT_ALL) == UC_ERR_OK);
    uc_hook hook = 0;
    uc_hook_add(uc_, &hook, UC_HOOK_INTR, reinterpret_cast<void*>(&interrupt), this, 1, 0);
  }
  ~Unicorn() { uc_close(uc_); }

  // False: memory outside the mapped pages was touched.
  bool run(const HostCase& c, uint32_t code_offset, HostResult& r) {
    static const int kRegisters[] = {UC_X86_REG_EAX, UC_X86_REG_ECX, UC_X86_REG_EDX, UC_X86_REG_EBX,
                                     UC_X86_REG_ESP, UC_X86_REG_EBP, UC_X86_REG_ESI, UC_X86_REG_EDI};
    uint8_t data[kDataBytes];
    fill_memory(data, c);
    uc_mem_write(uc_, kBase + kCodeBytes, data, sizeof data);
    uc_mem_write(uc_, kBase + code_offset, c.code, sizeof c.code);
    uc_ctl_remove_cache(uc_, kBase, kBase + kCodeBytes);
    for (unsigned n = 0; n < 8; ++n) uc_reg_write(uc_, kRegisters[n], &c.regs[n]);
    uc_reg_write(uc_, UC_X86_REG_EFLAGS, &c.eflags);
    vector_ = 0;
    // A repeated string instruction counts once per iteration: it runs until EIP has left it.
    const uint32_t begin = kBase + code_offset;
    uc_err error = UC_ERR_OK;
    uint32_t eip = begin;
    for (int n = 0; n < 100; ++n) {
      error = uc_emu_start(uc_, begin, begin + c.length, 0, 0);
      uc_reg_read(uc_, UC_X86_REG_EIP, &eip);
      if (error != UC_ERR_OK || vector_ != 0 || eip != begin) break;
    }
    for (unsigned n = 0; n < 8; ++n) uc_reg_read(uc_, kRegisters[n], &r.regs[n]);
    uc_reg_read(uc_, UC_X86_REG_EFLAGS, &r.eflags);
    r.eip = eip;
    r.vector = vector_;
    if (error != UC_ERR_OK && error != UC_ERR_INSN_INVALID) return error == UC_ERR_EXCEPTION;
    if (error == UC_ERR_INSN_INVALID) r.vector = static_cast<uint32_t>(x86::Vector::ud) + 1;
    uc_mem_read(uc_, kBase + kCodeBytes, data, sizeof data);
    r.memory = hash_memory(data);
    return true;
  }

 private:
  static void interrupt(uc_engine* uc, uint32_t number, void* self) {
    static_cast<Unicorn*>(self)->vector_ = number + 1;
    uc_emu_stop(uc);
  }
  uc_engine* uc_ = nullptr;
  uint32_t vector_ = 0;
};

// Where Unicorn 2.0 (QEMU 5) is not the processor. The host test covers the same cases with the processor itself.
bool unicorn_differs(const x86::Insn& i) {
  switch (i.exec) {
    // Flags of LOCK NEG come from a stale value (QEMU 5).
    case x86::Exec::neg:
      return i.lock;
    // It has BMI and LZCNT, whatever it is told: F3 BSF, F3 BSR are TZCNT, LZCNT there.
    case x86::Exec::bsf:
    case x86::Exec::bsr:
      return i.rep == x86::Rep::rep;
    // F6 /1, F7 /1 are undocumented, and on every processor TEST; #UD there. The same with 0F 18 and a register.
    case x86::Exec::test:
      return (i.opcode == 0xf6 || i.opcode == 0xf7) && i.modrm_reg == 1;
    case x86::Exec::nop:
      return i.opcode == 0x18;
    default:
      return false;
  }
}

void compare(bool code16) {
  const uint32_t cases = from_environment("VEIL_CASES", 150000);
  Source source(from_environment("VEIL_SEED", 1),
                {.base = kBase, .code16 = code16, .address16 = true, .flag_image = true});
  auto unicorn = std::make_unique<Unicorn>(code16);
  Reference reference(kBase, code16);
  Verdict verdict;
  uint32_t outside = 0;
  const bool verbose = std::getenv("VEIL_VERBOSE") != nullptr;
  for (uint32_t n = 0; n < cases; ++n) {
    if (n % 1000 == 999) unicorn = std::make_unique<Unicorn>(code16);
    const HostCase c = source.next();
    const x86::Insn insn = x86::decode(std::span<const uint8_t>(c.code, 15), {!code16, !code16}).insn;
    if (unicorn_differs(insn)) continue;
    const uint32_t at = 0x40 + n % 100 * 0x20;
    const HostResult ours = reference.run(c, at);
    if (reference.unimplemented) continue;  // popf that sets TF
    HostResult theirs{};
    if (verbose) std::fprintf(stderr, "%s\n", show(c, ours, theirs, 0).c_str());  // Unicorn may abort
    if (!unicorn->run(c, at, theirs)) {
      ++outside;
      continue;
    }
    // After an exception without handlers its vector is not reliable; that EIP has not moved is.
    const bool stuck = theirs.vector != 0 || (theirs.eip == kBase + at && ours.vector != 0);
    verdict.judge(insn, c, ours, theirs, (ours.vector != 0) == stuck);
  }
  verdict.report();
  CHECK(outside < cases / 20);
  CHECK(verdict.seen.size() > 120);
}

}  // namespace

TEST_CASE("random instructions of 32-bit code leave the same state as in Unicorn") { compare(false); }
TEST_CASE("random instructions of 16-bit code leave the same state as in Unicorn") { compare(true); }
