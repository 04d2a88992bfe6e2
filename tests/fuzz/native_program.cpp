#include "native_program.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstring>

#include "group_builder.h"
#include "random.h"
#include "veil/isa/native.h"
#include "veil/isa/platform.h"

namespace veil::fuzz {
namespace {

namespace enc = isa::enc;
using isa::Csr;

// Registers with a fixed use; random operations read them but never write them.
constexpr unsigned kLow = 24;      // native address of guest page 16's middle: ordinary accesses meet guest ones there
constexpr unsigned kCount = 25;    // loop counter
constexpr unsigned kScratch = 26;  // native scratch page
constexpr unsigned kMon = 27;      // scratch in the concealed window
constexpr unsigned kGuest0 = 28;   // three guest linear addresses
constexpr unsigned kTemp = 5;      // the handler and the chunk prologues use x5..x7

// Native layout, below 2 KiB so that x0 is base enough.
constexpr uint32_t kSave = 0x100;       // x5, x6, x7 of the interrupted program
constexpr uint32_t kResume = 0x10c;     // where to go on after a trap
constexpr uint32_t kPageTable = 0x200;  // 32 words: physical page | bits
constexpr uint32_t kGranules = 0x300;   // 32 pairs of granule masks
constexpr uint32_t kBound = (platform::dram_min - platform::concealed_size) >> 12;
constexpr uint32_t kFirstPage = 16;  // guest pages are physical pages 16..23
constexpr uint32_t kScratchAddress = 0x9800;
constexpr uint32_t kMonOffset = 0x80400;  // in the window

uint32_t csr(Csr number) { return static_cast<uint32_t>(number); }

class Generator {
 public:
  explicit Generator(const NativeProgramOptions& options)
      : options_(options), random_(options.seed), out_(options.width) {}

  NativeProgram run() {
    const size_t skip = out_.here();
    out_.single(0);  // jump over the handler
    const uint32_t handler = address(out_.here());
    emit_handler();
    out_.patch(skip, enc::jal(0, static_cast<int32_t>(out_.here() * 4)));
    emit_setup(handler);
    for (unsigned i = 0; i < options_.chunks; ++i) emit_chunk();
    load_constant(kTemp, platform::mmio + platform::host::exit);
    out_.single(enc::sw(kTemp, 0, 0));
    out_.single(enc::jal(0, 0));

    NativeProgram program;
    program.dram_bytes = platform::dram_min;
    program.entry = platform::reset_pc;
    program.code = out_.take();
    fill_tables(program);
    return program;
  }

 private:
  uint32_t address(size_t word) const { return platform::reset_pc + static_cast<uint32_t>(word) * 4; }

  void load_constant(unsigned rd, uint32_t value) {
    const uint32_t low = value & 0xfff;
    const uint32_t high = (value + 0x800) >> 12 & 0xfffff;
    out_.single(enc::lui(rd, high));
    out_.single(enc::addi(rd, rd, static_cast<int32_t>(low << 20) >> 20));
  }

  void write_csr(Csr number, uint32_t value) {
    load_constant(kTemp, value);
    out_.single(enc::csrrw(0, kTemp, csr(number)));
  }

  // A guest page: some of those that share a set of the TLB's second level, some that may be flat.
  uint32_t guest_page() {
    if (random_.one_in(3)) return 0x10000 + random_.below(32) * 0x101;
    if (random_.one_in(5)) return kFirstPage + random_.below(8);
    return 0x10000 + random_.below(4) * 64 + random_.below(4);
  }

