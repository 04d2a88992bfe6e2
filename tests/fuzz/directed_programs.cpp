#include "directed_programs.h"

#include <functional>
#include <optional>

#include "group_builder.h"
#include "veil/isa/native.h"
#include "veil/isa/platform.h"

namespace veil::fuzz {
namespace {

namespace enc = isa::enc;
namespace xs = isa::xstatus;
using isa::Cause;
using isa::Csr;
using isa::Seg;

constexpr uint32_t kGuest = 0x20000000;  // linear; its pages are entered as physical ones from kPhysical on
constexpr uint32_t kPhysical = 0x20000;
constexpr uint32_t kMissing = 0x20041000;  // linear page without a TLB entry
constexpr uint32_t kNoMemory = 0x50000000;
constexpr uint32_t kBound = platform::dram_min - platform::concealed_size;
constexpr uint32_t kNop = enc::addi(0, 0, 0);
constexpr uint32_t kIllegal = 0x0000707f;
constexpr unsigned kLineWords = 8;

// Fixed registers: x1 and x5..x9 belong to the handler and to constants.
constexpr unsigned kTemp = 5, kG = 16, kP = 17, kMiss = 18, kOffset = 19, kHost = 20;

uint32_t number(Csr csr) { return static_cast<uint32_t>(csr); }
uint32_t cause(Cause cause) { return static_cast<uint32_t>(cause); }
uint32_t line(isa::Interrupt which) { return 1u << static_cast<unsigned>(which); }

// Emits groups of one operation, and traps that go on where the program says.
class Assembler {
 public:
  explicit Assembler(unsigned width) : out_(width) {
    const size_t skip = op(0);
    handler_ = address(out_.here());
    op(enc::csrrs(5, 0, number(Csr::mcause)));
    op(enc::csrrs(6, 0, number(Csr::mtval)));
    op(enc::csrrs(7, 0, number(Csr::mepc)));
    op(enc::csrrs(8, 0, number(Csr::mstatus)));
    op(enc::csrrs(9, 0, number(Csr::xstatus)));
    op(enc::csrrs(1, 0, number(Csr::mscratch)));
    op(enc::jalr(0, 1, 0));
    out_.patch_branch(patched(skip, enc::jal(0, 0)));
    write(Csr::mtvec, handler_);
    write(Csr::xbound, kBound);
    map(kGuest, kPhysical);
    constant(kG, kGuest);
    constant(kP, kPhysical);
    constant(kMiss, kMissing);
    constant(kHost, platform::mmio);
  }

  unsigned width() const { return out_.width(); }
  size_t here() const { return out_.here(); }
  uint32_t address(size_t word) const { return platform::reset_pc + static_cast<uint32_t>(word) * 4; }
  size_t op(uint32_t word) { return out_.single(word); }
  void group(const std::vector<uint32_t>& words) {
    while (out_.room() != out_.width()) op(kNop);
    out_.group(words);
  }
  void nops(unsigned count) {
    while (count-- > 0) op(kNop);
  }
  void to_line() {
    while (here() % kLineWords != 0) op(kNop);
  }
  size_t patched(size_t word, uint32_t value) {
    out_.patch(word, value);
    return word;
  }
  void branch_here(size_t word) { out_.patch_branch(word); }
  void constant(unsigned rd, uint32_t value) {
    op(enc::lui(rd, (value + 0x800) >> 12 & 0xfffff));
    op(enc::addi(rd, rd, static_cast<int32_t>(value << 20) >> 20));
  }
  void write(Csr csr, uint32_t value) {
    constant(kTemp, value);
    op(enc::csrrw(0, kTemp, number(csr)));
  }
  void read(unsigned rd, Csr csr) { op(enc::csrrs(rd, 0, number(csr))); }
  void speculate() { op(enc::csrrsi(0, number(Csr::xstatus), xs::spec)); }
  void leave() { op(enc::csrrci(0, number(Csr::xstatus), xs::spec)); }
  void set(unsigned rd, int32_t value) { op(enc::addi(rd, 0, value)); }
  void map(uint32_t linear, uint32_t physical, uint64_t granules = 0) {
    write(Csr::xtlbpa, physical | isa::tlb::write | isa::tlb::user);
    write(Csr::xtlbg0, static_cast<uint32_t>(granules));
    write(Csr::xtlbg1, static_cast<uint32_t>(granules >> 32));
    write(Csr::xtlbva, linear);
  }
  void segment(unsigned which, uint32_t base, uint32_t limit, uint32_t attributes) {
    const auto at = [&](Csr first) { return static_cast<Csr>(number(first) + which); };
    write(at(Csr::xsegbase0), base);
    write(at(Csr::xseglim0), limit);
    write(at(Csr::xsegattr0), attributes);
  }

