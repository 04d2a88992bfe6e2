// CSRs: what reads give and what writes do (docs/internals/native-machine.md, "CSRs").
#include "core.h"
#include "veil/iss/tlb.h"

namespace veil::iss {

using isa::Counter;
using isa::Csr;

namespace {

constexpr uint32_t kMisa = 0x40801102;  // RV32, B I M X

// Segment CSRs are in three rows of eight, one column for each segment.
bool segment_csr(uint32_t csr, unsigned& row, unsigned& seg) {
  constexpr uint32_t first[] = {static_cast<uint32_t>(Csr::xsegbase0), static_cast<uint32_t>(Csr::xseglim0),
                                static_cast<uint32_t>(Csr::xsegattr0)};
  for (row = 0; row < 3; row++) {
    seg = csr - first[row];
    if (seg < 6) return true;
  }
  return false;
}

uint32_t log2(uint32_t v) { return v == 0 ? 0 : 31u - static_cast<uint32_t>(__builtin_clz(v)); }

uint32_t xconfig_of(const isa::Config& c) {
  namespace x = isa::xconfig;
  return c.width << x::width_shift | (c.jump_table != 0 ? 1u : 0u) << x::jump_table_shift |
         (c.alias_entries != 0 ? 1u : 0u) << x::alias_shift | (c.counters ? 1u : 0u) << x::counters_shift |
         log2(c.tlb_entries) << x::tlb_log2_shift | c.store_buffer << x::store_buffer_shift |
         c.alias_entries << x::alias_entries_shift;
}

void set_low(uint64_t& whole, uint32_t low) { whole = (whole & ~0xffffffffull) | low; }
void set_high(uint64_t& whole, uint32_t high) { whole = (whole & 0xffffffffull) | static_cast<uint64_t>(high) << 32; }
uint32_t high(uint64_t whole) { return static_cast<uint32_t>(whole >> 32); }

}  // namespace

bool Core::csr_read(uint32_t csr, uint32_t& value) {
  const uint64_t cycle = total(Counter::groups) + s.cycle_offset;
  const uint64_t instret = total(Counter::operations) + s.instret_offset;
  switch (static_cast<Csr>(csr)) {
    case Csr::mstatus:
      value = s.mstatus;
      return true;
    case Csr::misa:
      value = kMisa;
      return true;
    case Csr::mie:
      value = s.mie;
      return true;
    case Csr::mtvec:
      value = s.mtvec;
      return true;
    case Csr::mscratch:
      value = s.mscratch;
      return true;
    case Csr::mepc:
      value = s.mepc;
      return true;
    case Csr::mcause:
      value = s.mcause;
      return true;
    case Csr::mtval:
      value = s.mtval;
      return true;
    case Csr::mip:
      value = s.mip;
      return true;
    case Csr::xstatus:
      value = s.xstatus;
      return true;
    case Csr::xcpc:
      value = s.xcpc;
      return true;
    case Csr::xtier:
      value = s.xtier;
      return true;
    case Csr::xbound:
      value = s.xbound;
      return true;
    case Csr::xlock:
      value = s.xlock;
      return true;
    case Csr::xgic:
      value = static_cast<uint32_t>(s.xgic);
      return true;
    case Csr::xgich:
      value = high(s.xgic);
      return true;
    case Csr::xdeadline:
      value = s.xdeadline;
      return true;
    case Csr::xtlbg0:
      value = s.xtlbg0;
      return true;
    case Csr::xtlbg1:
      value = s.xtlbg1;
      return true;
    case Csr::xtlbpa:
      value = s.xtlbpa;
      return true;
    case Csr::xtlbflat:
      value = s.xtlbflat;
      return true;
    case Csr::xjtkey:
      value = s.xjtkey;
      return true;
    case Csr::xjttag:
      value = s.xjttag;
      return true;
    case Csr::xctrsel:
      value = s.xctrsel;
      return true;
    case Csr::xlog:
    case Csr::xtlbva:
    case Csr::xtlbflush:
    case Csr::xtlbmark:
    case Csr::xjtval:
    case Csr::xjtflush:
    case Csr::xsync:
    case Csr::mvendorid:
    case Csr::marchid:
    case Csr::mhartid:
      value = 0;
      return true;
    case Csr::mimpid:
      value = isa::kVersion;
      return true;
    case Csr::xctrlo: {
      const bool exists = config.counters && s.xctrsel < isa::kCounterCount;
      const uint64_t now = exists ? total(static_cast<Counter>(s.xctrsel)) : 0;
      s.xctrhi = high(now);
      value = read_nondeterministic(static_cast<uint32_t>(now));
      return true;
    }
    case Csr::xctrhi:
      value = read_nondeterministic(s.xctrhi);
      return true;
    case Csr::xconfig:
      value = xconfig_of(config);
      return true;
    case Csr::mcycle:
      value = read_nondeterministic(static_cast<uint32_t>(cycle));
      return true;
    case Csr::mcycleh:
      value = read_nondeterministic(high(cycle));
      return true;
    case Csr::minstret:
      value = static_cast<uint32_t>(instret);
      return true;
    case Csr::minstreth:
      value = high(instret);
      return true;
    default:
      break;
  }
  unsigned row = 0, seg = 0;
  if (!segment_csr(csr, row, seg)) return false;
  const Segment& segment = s.segments[seg];
  value = row == 0 ? segment.base : row == 1 ? segment.limit : segment.attributes;
  return true;
}

bool Core::csr_write(uint32_t csr, uint32_t value) {
  if (csr >= 0xc00) return false;  // the read-only quarter of machine-mode addresses
  switch (static_cast<Csr>(csr)) {
    case Csr::mstatus:
      s.mstatus = (value & 0x88) | 0x1800;
      return true;
    case Csr::misa:
    case Csr::mip:
      return true;
    case Csr::mie:
      s.mie = value & (1u << static_cast<unsigned>(isa::Interrupt::timer) |
                       1u << static_cast<unsigned>(isa::Interrupt::external));
      update_poll();
      return true;
    case Csr::mtvec:
      s.mtvec = value & ~3u;
      return true;
    case Csr::mscratch:
      s.mscratch = value;
      return true;
    case Csr::mepc:
      s.mepc = value & ~3u;
      return true;
    case Csr::mcause:
      s.mcause = value & 0x8000003f;
      return true;
    case Csr::mtval:
      s.mtval = value;
      return true;
    case Csr::xstatus:
      write_xstatus(value);
      return true;
    case Csr::xcpc:
      s.xcpc = value;
      return true;
    case Csr::xtier:
      s.xtier = value & 15;
      return true;
    case Csr::xbound:
      if (s.xlock == 0) s.xbound = value & ~0xfffu;
      return true;
    case Csr::xlock:
      s.xlock |= value & 1;
      return true;
    case Csr::xgic:
      set_low(s.xgic, value);
      return true;
    case Csr::xgich:
      set_high(s.xgic, value);
      return true;
    case Csr::xdeadline:
      s.xdeadline = value;
      return true;
    case Csr::xlog:
      if (host_ != nullptr) host_->log(value);
      return true;
    case Csr::xtlbg0:
      s.xtlbg0 = value;
      return true;
    case Csr::xtlbg1:
      s.xtlbg1 = value;
      return true;
    case Csr::xtlbpa:
      s.xtlbpa = value & (~0xfffu | isa::tlb::write | isa::tlb::user | isa::tlb::io);
      return true;
    case Csr::xtlbva:
      tlb_enter(s, {true, value & ~0xfffu, s.xtlbpa, static_cast<uint64_t>(s.xtlbg1) << 32 | s.xtlbg0});
      return true;
    case Csr::xtlbflush:
      if ((value & 1) != 0) {
        tlb_drop_all(s);
      } else {
        tlb_drop(s, value >> 12);
      }
      return true;
    case Csr::xtlbmark:
      tlb_mark(s, value >> 12, (value & 1) != 0);
      return true;
    case Csr::xtlbflat:
      s.xtlbflat = value & 1;
      return true;
    case Csr::xjtkey:
      s.xjtkey = value;
      return true;
    case Csr::xjttag:
      s.xjttag = static_cast<uint8_t>(value);
      return true;
    case Csr::xjtval:
      if (config.jump_table != 0) {
        s.jump_table[jump_index(s.xjtkey, config.jump_table)] = {true, s.xjttag, s.xjtkey, value & ~3u};
      }
      return true;
    case Csr::xjtflush:
      if (value == 0xffffffffu) {
        for (JumpEntry& entry : s.jump_table) entry = {};
      } else if (config.jump_table != 0) {
        s.jump_table[jump_index(value, config.jump_table)] = {};
      }
      return true;
    case Csr::xsync:
      cache.drop_line(value);
      return true;
    case Csr::xctrsel:
      s.xctrsel = value & 31;
      return true;
    // The next operation reads what was written: this one still adds itself to the counters.
    case Csr::mcycle:
    case Csr::mcycleh: {
      uint64_t now = total(Counter::groups) + s.cycle_offset;
      csr == static_cast<uint32_t>(Csr::mcycle) ? set_low(now, value) : set_high(now, value);
      s.cycle_offset = now - (total(Counter::groups) + 1);
      return true;
    }
    case Csr::minstret:
    case Csr::minstreth: {
      uint64_t now = total(Counter::operations) + s.instret_offset;
      csr == static_cast<uint32_t>(Csr::minstret) ? set_low(now, value) : set_high(now, value);
      s.instret_offset = now - (total(Counter::operations) + 1);
      return true;
    }
    default:
      break;
  }
  unsigned row = 0, seg = 0;
  if (!segment_csr(csr, row, seg)) return false;
  Segment& segment = s.segments[seg];
  if (row == 0) segment.base = value;
  if (row == 1) segment.limit = value;
  if (row == 2) segment.attributes = value & 15;
  return true;
}

}  // namespace veil::iss