  // TLB misses: fill from the tables and return. Anything else: on to the next chunk.
  void emit_handler() {
    out_.single(enc::sw(0, 5, kSave));
    out_.single(enc::sw(0, 6, kSave + 4));
    out_.single(enc::sw(0, 7, kSave + 8));
    out_.single(enc::csrrs(5, 0, csr(Csr::mcause)));
    out_.single(enc::addi(6, 0, static_cast<int32_t>(isa::Cause::tlb_load)));
    const size_t to_fill = out_.here();
    out_.single(0);
    out_.single(enc::addi(6, 0, static_cast<int32_t>(isa::Cause::tlb_store)));
    const size_t to_fill2 = out_.here();
    out_.single(0);
    out_.single(enc::lw(5, 0, kResume));
    out_.single(enc::jalr(0, 5, 0));
    out_.patch(to_fill, enc::beq(5, 6, static_cast<int32_t>((out_.here() - to_fill) * 4)));
    out_.patch(to_fill2, enc::beq(5, 6, static_cast<int32_t>((out_.here() - to_fill2) * 4)));
    out_.single(enc::csrrs(5, 0, csr(Csr::mtval)));
    out_.single(enc::srli(6, 5, 12));
    out_.single(enc::andi(6, 6, 31));
    out_.single(enc::slli(7, 6, 3));
    out_.single(enc::slli(6, 6, 2));
    out_.single(enc::lw(6, 6, kPageTable));
    out_.single(enc::csrrw(0, 6, csr(Csr::xtlbpa)));
    out_.single(enc::lw(6, 7, kGranules));
    out_.single(enc::csrrw(0, 6, csr(Csr::xtlbg0)));
    out_.single(enc::lw(6, 7, kGranules + 4));
    out_.single(enc::csrrw(0, 6, csr(Csr::xtlbg1)));
    out_.single(enc::csrrw(0, 5, csr(Csr::xtlbva)));
    out_.single(enc::lw(5, 0, kSave));
    out_.single(enc::lw(6, 0, kSave + 4));
    out_.single(enc::lw(7, 0, kSave + 8));
    out_.single(enc::mret());
  }

  void emit_setup(uint32_t handler) {
    write_csr(Csr::mtvec, handler);
    write_csr(Csr::xbound, platform::dram_min - platform::concealed_size);
    if (random_.one_in(2)) out_.single(enc::csrrwi(0, csr(Csr::xlock), 1));
    write_csr(Csr::xtlbflush, 1);
    for (unsigned s = 0; s < 6; ++s) emit_segment(s);
    for (unsigned r = 1; r < 32; ++r)
      if (r != kTemp) load_constant(r, random_.value());
    load_constant(kLow, kFirstPage * 4096 + 0x800);
    load_constant(kScratch, kScratchAddress);
    load_constant(kMon, platform::concealed_window + kMonOffset);
    for (unsigned f = 1; f < 4; ++f) out_.single(enc::x_setf(f + 8, f));
  }

  void emit_segment(unsigned s) {
    const auto at = [&](Csr first) { return static_cast<Csr>(csr(first) + s); };
    write_csr(at(Csr::xsegbase0), random_.one_in(2) ? 0 : random_.value() & 0xffff);
    const bool tight = options_.wild && random_.one_in(4);
    write_csr(at(Csr::xseglim0), tight ? random_.value() : 0xffffffffu);
    uint32_t attributes = isa::segattr::read | isa::segattr::write;
    if (tight) attributes = random_.below(16);
    write_csr(at(Csr::xsegattr0), attributes);
  }

  // A limit among the offsets that the chunk uses, or one that is smaller than an access.
  void emit_near_limit() {
    const uint32_t s = random_.below(6);
    const auto at = [&](Csr first) { return static_cast<Csr>(csr(first) + s); };
    if (random_.one_in(4)) {
      write_csr(at(Csr::xseglim0), random_.below(4));
    } else {
      out_.single(enc::addi(kTemp, kGuest0 + random_.below(3), static_cast<int32_t>(random_.below(8)) - 2));
      out_.single(enc::csrrw(0, kTemp, csr(at(Csr::xseglim0))));
    }
    const uint32_t down = random_.one_in(3) ? isa::segattr::down | isa::segattr::big : 0;
    write_csr(at(Csr::xsegattr0), isa::segattr::read | isa::segattr::write | down);
  }

