// List scheduling of a block into groups, with the registers of temporaries chosen as each operation is placed.
//
// Cycle by cycle, the ready operation with the longest path to the end that fits goes into the group. Group rules
// (docs/internals/native-machine.md, "Groups"): one operation of mem, mul and jump together, one branch, div alone,
// writes in different banks, nothing read or written that the group has written, branches last, no crossing of an
// aligned block of 4 * W bytes. An edge of latency 0 (read before a write, and the order of accesses) allows both in
// one group, in that order; every other edge separates groups.
//
// There is no spilling: with few temporaries left, operations are taken in program order, which needs the fewest; if
// that is not enough either, the caller translates fewer instructions.
#include "backend/schedule.h"

#include <array>

namespace veil::translator {

namespace {

namespace enc = isa::enc;
using isa::Unit;

constexpr uint16_t kNone = 0xffff;
constexpr unsigned kFewTemporaries = 5;
constexpr uint32_t kNoWord = ~0u;

// Register fields are where RISC-V always has them; a word without registers takes them by or.
constexpr uint32_t registers(unsigned rd, unsigned rs1, unsigned rs2) {
  return enc::add(rd, rs1, rs2, false) ^ enc::add(0, 0, 0, false);
}

constexpr uint32_t temporaries() {
  uint32_t mask = 0;
  for (const uint8_t reg : isa::convention::temporaries) mask |= 1u << reg;
  return mask;
}

// State::kind
constexpr uint8_t kMemory = 1;  // mem or mul: one of them in a group
constexpr uint8_t kDiv = 2;
constexpr uint8_t kBranch = 4;
constexpr uint8_t kWide = 8;

uint8_t kind_of(const Mop& mop) {
  const uint8_t wide = mop.slots == 2 ? kWide : 0;
  switch (mop.unit) {
    case Unit::mem:
    case Unit::mul:
      return kMemory | wide;
    case Unit::div:
    case Unit::system:
      return kDiv | wide;
    case Unit::branch:
      return kBranch | wide;
    default:
      return wide;
  }
}

class Scheduler {
  using State = ScheduleScratch::State;

 public:
  Scheduler(const Code& code, unsigned width, ScheduleScratch& s, std::span<uint32_t> out)
      : code_(code), width_(width), s_(s), out_(out) {
    for (unsigned reg = 0; reg < 32; reg += width_) bank0_ |= 1u << reg;
  }
  Body run();

 private:
  // Dependences
  void edge(uint16_t from, uint16_t to, unsigned latency);
  void operand_edge(Operand from, uint16_t to, unsigned which);
  void final_value_edges(uint16_t n);
  void flag_edges(uint16_t n);
  void memory_edges(uint16_t n);
  void build_edges();
  void find_heights();
  // Groups
  void open_group();
  void close_group();
  void put(uint32_t word);
  void pad();
  [[nodiscard]] bool worth_padding() const;
  // Operations
  [[nodiscard]] uint32_t bank(unsigned reg) const { return bank0_ << (reg & (width_ - 1)); }
  [[nodiscard]] unsigned register_of(Operand from) const {
    return from < kFirstMop ? from : s_.at[from - kFirstMop].reg;
  }
  [[nodiscard]] bool fits(const State& state) const;
  [[nodiscard]] uint16_t pick(bool branches) const;
  unsigned choose_register(uint16_t n);
  void drop_reader(Operand from);
  void place(uint16_t index);
  void fill_group();
  bool stalled();
  [[nodiscard]] bool end_fits() const;
  void place_end();

  const Code& code_;
  const unsigned width_;
  ScheduleScratch& s_;
  std::span<uint32_t> out_;
  bool failed_ = false;

  uint16_t edge_count_ = 0;
  unsigned access_count_ = 0;
  uint16_t flag_writer_[4] = {kNone, kNone, kNone, kNone};
  unsigned flag_reader_count_[4] = {};
  uint16_t entry_readers_[ir::kGuestRegisters] = {kNone, kNone, kNone, kNone, kNone, kNone, kNone, kNone};