  // The next trap goes on at the place that `land` is then called for.
  size_t expect() {
    const size_t at = op(enc::auipc(1, 0));
    op(0);
    op(enc::csrrw(0, 1, number(Csr::mscratch)));
    return at;
  }
  void land(size_t at) { out_.patch(at + 1, enc::addi(1, 1, static_cast<int32_t>((here() - at) * 4))); }
  // One speculative operation that traps (or, left as it is, does not).
  void trapping(uint32_t word) {
    const size_t at = expect();
    speculate();
    op(word);
    leave();
    land(at);
  }

  NativeProgram take() {
    constant(kTemp, platform::mmio + platform::host::exit);
    op(enc::sw(kTemp, 0, 0));
    op(enc::jal(0, 0));
    NativeProgram program;
    program.dram_bytes = platform::dram_min;
    program.entry = platform::reset_pc;
    program.code = out_.take();
    for (uint32_t a = 0; a < 0x2000; a += 4) program.data.emplace_back(kPhysical + a, 0x9e3779b9u * (a + 1));
    return program;
  }

 private:
  GroupBuilder out_;
  uint32_t handler_ = 0;
};

// ------------------------------------------------------------------------------------------------ interrupts

void lines(Assembler& a, uint32_t which) {
  a.constant(kTemp, which);
  a.op(enc::sw(kHost, kTemp, kInterruptLines));
}

void speculative_nops(Assembler& a) {
  a.speculate();
  a.nops(6);
  a.leave();
}

// Both lines at once; lines that mie holds back; lines in monitor mode; what a trap does to MIE.
void interrupts(Assembler& a) {
  const uint32_t timer = line(isa::Interrupt::timer), external = line(isa::Interrupt::external);
  a.write(Csr::mstatus, 1u << 3);
  lines(a, timer | external);
  speculative_nops(a);  // nothing is enabled
  a.write(Csr::mie, timer | external);
  a.nops(6);  // enabled, but monitor mode waits
  size_t taken = a.expect();
  speculative_nops(a);
  a.land(taken);
  lines(a, timer);
  taken = a.expect();
  speculative_nops(a);
  a.land(taken);
  lines(a, external);
  a.write(Csr::mie, timer);
  speculative_nops(a);
  lines(a, timer);
  a.write(Csr::mie, external);
  speculative_nops(a);
  lines(a, 0);
  a.op(enc::csrrsi(0, number(Csr::mstatus), 1u << 3));
  a.read(10, Csr::mstatus);
}

// ------------------------------------------------------------------------------------------------ modes

// A speculation with a register and a gated store, up to a miss; what follows is the handler's, in hold.
void miss(Assembler& a) {
  a.set(10, 1);
  const size_t at = a.expect();
  a.speculate();
  a.set(10, 2);
  a.op(enc::g_sw(kG, 10, 0));
  a.op(enc::g_lw(11, kMiss, 0));
  a.land(at);
}

// If the gated store is committed by now, an ordinary one after it wins; if not, it loses.
void ordinary_store_wins(Assembler& a) {
  a.op(enc::sw(kP, kHost, 0));
  a.op(enc::lw(12, kP, 0));
  a.op(enc::addi(13, 10, 0));
}

void hold_left_for_monitor(Assembler& a) {
  miss(a);
  a.op(enc::csrrwi(0, number(Csr::xstatus), 0));
  ordinary_store_wins(a);
}

void hold_left_for_speculation(Assembler& a) {
  miss(a);
  a.op(enc::csrrwi(0, number(Csr::xstatus), xs::spec));
  a.set(10, 3);
  a.op(enc::x_rollback());
  a.op(enc::addi(13, 10, 0));
  a.op(enc::g_lw(12, kG, 0));
  a.leave();
}

void hold_left_by_mret(Assembler& a) {
  miss(a);
  a.op(enc::csrrci(0, number(Csr::xstatus), xs::pspec));
  a.op(enc::auipc(1, 0));
  a.op(enc::addi(1, 1, 16));
  a.op(enc::csrrw(0, 1, number(Csr::mepc)));
  a.op(enc::mret());
  ordinary_store_wins(a);
}

void hold_rolled_back(Assembler& a) {
  miss(a);
  a.op(enc::x_rollback());
  a.read(14, Csr::xstatus);
  a.op(enc::addi(13, 10, 0));
  a.op(enc::lw(12, kP, 0));
}

void speculation_left(Assembler& a) {
  a.speculate();
  a.set(10, 2);
  a.op(enc::g_sw(kG, 10, 0));
  a.leave();
  ordinary_store_wins(a);
}

// The handler's first operation traps as long as x10 is what was committed.
void trap_in_trap(Assembler& a) {
  a.constant(10, kNoMemory);
  const size_t skip = a.op(0);
  const uint32_t handler = a.address(a.here());
  a.op(enc::lw(11, 10, 0));
  const size_t out = a.op(0);
  a.branch_here(a.patched(skip, enc::jal(0, 0)));
  a.write(Csr::mtvec, handler);
  a.speculate();
  a.op(enc::addi(10, kP, 0));
  a.op(enc::ecall());
  a.branch_here(a.patched(out, enc::jal(0, 0)));
}

void guest_time_carries(Assembler& a) {
  a.write(Csr::xdeadline, 0x1000);
  a.write(Csr::xgic, 0xfffffff0u);
  a.op(enc::x_commit(31));
  a.read(10, Csr::xgic);
  a.read(11, Csr::xgich);
}

void bound_locked(Assembler& a) {
  a.op(enc::csrrwi(0, number(Csr::xlock), 1));
  a.write(Csr::xbound, kBound + 0x1000);
  a.read(10, Csr::xbound);
}

// ------------------------------------------------------------------------------------------------ fetch

void misaligned_jumps(Assembler& a) {
  a.trapping(enc::jal(0, 6));
  a.trapping(enc::beq(0, 0, 6));
  a.trapping(enc::bne(0, 0, 6));  // not taken: no trap
  size_t at = a.expect();
  a.op(enc::jal(0, 6));
  a.land(at);
  at = a.expect();
  a.op(enc::beq(0, 0, -6));
  a.land(at);
}

// First past a wide immediate, then into its word, which is an operation, too.
void jump_into_immediate(Assembler& a) {
  a.set(11, 0);
  a.set(10, 3);
  a.set(12, 0);
  const uint32_t word = enc::addi(12, 12, 5);
  enc::AluArgs wide{};
  wide.rd = 10;
  wide.rs1 = 10;
  wide.src2 = isa::Src2::wide;
  wide.width = isa::Width::d;
  a.group({enc::x_add(wide), word});
  const size_t immediate = a.here() - 1;
  a.group({kNop});
  const size_t end = a.op(0);
  a.set(11, 1);
  a.op(enc::jal(0, -static_cast<int32_t>((a.here() - immediate) * 4)));
  a.patched(end, enc::bne(11, 0, static_cast<int32_t>((a.here() - end) * 4)));
}

uint32_t load_at(isa::Op op, unsigned rs1) {
  const enc::GuestLoadArgs args{.rd = 10, .rs1 = rs1, .rs2 = 0, .seg = Seg::ds};
  return op == isa::Op::gx_lb ? enc::gx_lb(args) : op == isa::Op::gx_lh ? enc::gx_lh(args) : enc::gx_lw(args);
}

// In a group with an access that faults, an undefined operation comes first.
void illegal_beside_memory(Assembler& a) {
  a.constant(10, kNoMemory);
  for (const unsigned base : {10u, kP, kMiss}) {
    const size_t at = a.expect();
    a.group({base == kMiss ? enc::g_lw(11, base, 0, false) : enc::lw(11, base, 0, false), kIllegal});
    a.land(at);
  }
}

// A commit that would pass the deadline beside an access whose second page, or expand-down segment, is at fault.
void deadline_beside_memory(Assembler& a) {
  const auto ds = static_cast<unsigned>(Seg::ds);
  a.segment(ds, kGuest, 0x1ff, isa::segattr::read | isa::segattr::write | isa::segattr::down);
  a.constant(14, kGuest + 0xffe);
  a.constant(kOffset, 0x1ff);
  a.write(Csr::xdeadline, 0);
  for (const uint32_t access : {enc::g_lw(10, 14, 0, false), load_at(isa::Op::gx_lb, kOffset) & ~1u,
                                enc::g_lw(10, kG, 0, false), enc::g_lw(10, kG, 1, false)}) {
    const size_t at = a.expect();
    a.speculate();
    a.group({access, enc::x_commit(31)});
    a.land(at);
    a.op(enc::csrrwi(0, number(Csr::xstatus), 0));  // the first is a miss: out of hold
  }
}

// The first operation of the next line is overwritten while that line is on its way, and made known by xsync or
// fence.i.
void code_write(Assembler& a, unsigned between, unsigned others, bool whole) {
  for (unsigned ahead : {0u, 1u, 3u}) {
    a.to_line();
    a.nops(kLineWords);
    const size_t setup = a.here();
    // lui, addi, lui, addi, the stores, the pause, the synchronisation, and `ahead` operations up to the line's end
    const size_t length = 4 + others + 1 + between + 1 + ahead;
    const size_t target = (setup + length + kLineWords - 1) / kLineWords * kLineWords;
    a.nops(static_cast<unsigned>(target - setup - length));
    a.constant(6, a.address(target));
    a.constant(7, enc::addi(9, 0, static_cast<int32_t>(100 + ahead)));
    for (unsigned i = 0; i < others; ++i) a.op(enc::sw(kP, 6, static_cast<int32_t>(64 * i)));
    a.op(enc::sw(6, 7, 0));
    a.nops(between);
    a.op(whole ? enc::fence_i(0, 0, 0) : enc::csrrw(0, 6, number(Csr::xsync)));
    a.nops(ahead);
    a.set(9, 1);
  }
}

void code_writes(Assembler& a, bool whole) {
  for (unsigned between = 0; between < 6; ++between) code_write(a, between, 0, whole);
  for (const unsigned others : {1u, 3u, 7u}) code_write(a, 0, others, whole);
}

// ------------------------------------------------------------------------------------------------ memory

void overwritten_stores(Assembler& a) {
  a.speculate();
  for (int32_t other = 0; other < 8; ++other) a.op(enc::g_sw(kG, kHost, 128 + 64 * other));
  for (int32_t i = 1; i <= 7; ++i) {
    a.set(10, 0x111 * i);
    a.op(i % 3 == 2 ? enc::g_sh(kG, 10, 2) : enc::g_sw(kG, 10, 0));
  }
  a.op(enc::x_commit(0));
  a.op(enc::x_rollback());
  a.op(enc::g_lw(11, kG, 0));
  a.op(enc::x_commit(1));
  for (int32_t i = 1; i <= 3; ++i) {
    a.set(10, 0x10 * i);
    for (int32_t other = 0; other < 8; ++other) a.op(enc::g_sw(kG, 10, 128 + 64 * other));  // in front, for a while
    a.op(enc::g_sw(kG, 10, 64));
    a.op(enc::x_commit(1));
    a.op(enc::g_sw(kG, kHost, 64));  // vanishes, and what it hid is the youngest again
    a.op(enc::x_rollback());
    a.op(enc::g_lw(12, kG, 64));
  }
  a.leave();
}

// A load reads a line from memory whose final store waits for another one.
void store_into_refill(Assembler& a, bool gated) {
  for (unsigned before = 0; before < 4; ++before) {
    for (unsigned pause = 0; pause < 3; ++pause) {
      a.constant(kOffset, kPhysical + 0x400 + 0x100 * (before * 3 + pause));
      a.constant(14, kGuest + 0x400 + 0x100 * (before * 3 + pause));
      a.nops(40);
      for (unsigned i = 0; i < before; ++i) {
        const auto at = static_cast<int32_t>(32 * (i + 1));
        a.op(gated ? enc::g_sw(14, kHost, at) : enc::sw(kOffset, kHost, at));
      }
      a.op(gated ? enc::g_sw(14, kG, 0) : enc::sw(kOffset, kG, 0));
      a.nops(pause);
      a.op(enc::lw(10, kOffset, 4));
      a.op(enc::fence(0, 0, 0));
      a.op(enc::lw(11, kOffset, 0));
      a.op(enc::lw(12, kOffset, 32));
    }
  }
}

void alias_pages(Assembler& a) {
  a.map(kGuest + 0x1000, kPhysical + 0x1000);
  a.constant(14, kGuest + 0x1000);
  const uint32_t load = enc::gx_lw({.rd = 9, .rs1 = kG, .rs2 = 0, .seg = Seg::flat, .guard = true});
  const uint32_t same = enc::gx_sw({.rs1 = kG, .rs2 = 8, .seg = Seg::flat, .guard = true});
  const uint32_t other = enc::gx_sw({.rs1 = 14, .rs2 = 8, .seg = Seg::flat, .guard = true});
  a.speculate();
  a.op(load);
  a.op(other);  // same offset, another page: not the same bytes
  a.op(enc::x_rollback());
  a.op(same);  // the table is empty
  a.op(enc::x_commit(1));
  a.leave();
  const size_t at = a.expect();
  a.speculate();
  a.op(load);
  a.op(same);
  a.land(at);
}

// Every size up to the limit and one byte beyond. The traps are counted by the caller.
void limits(Assembler& a, std::vector<uint32_t>& traps) {
  constexpr uint32_t kReadWrite = isa::segattr::read | isa::segattr::write;
  const auto probe = [&](isa::Op op, uint32_t offset, bool fails) {
    a.constant(kOffset, offset);
    a.trapping(load_at(op, kOffset));
    if (fails) traps.push_back(cause(Cause::segment));
  };
  const auto ds = static_cast<unsigned>(Seg::ds);
  a.map(kGuest + 0xf000, kPhysical + 0x1000);
  a.segment(ds, kGuest, 0x1ff, kReadWrite);
  for (const auto& [op, bytes] : {std::pair{isa::Op::gx_lb, 1u}, {isa::Op::gx_lh, 2u}, {isa::Op::gx_lw, 4u}}) {
    probe(op, 0x200 - bytes, false);
    probe(op, 0x201 - bytes, true);
  }
  a.segment(ds, kGuest, 2, kReadWrite);
  probe(isa::Op::gx_lw, 0, true);
  probe(isa::Op::gx_lh, 1, false);
  a.segment(ds, kGuest, 0x1ff, kReadWrite | isa::segattr::down);
  probe(isa::Op::gx_lb, 0x1ff, true);
  probe(isa::Op::gx_lb, 0x200, false);
  probe(isa::Op::gx_lw, 0xfffc, false);
  probe(isa::Op::gx_lw, 0xfffd, true);
}

// Pages that the second level of the TLB has, or not: what an access finds there, and what CSR writes take away.
void second_level(Assembler& a, std::vector<uint32_t>& traps) {
  constexpr uint32_t kPage = 0x1000, kOther = kGuest + 0x40000, kSameSet = 0x101000;  // 0x101 pages on: the same set
  const auto enter = [&](uint32_t linear, uint32_t physical, uint32_t bits, uint64_t granules = 0) {
    a.map(linear, physical, granules);
    a.write(Csr::xtlbpa, physical | bits);
    a.write(Csr::xtlbva, linear);
  };
  const auto probe = [&](uint32_t linear, bool store, std::optional<Cause> fails) {
    a.constant(14, linear);
    a.trapping(store ? enc::g_sw(14, kHost, 0) : enc::g_lw(10, 14, 0));
    if (fails) traps.push_back(cause(*fails));
  };
  constexpr uint32_t kReadOnly = isa::tlb::user, kReadWrite = isa::tlb::user | isa::tlb::write;
  // Found; missing; what its entry says counts from the first access on.
  enter(kOther, kPhysical, kReadOnly);
  probe(kOther, true, Cause::protection);
  probe(kOther, false, {});
  probe(kOther + kPage, false, Cause::tlb_load);
  probe(kOther + kPage, true, Cause::tlb_store);
  enter(kOther + kPage, kPhysical, kReadWrite | isa::tlb::io);
  probe(kOther + kPage, false, Cause::io);
  enter(kOther + kPage, kBound, kReadWrite);
  probe(kOther + kPage, false, Cause::bound);
  enter(kOther + kPage, kBound - kPage, kReadWrite);
  probe(kOther + kPage, false, {});
  enter(kOther, kPhysical, kReadWrite, 1);
  probe(kOther, true, Cause::code_write);
  probe(kOther + 64, true, {});
  enter(kOther, kPhysical, isa::tlb::write);
  a.op(enc::csrrsi(0, number(Csr::xstatus), xs::user));
  probe(kOther, false, Cause::protection);
  a.op(enc::csrrci(0, number(Csr::xstatus), xs::user));
  // Across two pages: the first, the second, both missing.
  enter(kOther + kPage, kPhysical + kPage, kReadWrite);
  probe(kOther + kPage - 2, false, {});
  probe(kOther + kPage - 2, true, {});
  a.write(Csr::xtlbflush, kOther + kPage);
  probe(kOther + kPage - 2, true, Cause::tlb_store);
  enter(kOther + kPage, kPhysical + kPage, kReadWrite);
  a.write(Csr::xtlbflush, kOther);
  probe(kOther + kPage - 2, false, Cause::tlb_load);
  probe(kOther + kPage, false, {});
  a.write(Csr::xtlbflush, 1);
  probe(kOther + kPage - 2, false, Cause::tlb_load);
  probe(kOther + kPage, false, Cause::tlb_load);
  // Four of a set stay, a fifth takes the place of one; each is what it was entered as.
  for (uint32_t i = 0; i < 4; ++i) enter(kGuest + i * kSameSet, kPhysical + i * kPage, kReadWrite);
  for (unsigned round = 0; round < 2; ++round) {
    for (uint32_t i = 0; i < 4; ++i) probe(kGuest + i * kSameSet, round == 0, {});
  }
  enter(kGuest + kSameSet, kPhysical + 5 * kPage, kReadOnly);  // again: in its own place
  probe(kGuest + kSameSet, true, Cause::protection);
  for (uint32_t i = 0; i < 4; ++i) probe(kGuest + i * kSameSet, false, {});
  // Flat pages: only if the machine is flat, below the bound, not marked.
  constexpr uint32_t kFlat = kPhysical + 8 * kPage;
  probe(kFlat, false, Cause::tlb_load);
  a.write(Csr::xtlbflat, 1);
  probe(kFlat, true, {});
  probe(kBound, false, Cause::tlb_load);
  probe(kBound - 2, false, Cause::tlb_load);
  probe(kBound - kPage, false, {});
  a.write(Csr::xtlbmark, kFlat | 1);
  probe(kFlat, false, Cause::tlb_load);
  probe(kFlat - kPage, false, {});
  probe(kFlat - 2, false, Cause::tlb_load);
  enter(kFlat, kPhysical, kReadOnly);
  probe(kFlat, true, Cause::protection);
  a.write(Csr::xtlbmark, kFlat);
  probe(kFlat, true, {});
  a.write(Csr::xtlbflat, 0);
  a.write(Csr::xtlbflush, kFlat);
  probe(kFlat, false, Cause::tlb_load);
}

// Entries of 70 epochs ago are not entries: the second level's epochs come round.
void many_flushes(Assembler& a) {
  a.map(kMissing, kPhysical);
  a.set(11, 70);
  a.set(12, 1);
  a.write(Csr::xtlbflush, 1);
  a.to_line();
  const size_t loop = a.here();
  a.op(enc::csrrw(0, 12, number(Csr::xtlbflush)));
  a.op(enc::addi(11, 11, -1));
  a.op(enc::bne(11, 0, static_cast<int32_t>(loop - a.here()) * 4));
  a.trapping(enc::g_lw(10, kMiss, 0));
  a.map(kGuest, kPhysical);
  a.trapping(enc::g_lw(10, kG, 0));
  a.trapping(enc::g_lw(10, kMiss, 0));
}

// A store that reaches into a marked granule, from either side.
void marked_granule(Assembler& a) {
  a.map(kGuest, kPhysical, 0x2);
  for (const int32_t at : {60, 61, 62, 63, 64, 124, 127, 128}) a.trapping(enc::g_sw(kG, kHost, at));
}

void end_of_memory(Assembler& a) {
  a.constant(14, platform::dram_min);
  a.op(enc::lw(10, 14, -4));
  a.trapping(enc::lw(10, 14, 0));
  a.trapping(enc::sw(14, 10, 0));
  a.trapping(enc::gx_lw({.rd = 10, .rs1 = 14, .rs2 = 0, .seg = Seg::mon}));
  a.trapping(enc::jalr(0, 14, 0));
}

// ------------------------------------------------------------------------------------------------ prediction

// Calls nested deeper than the return stack, returns that go elsewhere than their calls said, returns without calls.
void returns(Assembler& a) {
  const size_t over = a.op(0);
  const size_t nested = a.here();  // x10 deep, counts in x12, stack at x11
  const size_t deeper = a.op(0);
  a.op(enc::jalr(0, 1, 0));
  a.branch_here(a.patched(deeper, enc::bne(10, 0, 0)));
  a.op(enc::sw(11, 1, 0));
  a.op(enc::addi(11, 11, 4));
  a.op(enc::addi(10, 10, -1));
  a.op(enc::jal(1, static_cast<int32_t>(nested - a.here()) * 4));
  a.op(enc::addi(11, 11, -4));
  a.op(enc::addi(12, 12, 1));
  a.op(enc::lw(1, 11, 0));
  a.op(enc::jalr(0, 1, 0));
  const size_t past = a.here();  // returns two operations further on
  a.op(enc::addi(1, 1, 8));
  a.op(enc::jalr(0, 1, 0));
  a.branch_here(a.patched(over, enc::jal(0, 0)));

  a.op(enc::addi(11, kP, 0));
  for (const int32_t depth : {3, 20}) {
    a.set(10, depth);
    a.op(enc::jal(1, static_cast<int32_t>(nested - a.here()) * 4));
  }
  for (unsigned i = 0; i < 3; ++i) {
    a.op(enc::jal(1, static_cast<int32_t>(past - a.here()) * 4));
    a.op(enc::addi(12, 12, 100));
    a.op(enc::addi(12, 12, 200));
    a.op(enc::addi(12, 12, 1));
  }
  for (unsigned i = 0; i < 12; ++i) {
    a.op(enc::auipc(1, 0));
    a.op(enc::addi(1, 1, 16));
    a.op(enc::jalr(i % 3 == 0 ? 1 : 0, 1, 0));
    a.op(enc::addi(12, 12, 100));
  }
  a.constant(14, a.address(nested));
  a.set(10, 2);
  a.op(enc::jalr(1, 14, 0));
}

// A branch that never goes as it is encoded, a call and its return, round after round.
void learned(Assembler& a) {
  const size_t over = a.op(0);
  const size_t leaf = a.here();
  a.op(enc::jalr(0, 1, 0));
  a.branch_here(a.patched(over, enc::jal(0, 0)));
  a.set(10, 200);
  a.to_line();
  const size_t loop = a.here();
  a.op(enc::jal(1, static_cast<int32_t>(leaf - a.here()) * 4));
  a.op(enc::addi(10, 10, -1));
  a.op(enc::beq(0, 0, 8));
  a.op(kNop);
  a.op(enc::bne(10, 0, static_cast<int32_t>(loop - a.here()) * 4));
}

}  // namespace

std::vector<DirectedProgram> directed_programs(unsigned width) {
  std::vector<DirectedProgram> all;
  const auto add = [&](std::string name, std::vector<uint32_t> traps, const std::function<void(Assembler&)>& body) {
    Assembler a(width);
    body(a);
    all.push_back({std::move(name), a.take(), std::move(traps)});
  };
  const auto irq = [](isa::Interrupt which) { return isa::kInterrupt | static_cast<uint32_t>(which); };
  const uint32_t missed = cause(Cause::tlb_load);
  add("interrupts", {irq(isa::Interrupt::external), irq(isa::Interrupt::timer)}, interrupts);
  add("hold left for monitor mode", {missed}, hold_left_for_monitor);
  add("hold left for speculation", {missed}, hold_left_for_speculation);
  add("hold left by mret", {missed}, hold_left_by_mret);
  add("hold rolled back", {missed}, hold_rolled_back);
  add("speculation left", {}, speculation_left);
  add("trap in trap", std::vector<uint32_t>(5, cause(Cause::load_access)), trap_in_trap);
  all.back().traps.front() = cause(Cause::ecall);
  all.back().endless = true;
  add("guest time carries", {}, guest_time_carries);
  add("bound locked", {}, bound_locked);
  add("returns", {}, returns);
  add("learned branches and returns", {}, learned);
  // Most of them the sweep after reset. Three a round are lost with each of the two predictors: 6,709 without the
  // branch history, 6,715 without the return stack, 6,115 with both.
  all.back().cycles = 6'400;
  add("misaligned jumps", std::vector<uint32_t>(4, cause(Cause::fetch_misaligned)), misaligned_jumps);
  if (width >= 2) {
    add("jump into immediate", {}, jump_into_immediate);
    add("illegal beside memory", std::vector<uint32_t>(3, cause(Cause::illegal)), illegal_beside_memory);
    add("deadline beside memory", {missed, cause(Cause::segment), cause(Cause::deadline), cause(Cause::deadline)},
        deadline_beside_memory);
  }
  // What follows depends on when memory answers.
  const size_t first_timed = all.size();
  add("code write, xsync", {}, [](Assembler& a) { code_writes(a, false); });
  add("code write, fence.i", {}, [](Assembler& a) { code_writes(a, true); });
  add("overwritten stores", {}, overwritten_stores);
  add("ordinary store into a refill", {}, [](Assembler& a) { store_into_refill(a, false); });
  add("gated store into a refill", {}, [](Assembler& a) { store_into_refill(a, true); });
  for (size_t i = first_timed; i < all.size(); ++i) all[i].timed = true;
  add("alias pages", {cause(Cause::alias)}, alias_pages);
  std::vector<uint32_t> traps;
  add("limits", {}, [&](Assembler& a) { limits(a, traps); });
  all.back().traps = traps;
  traps.clear();
  add("second level of the TLB", {}, [&](Assembler& a) { second_level(a, traps); });
  all.back().traps = traps;
  add("many flushes", {missed, missed}, many_flushes);
  add("marked granule", std::vector<uint32_t>(6, cause(Cause::code_write)), marked_granule);
  add("end of memory",
      {cause(Cause::load_access), cause(Cause::store_access), cause(Cause::load_access), cause(Cause::load_access)},
      end_of_memory);
  return all;
}

}  // namespace veil::fuzz