  void emit_chunk() {
    // Where a trap goes on: known only when the chunk is complete.
    const size_t resume = out_.here();
    out_.single(0);
    out_.single(0);
    out_.single(enc::sw(0, kTemp, kResume));
    for (unsigned i = 0; i < 3; ++i) {
      const uint32_t page = guest_page();
      uint32_t offset = random_.one_in(2) ? 0xff0 + random_.below(16) : random_.below(4096);
      if (random_.one_in(4)) offset = (offset & ~63u) + 61 + random_.below(3);  // into the next granule
      load_constant(kGuest0 + i, page << 12 | offset);
    }
    for (unsigned i = 0; i < 2; ++i) load_constant(8 + random_.below(16), random_.value());
    if (random_.one_in(6)) emit_segment(random_.below(6));
    if (options_.wild && random_.one_in(4)) emit_near_limit();
    if (random_.one_in(6)) write_csr(Csr::xtlbflush, random_.one_in(2) ? 1 : guest_page() << 12);
    if (random_.one_in(6)) write_csr(Csr::xtlbmark, guest_page() << 12 | random_.below(2));
    if (random_.one_in(6)) write_csr(Csr::xtlbflat, random_.below(2));
    if (random_.one_in(5)) write_csr(Csr::xtier, random_.below(isa::kTierCount));
    if (options_.code_writes && random_.one_in(4)) emit_code_write();
    const bool speculative = options_.speculative && !random_.one_in(4);
    if (random_.one_in(4)) {
      out_.single(random_.one_in(2) ? enc::csrrsi(0, csr(Csr::xstatus), isa::xstatus::user)
                                    : enc::csrrci(0, csr(Csr::xstatus), isa::xstatus::user));
    }
    if (random_.one_in(3)) {
      out_.single(enc::csrrs(kTemp, 0, csr(Csr::xgic)));
      out_.single(
          enc::addi(kTemp, kTemp, options_.wild && random_.one_in(3) ? static_cast<int32_t>(random_.below(60)) : 2047));
      out_.single(enc::csrrw(0, kTemp, csr(Csr::xdeadline)));
    }
    if (speculative) out_.single(enc::csrrsi(0, csr(Csr::xstatus), isa::xstatus::spec));
    const bool loop = random_.one_in(3);
    if (loop) {
      out_.single(enc::addi(kCount, 0, static_cast<int32_t>(1 + random_.below(4))));
      out_.single(enc::x_commit(0));  // or a rollback in the body brings back an older, larger count
    }
    const size_t top = out_.here();
    emit_body();
    if (loop) {
      out_.single(enc::addi(kCount, kCount, -1));
      out_.single(enc::x_commit(random_.below(32)));  // so that a rollback in the body cannot always undo the count
      out_.single(enc::bne(kCount, 0, -static_cast<int32_t>((out_.here() - top) * 4)));
    }
    if (random_.one_in(2)) out_.single(enc::x_commit(random_.below(32)));  // or leaving speculation commits
    if (speculative) out_.single(enc::csrrci(0, csr(Csr::xstatus), isa::xstatus::spec));
    const uint32_t next = address(out_.here());
    out_.patch(resume, enc::lui(kTemp, (next + 0x800) >> 12 & 0xfffff));
    out_.patch(resume + 1, enc::addi(kTemp, kTemp, static_cast<int32_t>(next << 20) >> 20));
  }

  // Overwrites an operation a few groups ahead, synchronises, and runs into it.
  void emit_code_write() {
    const size_t place = out_.here();
    for (unsigned i = 0; i < 4; ++i) out_.single(0);
    const bool whole = random_.one_in(2);
    out_.single(enc::sw(6, 7, 0));
    out_.single(whole ? enc::fence_i(0, 0, 0) : enc::csrrw(0, 6, csr(Csr::xsync)));
    const uint32_t target = address(out_.here());
    out_.single(enc::addi(9, 0, 1));
    const uint32_t changed = enc::addi(9, 0, static_cast<int32_t>(random_.below(2000)));
    const auto constant = [&](size_t at, unsigned rd, uint32_t value) {
      out_.patch(at, enc::lui(rd, (value + 0x800) >> 12 & 0xfffff));
      out_.patch(at + 1, enc::addi(rd, rd, static_cast<int32_t>(value << 20) >> 20));
    };
    constant(place, 6, target);
    constant(place + 2, 7, changed);
  }

