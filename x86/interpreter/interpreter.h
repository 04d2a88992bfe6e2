// The interpreter's core: one guest instruction a step, from a cache of decoded instructions.
//
// Generic over its machine M: HostMachine (host_machine.h: plain arrays, the reference) or NativeMachine
// (native_machine.h: Xveil operations). M is an InterpreterMachine (veil/x86/interpreter_machine.h) and has:
//   uint32_t eip();  Mode mode();  bool same_mode(Mode);
//   bool code_matches(const Entry<M>&);  are these still the bytes in memory?
//   unsigned fetch(uint32_t eip, uint8_t (&bytes)[16]);  code bytes readable from eip on (0: raised)
//   void begin(const Entry<M>&);   EIP = after the instruction; what follows may change it
//   bool end();                    commits one instruction; false: it failed and was undone
//
// Self-modifying code is always right: before an entry is used its bytes are compared with memory.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>

#include "veil/x86/decode.h"
#include "veil/x86/interpreter_machine.h"

namespace veil::x86 {

inline constexpr unsigned kFetchBytes = 16;  // the longest instruction, in whole words

// Three lines of the data cache, of which most instructions touch two: what the next step compares, and the operands.
// The instruction's bytes are kept and compared as the aligned words that hold them: the hardware does a load across
// words in two parts, and three instructions of four do not begin at a word. Nor does an aligned word reach a page that
// the instruction is not in.
template <class M>
struct alignas(32) Entry {
  using Handler = void (*)(M&, const Insn&);
  static constexpr unsigned kBytewise = 0;  // for `words`: the machine cannot load whole words (whole_words())
  static constexpr unsigned kFirstWords = 2;
  static constexpr unsigned kWords = (3 + kMaxInsnBytes + 3) / 4;

  uint32_t eip = 0;  // one of another slot: entry not in use
  uint32_t next_eip = 0;
  Handler handler = nullptr;
  uint8_t words = 0;  // that hold the instruction, or kBytewise
  bool ends = false;  // control may go elsewhere: the next instruction starts a block
  Mode mode;
  uint32_t first_mask = 0;  // which bytes of the first word, and of the last, are the instruction's
  uint32_t last_mask = 0;
  uint32_t first[kFirstWords] = {};  // the words, zero where they are not the instruction's
  Insn insn;                         // on the native machine op, mem and imm are in the second line
  uint32_t rest[kWords - kFirstWords] = {};

  [[nodiscard]] uint32_t& word(unsigned n) { return n < kFirstWords ? first[n] : rest[n - kFirstWords]; }
  [[nodiscard]] uint32_t word(unsigned n) const { return n < kFirstWords ? first[n] : rest[n - kFirstWords]; }
  // Which bytes of the word are the instruction's.
  [[nodiscard]] uint32_t mask(unsigned n) const {
    return n == 0 ? first_mask : n == words - 1U ? last_mask : 0xffffffff;
  }
  // Byte `n` of the instruction.
  [[nodiscard]] uint8_t byte(unsigned n) const {
    const unsigned at = (eip & 3) + n;
    return static_cast<uint8_t>(word(at / 4) >> (at % 4 * 8));
  }
};

// The function that executes a decoded instruction: a specialised one for frequent forms (handlers.h).
template <class M>
typename Entry<M>::Handler handler_for(const Insn& insn);

template <class M, unsigned kLog2Entries>
class DecodeCache {
 public:
  static constexpr uint32_t kEntries = 1u << kLog2Entries;
  DecodeCache() { clear(); }
  void clear() {
    for (uint32_t n = 0; n < kEntries; ++n) entries_[n].eip = ~n;
  }
  // Few of the low bits' values are starts of instructions: higher bits spread them.
  Entry<M>& slot(uint32_t eip) { return entries_[eip & (kEntries - 1)]; }

 private:
  Entry<M> entries_[kEntries];
};

enum class Step : uint8_t {
  next,       // execution goes on after the instruction
  block_end,  // a block has ended: EIP is the start of one
  stopped,    // the machine says why (exception, halted, unimplemented)
};

// Notes the bytes of the instruction that is in the entry, with what comparing them needs.
template <class M>
void keep_bytes(Entry<M>& e, const uint8_t (&bytes)[kFetchBytes]) {
  const unsigned shift = (e.eip & 3) * 8;
  const unsigned end = (e.eip & 3) + e.insn.length;
  const unsigned words = (end + 3) / 4;
  const uint32_t first_mask = 0xffffffffu << shift;
  e.words = static_cast<uint8_t>(words);
  if constexpr (requires { M::whole_words(); }) {
    if (!M::whole_words()) e.words = Entry<M>::kBytewise;
  }
  e.last_mask = 0xffffffffu >> (32 * words - 8 * end);
  e.first_mask = words == 1 ? first_mask & e.last_mask : first_mask;
  uint32_t before = 0;
  for (unsigned n = 0; n < words; ++n) {
    uint32_t word = 0;  // both machines are little-endian; no call for 16 bytes
    if (4 * n < kFetchBytes)
      std::memcpy(&word, static_cast<const uint8_t*>(__builtin_assume_aligned(&bytes[4 * n], 4)), 4);
    uint32_t aligned = word << shift | before >> 1 >> (31 - shift);
    if (n == words - 1) aligned &= e.last_mask;
    e.word(n) = aligned;
    before = word;
  }
}

// Decodes the instruction at `eip` into its entry. False: stopped (nothing of the guest has changed).
template <class M>
[[gnu::noinline]] bool refill(M& m, Entry<M>& e, uint32_t eip) {
  alignas(uint32_t) uint8_t bytes[kFetchBytes];
  const unsigned available = m.fetch(eip, bytes);
  e.eip = ~eip;
  switch (decode(std::span<const uint8_t>(bytes, available), m.mode(), e.insn)) {
    case DecodeStatus::ok:
      break;
    case DecodeStatus::truncated:
      m.fetch_fault(eip + available);
      return false;
    case DecodeStatus::invalid:
      m.raise(Vector::ud);
      return false;
    case DecodeStatus::too_long:
      m.raise(Vector::gp, 0);
      return false;
  }
  e.eip = eip;
  e.next_eip = eip + e.insn.length;
  if (!m.mode().code32) e.next_eip &= 0xffff;
  e.mode = m.mode();
  e.ends = row_info(e.insn).ends;
  keep_bytes(e, bytes);
  e.handler = handler_for<M>(e.insn);
  return true;
}

template <class M, unsigned kLog2Entries>
[[gnu::always_inline]] inline Step step(M& m, DecodeCache<M, kLog2Entries>& cache) {
  const uint32_t eip = m.eip();
  Entry<M>* e = &cache.slot(eip);
  asm("" : "+r"(e));  // one pointer, not an index that is scaled again for every access
  auto handler = e->handler;
  if (e->eip != eip || !m.same_mode(e->mode) || !m.code_matches(*e)) [[unlikely]] {
    m.start(eip);
    if (!refill(m, *e, eip)) return Step::stopped;
    handler = e->handler;
  }
  m.begin(*e);
  handler(m, e->insn);
  if (!m.end()) return Step::stopped;
  return e->ends ? Step::block_end : Step::next;
}

}  // namespace veil::x86
