// The translator's door: guest bytes in, native words out. Pure: no globals, no clock, no I/O, no heap.
// How it works inside: docs/internals/translator.md.
#pragma once

#include <cstdint>
#include <span>

namespace veil::x86 {
struct Insn;
}

namespace veil::translator {

inline constexpr unsigned kMaxExits = 4;          // of one translation, its gate's included
inline constexpr uint32_t kMaxBlockWords = 1024;  // a code buffer of this size always has room

struct Options {
  unsigned width = 4;            // issue width that groups are formed for: 1, 2, 4
  unsigned block_limit = 31;     // guest instructions, at most (1..31: a commit retires at most 31)
  uint32_t disabled_passes = 0;  // bit n: the pass with number n of the pass list (ir/passes.h) is left out
  bool quick = false;            // in one walk, without IR and passes; `nothing` also for what that cannot do
  bool verify = false;           // run the IR verifier after each pass (status `internal` when it objects)
};

struct Request {
  uint32_t eip = 0;                // linear = offset: flat segments (the caller has tested that)
  std::span<const uint8_t> bytes;  // guest code from eip on; never past the end of the page
  // The start of the next page, if `bytes` reach to it: what an instruction that crosses has there. Empty: unknown.
  std::span<const uint8_t> beyond = {};
  bool code32 = true;
  // Of instructions on system state (x86/semantics/system.h): not ring 3; guest time is the number of instructions. x4
  // is then the address of the guest state block.
  bool supervisor = false;
  bool counted_time = false;
  bool flat = true;  // CS DS ES SS have base 0 and limit 4 GiB: flat accesses for them
  // The translation compares its source with memory each time it runs, and rolls back (an interpret exit to its own
  // EIP) if it has changed. It ends after an instruction that stores: the next one may be new. `physical` and
  // `beyond_physical`: native addresses of bytes[0] and beyond[0].
  bool checks = false;
  uint32_t physical = 0;
  uint32_t beyond_physical = 0;
  uint32_t checked_bytes = 0;  // the translator's own
  // Linear pages may get other contents (paging): exits to another page look their target up (x.jt, without a commit of
  // its own) and are of kind `indirect`; an instruction that crosses is a translation of its own, with a gate.
  bool paging = false;
  // The first of these instructions, in order, if the caller has these very bytes decoded already (for the
  // mode of this request). The interpreter has seen nearly everything that becomes hot.
  std::span<const x86::Insn* const> decoded = {};
  // DF = 0 is assumed: with DF set the caller runs no translation (nothing in one changes DF).
  uint32_t native_base = 0;      // where the words will be: a multiple of 4 * width
  uint32_t indirect_exit = 0;    // the same for exits of kind indirect. 0: they end at dispatcher_exit
  uint32_t dispatcher_exit = 0;  // native address that every exit ends at. Within 1 MiB of the code one operation
                                 // shorter (jal); elsewhere lui and jalr, which use x5
  uint32_t interpret_exit = 0;   // the same for exits before an instruction that must be interpreted. 0: they end at
                                // dispatcher_exit, and a translation has one instruction at least; with an address here
                                // it may be that exit alone
};

enum class ExitKind : uint8_t {
  direct,     // constant guest EIP: may be chained
  indirect,   // guest EIP in a0; x.jt has missed
  interpret,  // the next instruction is for the interpreter, then come back; never chained
};

// One way out. When control leaves through it, the instructions before target_eip are committed, a0 = target EIP and
// a1 = native address of the stub. An exit of kind interpret through dispatcher_exit whose target is the
// block's own EIP has rolled back (require_zero, or its source has changed): the interpreter does the whole block.
struct Exit {
  ExitKind kind = ExitKind::direct;
  uint32_t target_eip = 0;  // not for indirect
  uint32_t stub = 0;        // word offset of the exit stub
  uint32_t branch = ~0u;    // word offset of the x.j or x.b that leads to it; ~0: control falls into the stub
};

enum class Status : uint8_t {
  ok,
  nothing,   // the first instruction is for the interpreter (or does not fit into `bytes`; or see Options::quick)
  no_room,   // the code or exit buffer is too small
  internal,  // the verifier objected: a bug of the translator; nothing was written that may be run
};

struct Result {
  Status status = Status::ok;
  uint32_t words = 0;         // native words written
  uint32_t guest_bytes = 0;   // length of the guest code translated; beyond Request::bytes: it goes on in the next page
  uint32_t instructions = 0;  // guest instructions in it
  uint32_t exits = 0;         // entries of `exits` that are valid
  // Word offset of the gate; 0: none. A translation that crosses (paging) rests on where its second page is, which a
  // chain does not know. So chains lead to the gate, which looks the translation up in the jump table: that forgets
  // everything whenever a page may have moved.
  uint32_t gate = 0;
};

// Scratch memory that one translation needs (scratch_bytes() bytes, aligned to 8, contents of no interest); the
// caller owns it and may reuse it.
struct Scratch;
uint32_t scratch_bytes();

Result translate(const Request& request, const Options& options, Scratch& scratch, std::span<uint32_t> code,
                 std::span<Exit> exits);

// Chaining. `code` is the translation that the exit belongs to, standing at native address `base`; `target` is the
// entry (or gate) of the translation of exit.target_eip, within 1 MiB. Each changes exactly one word and returns its
// offset, which the caller then makes visible to fetch (xsync); unlink is the exact inverse of link. The jump goes
// straight from `branch` when that reaches, else through the stub.
uint32_t link(std::span<uint32_t> code, uint32_t base, const Exit& exit, uint32_t target);
uint32_t unlink(std::span<uint32_t> code, uint32_t base, const Exit& exit);

}  // namespace veil::translator