  // Random groups; branches inside go forward to a group of the same body.
  void emit_body() {
    struct Pending {
      size_t word;
      unsigned groups_left;
    };
    std::vector<Pending> pending;
    const auto land = [&](bool all) {
      for (auto& p : pending) {
        if (p.groups_left > 0 && !all) {
          --p.groups_left;
          continue;
        }
        out_.patch_branch(p.word);
        p.word = ~size_t{0};
      }
      std::erase_if(pending, [](const Pending& p) { return p.word == ~size_t{0}; });
    };
    for (unsigned g = 0; g < options_.groups; ++g) {
      land(false);
      if (options_.guest_memory && random_.one_in(12)) {
        emit_indirect();
        continue;
      }
      if (random_.one_in(14)) {
        emit_system();
        continue;
      }
      if (options_.guest_memory && random_.one_in(60)) {
        random_.one_in(2) ? emit_guarded() : emit_stores();
        continue;
      }
      if (options_.guest_memory && random_.one_in(60)) {
        emit_mix();
        continue;
      }
      const GroupLimits limits{.guest_memory = options_.guest_memory,
                               .speculative = options_.speculative,
                               .wild = options_.wild,
                               .low = kLow,
                               .scratch = kScratch,
                               .mon = kMon,
                               .guest = kGuest0,
                               .first_reserved = kLow,
                               .last_reserved = kGuest0 + 2};
      if (const auto branch = random_group(out_, random_, limits)) pending.push_back({*branch, 1 + random_.below(4)});
    }
    land(true);
  }

  // A protected load with a checked store near it, now and then as many loads as fill the alias table.
  void emit_guarded() {
    const unsigned base = kGuest0 + random_.below(3), loads = random_.one_in(4) ? 18 : 1;
    for (unsigned i = 0; i < loads; ++i) {
      out_.single(enc::gx_lw({.rd = 9, .rs1 = base, .rs2 = 0, .seg = isa::Seg::flat, .guard = true}));
    }
    if (random_.one_in(4)) out_.single(enc::x_rollback());  // nothing is protected any more
    const auto near = static_cast<int32_t>(random_.below(12)) - 4;
    out_.single(enc::gx_sh({.rs1 = base, .rs2 = 8, .seg = isa::Seg::flat, .disp7 = near, .guard = true}));
  }

  // Every kind of access, every size, to the same few bytes: what each sees of the others' stores.
  void emit_mix() {
    const uint32_t near = 0x800 + 4 * random_.below(8);
    load_constant(kGuest0, 0x10000u << 12 | near);  // guest page 0 is physical page kFirstPage,
    load_constant(kLow, kFirstPage * 4096 + near);  // which ordinary and monitor accesses reach as it is
    const bool aligned = !options_.wild || !random_.one_in(8);
    for (unsigned i = 6 + random_.below(20); i > 0; --i) {
      const unsigned reg = 8 + random_.below(16), rd = 8 + random_.below(16), size = random_.below(3);
      const int32_t any = static_cast<int32_t>(random_.below(8)) - 2;
      const int32_t at = aligned ? any & -(1 << size) : any;
      const auto pick = [&](uint32_t b, uint32_t h, uint32_t w) { out_.single(size == 0 ? b : size == 1 ? h : w); };
      switch (random_.below(9)) {
        case 0:
        case 1:
          pick(enc::sb(kLow, reg, at), enc::sh(kLow, reg, at), enc::sw(kLow, reg, at));
          break;
        case 2:
          pick(enc::lb(rd, kLow, at), enc::lh(rd, kLow, at), enc::lw(rd, kLow, at));
          break;
        case 3:
        case 4:
          pick(enc::g_sb(kGuest0, reg, any), enc::g_sh(kGuest0, reg, any), enc::g_sw(kGuest0, reg, any));
          break;
        case 5:
          pick(enc::g_lb(rd, kGuest0, any), enc::g_lh(rd, kGuest0, any), enc::g_lw(rd, kGuest0, any));
          break;
        case 6:
          out_.single(enc::gx_sw({.rs1 = kLow, .rs2 = reg, .seg = isa::Seg::mon, .disp7 = at & ~3}));
          break;
        case 7:
          out_.single(enc::gx_lw({.rd = rd, .rs1 = kLow, .rs2 = 0, .seg = isa::Seg::mon}));
          break;
        default:
          out_.single(random_.one_in(4) ? enc::fence(0, 0, 0) : enc::x_commit(0));
      }
    }
  }