  unsigned ready_count_ = 0;
  unsigned placed_ = 0;
  uint32_t free_ = temporaries();
  unsigned free_count_ = std::size(isa::convention::temporaries);
  unsigned next_bank_ = 0;
  uint32_t bank0_ = 0;          // the registers of bank 0
  uint16_t end_cycle_ = 0;      // when the operands of the last operation are there
  uint16_t end_after_ = kNone;  // mop that the last operation needs
  unsigned end_latency_ = 1;

  // The open group, or the one that was closed last.
  uint16_t cycle_ = 0;
  uint32_t pos_ = 0;
  uint32_t last_ = kNoWord;  // offset of its newest operation
  unsigned size_ = 0;
  unsigned left_ = 0;        // slots up to the end of the fetch block
  uint32_t used_banks_ = 0;  // registers that it can no longer write
  bool has_memory_ = false;
  bool full_ = false;  // a branch or div: nothing may follow
  Body body_;
};

// ---------------------------------------------------------------- dependences

void Scheduler::edge(uint16_t from, uint16_t to, unsigned latency) {
  if (edge_count_ >= ScheduleScratch::kMaxEdges) {
    failed_ = true;
    return;
  }
  s_.edges[edge_count_] = {to, s_.at[from].first_edge, static_cast<uint16_t>(latency), 0};
  s_.at[from].first_edge = edge_count_++;
  ++s_.at[to].waits;
}

void Scheduler::operand_edge(Operand from, uint16_t to, unsigned which) {
  if (from >= kFirstMop) {
    const auto def = static_cast<uint16_t>(from - kFirstMop);
    edge(def, to, code_.mops[def].latency);
    ++s_.at[def].reads;
  } else if (from >= isa::convention::guest_gpr_first) {
    uint16_t& head = entry_readers_[from - isa::convention::guest_gpr_first];
    s_.at[to].next_entry_reader[which] = head;
    head = static_cast<uint16_t>(2 * to + which);
  }
}

// A guest register's final value comes after everything that reads its entry value.
void Scheduler::final_value_edges(uint16_t n) {
  const uint8_t dst = code_.mops[n].dst;
  if (dst == kTemp || dst < isa::convention::guest_gpr_first) return;
  uint16_t link = entry_readers_[dst - isa::convention::guest_gpr_first];
  for (; link != kNone; link = s_.at[link / 2].next_entry_reader[link & 1]) {
    if (link / 2 != n) edge(link / 2, n, 0);
  }
}

void Scheduler::flag_edges(uint16_t n) {
  const Mop& mop = code_.mops[n];
  if ((mop.flag_reads | mop.flag_writes) == 0) return;
  for (unsigned flag = 1; flag < 3; ++flag) {  // f3 is not used
    const bool reads = (mop.flag_reads >> flag & 1) != 0;
    const bool writes = (mop.flag_writes >> flag & 1) != 0;
    if ((reads || writes) && flag_writer_[flag] != kNone) edge(flag_writer_[flag], n, 1);
    if (writes) {
      for (unsigned i = 0; i < flag_reader_count_[flag]; ++i) edge(s_.flag_readers[flag][i], n, 0);
      flag_reader_count_[flag] = 0;
      flag_writer_[flag] = n;
    } else if (reads) {
      if (flag_reader_count_[flag] == s_.flag_readers[flag].size()) {
        failed_ = true;
        return;
      }
      s_.flag_readers[flag][flag_reader_count_[flag]++] = n;
    }
  }
}

// Different offsets from one base never meet: the offset in the page decides, whatever the page tables say.
bool apart(const Mop& a, const Mop& b) {
  if (a.base == kNoBase || a.base != b.base || a.seg != b.seg) return false;
  const uint32_t ahead = (static_cast<uint32_t>(b.disp) - static_cast<uint32_t>(a.disp)) & 0xfff;
  const uint32_t after = (static_cast<uint32_t>(a.disp) - static_cast<uint32_t>(b.disp)) & 0xfff;
  return ahead >= a.size && after >= b.size;
}

// Stores keep their order; a load keeps its place among the stores that
// may overlap it. (Latency 1: a group has one access.)
void Scheduler::memory_edges(uint16_t n) {
  const Mop& mop = code_.mops[n];
  if (mop.size == 0) return;
  bool ordered = false;  // after the previous store, and so after all
  for (unsigned i = access_count_; i-- > 0;) {
    const uint16_t other = s_.accesses[i];
    const Mop& before = code_.mops[other];
    if (!before.store && !mop.store) continue;
    if (before.store && mop.store) {
      if (!ordered) edge(other, n, 1);
      ordered = true;
    } else if (!apart(before, mop)) {
      edge(other, n, 1);
    }
  }
  s_.accesses[access_count_++] = n;
}

void Scheduler::build_edges() {
  for (unsigned n = 0; n < code_.count; ++n) {
    const Mop& mop = code_.mops[n];
    State& state = s_.at[n];
    state.first_edge = kNone;
    state.waits = state.cycle = state.reads = 0;
    state.reg = mop.dst;
    state.kind = kind_of(mop);
  }
  for (uint16_t n = 0; n < code_.count && !failed_; ++n) {
    const Mop& mop = code_.mops[n];
    operand_edge(mop.rs1, n, 0);
    operand_edge(mop.rs2, n, 1);
    final_value_edges(n);
    flag_edges(n);
    memory_edges(n);
  }
  if (code_.end == EndKind::jump_to && code_.end_value >= kFirstMop) {
    end_after_ = static_cast<uint16_t>(code_.end_value - kFirstMop);
    end_latency_ = code_.mops[end_after_].latency;
    ++s_.at[end_after_].reads;
  } else if (code_.end == EndKind::branch) {
    end_after_ = flag_writer_[code_.end_flag];
  }
  end_cycle_ = end_after_ == kNone ? 0 : kNone;
}

// Edges lead forward, so one backward walk is enough.
void Scheduler::find_heights() {
  for (unsigned n = code_.count; n-- > 0;) {
    unsigned height = n == end_after_ ? end_latency_ + 1 : 1;
    for (uint16_t e = s_.at[n].first_edge; e != kNone; e = s_.edges[e].next) {
      const unsigned through = s_.at[s_.edges[e].to].height + s_.edges[e].latency;
      if (through > height) height = through;
    }
    s_.at[n].height = static_cast<uint16_t>(height);
    if (s_.at[n].waits == 0) s_.ready[ready_count_++] = static_cast<uint16_t>(n);
  }
}

// ---------------------------------------------------------------- groups

void Scheduler::open_group() {
  size_ = 0;
  left_ = width_ - (pos_ & (width_ - 1));
  used_banks_ = 0;
  has_memory_ = full_ = false;
}

void Scheduler::put(uint32_t word) {
  if (pos_ >= out_.size()) {
    failed_ = true;
    return;
  }
  out_[pos_++] = word;
}

// Operations are encoded as "not the last of the group"; the last one gets the group bit here.
void Scheduler::close_group() {
  if (failed_) return;
  out_[last_] |= 1;
  ++cycle_;
}

// Fills the fetch block: the group before grows by operations that do nothing, so that the next one starts aligned.
void Scheduler::pad() {
  while ((pos_ & (width_ - 1)) != 0 && !failed_) {
    if (!full_) out_[last_] &= ~1u;
    full_ = false;
    last_ = pos_;
    put(enc::addi(0, 0, 0, true));
  }
}

// Padding costs bytes and saves a cycle when more is ready than the rest of the fetch block takes.
bool Scheduler::worth_padding() const {
  const unsigned room = width_ - (pos_ & (width_ - 1));
  if (room == width_ || room > width_ / 2 || full_) return false;
  unsigned wanted = 0;
  unsigned counted = 0;
  bool memory = false;
  for (unsigned i = 0; i < ready_count_; ++i) {
    const uint16_t n = s_.ready[i];
    const State& state = s_.at[n];
    if (state.cycle > cycle_) continue;
    const bool uses_memory = (state.kind & kMemory) != 0;
    if (uses_memory && memory) continue;
    memory |= uses_memory;
    wanted += (state.kind & kWide) != 0 ? 2 : 1;
    ++counted;
  }
  if (counted == code_.count - placed_ && end_cycle_ <= cycle_) ++wanted;  // the last operation could join
  return wanted > room;
}

// ---------------------------------------------------------------- operations

// In a group that is not full.
bool Scheduler::fits(const State& state) const {
  if ((state.kind & kWide) != 0 && left_ < 2) return false;
  if ((state.kind & kMemory) != 0 && has_memory_) return false;
  if ((state.kind & kDiv) != 0 && size_ != 0) return false;
  if (state.reg == kNoResult) return true;
  if (state.reg != kTemp) return (used_banks_ >> state.reg & 1) == 0;
  if (state.reads == 0) return true;
  // Registers of operands that it is the last to read are free for its result, but only counted when it is placed.
  return (free_ & ~used_banks_) != 0;
}

// Highest first; with few temporaries, in program order as far as they are needed.
uint16_t Scheduler::pick(bool branches) const {
  if (full_) return kNone;
  const bool few = free_count_ < kFewTemporaries;
  uint16_t first = kNone;
  if (few) {
    for (unsigned i = 0; i < ready_count_; ++i) {
      if (s_.ready[i] < first) first = s_.ready[i];
    }
  }
  uint16_t best = kNone;
  unsigned best_height = 0;
  unsigned best_n = 0;
  const unsigned count = ready_count_;
  const unsigned cycle = cycle_;
  const uint8_t wanted = branches ? kBranch : 0;
  for (unsigned i = 0; i < count; ++i) {
    const uint16_t n = s_.ready[i];
    const State& state = s_.at[n];
    // Every height is at least 1.
    const unsigned height = state.height;
    if (height < best_height || (height == best_height && n > best_n)) continue;
    if (state.cycle > cycle || (state.kind & kBranch) != wanted || !fits(state)) continue;
    if (few && n != first && state.reg == kTemp && state.reads != 0) continue;
    best = static_cast<uint16_t>(i);
    best_height = height;
    best_n = n;
  }
  return best;
}

// Banks in turn, so that later groups find registers in all of them.
unsigned Scheduler::choose_register(uint16_t n) {
  const Mop& mop = code_.mops[n];
  if (mop.dst != kTemp) return mop.dst;
  if (s_.at[n].reads == 0) return 0;
  const uint32_t choices = free_ & ~used_banks_;
  uint32_t in_bank = 0;
  while (in_bank == 0) in_bank = choices & bank(next_bank_++);
  --free_count_;
  return static_cast<unsigned>(__builtin_ctz(in_bank));
}

void Scheduler::drop_reader(Operand from) {
  if (from < kFirstMop) return;
  const unsigned def = from - kFirstMop;
  if (--s_.at[def].reads != 0 || code_.mops[def].dst != kTemp) return;
  free_ |= 1u << s_.at[def].reg;
  ++free_count_;
}

void Scheduler::place(uint16_t index) {
  const uint16_t n = s_.ready[index];
  s_.ready[index] = s_.ready[--ready_count_];
  ++placed_;
  const Mop& mop = code_.mops[n];
  const unsigned rs1 = register_of(mop.rs1);
  const unsigned rs2 = register_of(mop.rs2);
  drop_reader(mop.rs1);
  drop_reader(mop.rs2);
  const unsigned rd = choose_register(n);
  State& state = s_.at[n];
  state.reg = static_cast<uint8_t>(rd);
  if (rd != 0) {
    used_banks_ |= bank(rd);
    free_ &= ~(1u << rd);
  }
  if ((state.kind & kBranch) != 0) s_.rollback_branches[s_.rollback_branch_count++] = static_cast<uint16_t>(pos_);
  has_memory_ |= (state.kind & kMemory) != 0;
  full_ |= (state.kind & (kBranch | kDiv)) != 0;
  last_ = pos_;
  put(mop.word | registers(rd, rs1, rs2));
  if (mop.slots == 2) put(mop.wide);
  ++size_;
  left_ -= mop.slots;
  for (uint16_t e = state.first_edge; e != kNone;) {
    const ScheduleScratch::Edge& edge = s_.edges[e];
    State& to = s_.at[edge.to];
    const auto at = static_cast<uint16_t>(cycle_ + edge.latency);
    if (at > to.cycle) to.cycle = at;
    if (--to.waits == 0) s_.ready[ready_count_++] = edge.to;
    e = edge.next;
  }
  if (n == end_after_) end_cycle_ = static_cast<uint16_t>(cycle_ + end_latency_);
}

void Scheduler::fill_group() {
  while (left_ != 0 && !full_ && !failed_) {
    uint16_t index = pick(false);
    if (index == kNone && code_.has_rollback_exit) index = pick(true);
    if (index == kNone) return;
    place(index);
  }
}

// Nothing went into an empty group. True: the next attempt may do better.
bool Scheduler::stalled() {
  bool waiting = false;
  for (unsigned i = 0; i < ready_count_; ++i) {
    const uint16_t n = s_.ready[i];
    if (s_.at[n].cycle > cycle_) {
      waiting = true;
    } else if (code_.mops[n].slots > left_) {
      // A wide operation where one slot is left: fill it (the state of the group before is still here but for `full_`).
      pad();
      return true;
    }
  }
  ++cycle_;
  return waiting;
}

bool Scheduler::end_fits() const {
  if (full_ || left_ == 0 || end_cycle_ > cycle_) return false;
  return code_.end != EndKind::jump_to || !has_memory_;
}

void Scheduler::place_end() {
  if (code_.end == EndKind::jump_to) body_.end_register = register_of(code_.end_value);
  body_.end_word = last_ = pos_;
  put(end_operation(code_, body_.end_register));
}

Body Scheduler::run() {
  build_edges();
  find_heights();
  s_.rollback_branch_count = 0;
  bool was_full = false;
  while (!failed_) {
    open_group();
    full_ = false;
    fill_group();
    if (size_ == 0 && placed_ != code_.count) {
      full_ = was_full;  // what pad() must know of the group before
      if (!stalled()) failed_ = true;
      was_full = full_;
      continue;
    }
    if (placed_ == code_.count && (size_ == 0 || end_fits())) {
      place_end();
      close_group();
      body_.ok = !failed_;
      if (body_.ok) body_.end_operation = out_[body_.end_word];
      break;
    }
    close_group();
    was_full = full_;
    if (worth_padding()) pad();
  }
  body_.words = pos_;
  return body_;
}

}  // namespace

uint32_t end_operation(const Code& code, unsigned end_register) {
  const unsigned count = code.instructions;
  switch (code.end) {
    case EndKind::jump:
      return enc::x_j(0, count, false);
    case EndKind::jump_to:
      return enc::x_jt(end_register, count, false);
    default:
      return enc::x_b({.cond = code.end_cond,
                       .fbit = code.end_flag - 1u,
                       .br13 = 0,
                       .count = count,
                       .likely = code.target <= code.start_eip},
                      false);
  }
}

Body schedule(const Code& code, unsigned width, ScheduleScratch& scratch, std::span<uint32_t> out) {
  return Scheduler(code, width, scratch, out).run();
}

}  // namespace veil::translator
