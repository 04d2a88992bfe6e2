// The interpreter's core: one guest instruction a step, from a cache of decoded instructions.
//
// Generic over its machine M: HostMachine (host_machine.h: plain arrays, the reference) or NativeMachine
// (native_machine.h: Xveil operations). M is an InterpreterMachine (veil/x86/interpreter_machine.h) and has:
//   uint32_t eip();  Mode mode();  bool same_mode(Mode);
//   bool code_matches(const Entry<M>&);  are these still the bytes in memory?
//   unsigned fetch(uint32_t eip, uint8_t (&bytes)[16]);  code bytes readable from eip on (0: raised)
//   void begin(const Entry<M>&);   EIP = behind the instruction; what follows may change it
//   bool end();                    commits one instruction; false: it failed and was undone
//
// Self-modifying code is always right: before an entry is used its bytes are compared with memory.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>

#include "veil/x86/decode.h"
#include "veil/x86/interpreter_machine.h"

namespace veil::fw {

inline constexpr unsigned kFetchBytes = 16;  // the longest instruction, in whole words

// Three lines of the data cache, of which most instructions touch two: what the next step compares, and the operands.
template <class M>
struct alignas(32) Entry {
  using Handler = void (*)(M&, const x86::Insn&);

  uint32_t eip = 0;
  uint32_t next_eip = 0;
  Handler handler = nullptr;  // null: entry not in use
  uint8_t words = 0;          // of `raw` that hold the instruction
  bool ends = false;          // control may go elsewhere: the next instruction starts a block
  x86::Mode mode;
  // Which bytes of the first word, and of the last, are the instruction's. first_mask = 0: too near to the page's end
  // to load whole words, or the machine has said that it cannot (whole_words()).
  uint32_t first_mask = 0;
  uint32_t last_mask = 0;
  uint32_t raw[4] = {};  // bytes of the instruction; its last word is zero behind its end
  x86::Insn insn;        // on the native machine 40 bytes from the start: op, mem and imm end with the second line
};

// The function that executes a decoded instruction: a specialised one for frequent forms (handlers.h).
template <class M>
typename Entry<M>::Handler handler_for(const x86::Insn& insn);

template <class M, unsigned kLog2Entries>
class DecodeCache {
 public:
  static constexpr uint32_t kEntries = 1u << kLog2Entries;
  Entry<M>& at(uint32_t index) { return entries_[index]; }
  // Few of the low bits' values are starts of instructions: higher bits spread them.
  Entry<M>& slot(uint32_t eip) { return entries_[eip & (kEntries - 1)]; }

 private:
  Entry<M> entries_[kEntries];
};

enum class Step : uint8_t {
  next,       // execution goes on behind the instruction
  block_end,  // a block has ended: EIP is the start of one
  stopped,    // the machine says why (exception, halted, unimplemented)
};

// Decodes the instruction at `eip` into its entry. False: stopped (nothing of the guest has changed).
template <class M>
[[gnu::noinline]] bool refill(M& m, Entry<M>& e, uint32_t eip) {
  alignas(uint32_t) uint8_t bytes[kFetchBytes];
  const unsigned available = m.fetch(eip, bytes);
  e.handler = nullptr;
  switch (x86::decode(std::span<const uint8_t>(bytes, available), m.mode(), e.insn)) {
    case x86::DecodeStatus::ok:
      break;
    case x86::DecodeStatus::truncated:
      m.fetch_fault(eip + available);
      return false;
    case x86::DecodeStatus::invalid:
      m.raise(x86::Vector::ud);
      return false;
    case x86::DecodeStatus::too_long:
      m.raise(x86::Vector::gp, 0);
      return false;
  }
  e.eip = eip;
  e.next_eip = eip + e.insn.length;
  if (!m.mode().code32) e.next_eip &= 0xffff;
  e.mode = m.mode();
  e.ends = x86::row_info(e.insn).ends;
  const unsigned words = (e.insn.length + 3u) / 4;
  bool near_end = (eip & 0xfff) > 0x1000 - sizeof e.raw;
  if constexpr (requires { M::whole_words(); }) near_end = near_end || !M::whole_words();
  e.words = static_cast<uint8_t>(words);
  e.last_mask = 0xffffffffu >> (32 - 8 * (e.insn.length - 4 * (words - 1)));
  e.first_mask = near_end ? 0 : words == 1 ? e.last_mask : 0xffffffff;
  for (unsigned n = 0; n < 4; ++n) {  // both machines are little-endian; no call for 16 bytes
    std::memcpy(&e.raw[n], static_cast<const uint8_t*>(__builtin_assume_aligned(&bytes[4 * n], 4)), 4);
  }
  e.raw[words - 1] &= e.last_mask;
  e.handler = handler_for<M>(e.insn);
  return true;
}

template <class M, unsigned kLog2Entries>
[[gnu::always_inline]] inline Step step(M& m, DecodeCache<M, kLog2Entries>& cache) {
  const uint32_t eip = m.eip();
  Entry<M>* e = &cache.slot(eip);
  asm("" : "+r"(e));  // one pointer, not an index that is scaled again for every access
  auto handler = e->handler;
  if (e->eip != eip || handler == nullptr || !m.same_mode(e->mode) || !m.code_matches(*e)) [[unlikely]] {
    m.start(eip);
    if (!refill(m, *e, eip)) return Step::stopped;
    handler = e->handler;
  }
  m.begin(*e);
  handler(m, e->insn);
  if (!m.end()) return Step::stopped;
  return e->ends ? Step::block_end : Step::next;
}

}  // namespace veil::fw