  // More stores than the buffer holds when nothing commits.
  void emit_stores() {
    const unsigned base = kGuest0 + random_.below(3), stores = options_.wild ? 8 + random_.below(12) : 4;
    for (unsigned i = 0; i < stores; ++i) {
      out_.single(enc::g_sw(base, 8 + random_.below(16), static_cast<int32_t>(random_.below(64)) - 32));
    }
  }

  // jalr and x.jt, to the group after.
  void emit_indirect() {
    if (random_.one_in(2)) {
      out_.single(enc::auipc(kTemp, 0));
      out_.single(enc::jalr(random_.one_in(2) ? 0 : 1, kTemp, 8 + 4 * static_cast<int32_t>(random_.below(2))));
      out_.single(enc::addi(8, 8, 1));
      return;
    }
    // A key of its own for every place: an entry that an earlier x.jt left must not lead backwards. Its low bits, the
    // index, may well be another's.
    const uint32_t key = static_cast<uint32_t>(out_.here()) << 12 | random_.below(0x1000);
    load_constant(6, key);
    load_constant(7, address(out_.here() + 6 + random_.below(2)));  // after the x.jt, or one group further
    out_.single(enc::csrrw(0, 6, csr(Csr::xjtkey)));
    out_.single(random_.one_in(4) ? enc::csrrw(0, 0, csr(Csr::mscratch)) : enc::csrrw(0, 7, csr(Csr::xjtval)));
    // Sometimes the look-up has another tag than the entry.
    out_.single(enc::csrrwi(0, csr(random_.one_in(3) ? Csr::xjttag : Csr::mscratch), random_.below(32)));
    if (random_.one_in(5)) {
      load_constant(7, random_.one_in(2) ? ~0u : key);
      out_.single(enc::csrrw(0, 7, csr(Csr::xjtflush)));
      out_.single(enc::x_jt(6, 0));  // nothing there
    } else if (random_.one_in(4)) {
      load_constant(6, key ^ 1u << (20 + random_.below(12)));  // another EIP, perhaps of the same index
      out_.single(enc::x_jt(6, 0));
    } else {
      out_.single(enc::x_jt(6, random_.one_in(2) ? 0 : random_.below(32)));
      out_.single(enc::addi(8, 8, 1));
      out_.single(enc::addi(9, 9, 1));
    }
  }

  void emit_system() {
    static constexpr std::array kReadable = {Csr::mepc,     Csr::mcause,  Csr::mtval,   Csr::xstatus, Csr::xcpc,
                                             Csr::xtier,    Csr::xbound,  Csr::xgic,    Csr::xgich,   Csr::xdeadline,
                                             Csr::mscratch, Csr::xconfig, Csr::mtvec,   Csr::misa,    Csr::minstret,
                                             Csr::mstatus,  Csr::xlock,   Csr::xseglim3};
    const unsigned rd = 8 + random_.below(16);
    switch (random_.below(options_.wild ? 10 : 6)) {
      case 0:
      case 1:
        out_.single(enc::csrrs(rd, 0, csr(kReadable[random_.below(kReadable.size())])));
        break;
      case 2:
        out_.single(enc::csrrw(rd, 8 + random_.below(16), csr(Csr::mscratch)));
        break;
      case 3:
        out_.single(enc::fence(0, 0, 0));
        break;
      case 4:
        out_.single(enc::csrrw(0, 8 + random_.below(16), csr(Csr::xlog)));
        break;
      case 5:
        out_.single(enc::csrrci(rd, csr(Csr::mscratch), random_.below(32)));
        break;
      case 6:
        if (random_.one_in(4)) out_.single(random_.one_in(2) ? enc::ecall() : enc::ebreak());
        break;
      case 7:
        if (random_.one_in(4))
          out_.single(random_.one_in(2) ? 0x0000707f : enc::csrrw(0, 8, csr(Csr::mvendorid)));  // not allowed
        break;
      case 8:
        emit_edge();
        break;
      default:
        if (random_.one_in(4)) {
          load_constant(kTemp, 0x50000000u + (random_.value() & 0xffff));  // no memory there
          out_.single(random_.one_in(2) ? enc::lw(9, kTemp, 0) : enc::sb(kTemp, 9, 0));
        }
    }
  }

  // The ends of memory, the host port, addresses of half-words, and the machine's own limits.
  void emit_edge() {
    if (!random_.one_in(4)) return;
    switch (random_.below(7)) {
      case 0:
        load_constant(kTemp, platform::dram_min);
        out_.single(random_.one_in(2) ? enc::lw(9, kTemp, -4 + 4 * static_cast<int32_t>(random_.below(2)))
                                      : enc::jalr(0, kTemp, 0));
        break;
      case 1:
        load_constant(kTemp, platform::mmio);
        out_.single(random_.one_in(2) ? enc::lb(9, kTemp, 0) : enc::lhu(9, kTemp, 4));
        break;
      case 2:
        out_.single(enc::jal(0, 6));
        break;
      case 3:
        write_csr(Csr::xbound, (kBound + random_.below(2)) << 12);
        break;
      case 4:
        out_.single(enc::csrrwi(0, csr(Csr::xlock), random_.below(2)));
        break;
      case 5:
        write_csr(Csr::xgic, 0xfffffff0u);  // the next commits carry
        break;
      default:
        write_csr(Csr::mstatus, random_.bits());
    }
  }

  void fill_tables(NativeProgram& program) {
    for (uint32_t i = 0; i < 32; ++i) {
      uint32_t bits = isa::tlb::write | isa::tlb::user;
      uint32_t page = kFirstPage + (i & 7);
      if (options_.wild) {
        if (random_.one_in(8)) bits &= ~isa::tlb::write;
        if (random_.one_in(8)) bits &= ~isa::tlb::user;
        if (random_.one_in(16)) bits |= isa::tlb::io;
        if (random_.one_in(16)) page = random_.one_in(2) ? kBound : kBound + random_.below(0x400);  // concealed
      }
      program.data.emplace_back(kPageTable + 4 * i, page << 12 | bits);
      const bool marked = options_.wild && random_.one_in(4);
      program.data.emplace_back(kGranules + 8 * i, marked ? random_.value() & random_.value() : 0);
      program.data.emplace_back(kGranules + 8 * i + 4, marked ? random_.value() & random_.value() : 0);
    }
    for (uint32_t a = kFirstPage * 4096; a < (kFirstPage + 8) * 4096; a += 4)
      program.data.emplace_back(a, random_.value());
    for (uint32_t a = kScratchAddress - 0x800; a < kScratchAddress + 0x800; a += 4)
      program.data.emplace_back(a, random_.value());
  }

  NativeProgramOptions options_;
  Random random_;
  GroupBuilder out_;
};

}  // namespace

NativeProgram native_program(const NativeProgramOptions& options) { return Generator(options).run(); }

std::vector<uint8_t> memory_of(const NativeProgram& program) {
  std::vector<uint8_t> dram(program.dram_bytes);
  const uint32_t top = program.dram_bytes - platform::concealed_size;
  const auto put = [&](uint32_t address, uint32_t word) {
    const uint32_t inside = address - platform::concealed_window;
    const uint32_t at = inside < platform::concealed_size ? top + inside : address;
    std::memcpy(dram.data() + at, &word, 4);
  };
  for (const auto& [address, word] : program.data) put(address, word);
  for (size_t i = 0; i < program.code.size(); i++) put(program.entry + static_cast<uint32_t>(i) * 4, program.code[i]);
  return dram;
}

}  // namespace veil::fuzz
