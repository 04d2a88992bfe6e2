// The translator's door: guest bytes in, native words out. Pure: no globals, no clock, no I/O, no heap.
#pragma once

#include <cstdint>
#include <span>

namespace veil::translator {

struct Options {
  unsigned width = 4;         // issue width that groups are formed for: 1, 2, 4
  unsigned block_limit = 31;  // guest instructions, at most (1..31: a commit retires at most 31)
  uint32_t disabled_passes = 0;  // bit n: the pass with number n of the pass list is left out
  bool verify = false;           // run the IR verifier after each pass
};

struct Request {
  uint32_t eip = 0;                   // linear = offset: flat segments (the caller has tested that)
  std::span<const uint8_t> bytes;     // guest code from eip on; never past the end of the page
  bool code32 = true;
  bool flat = true;                   // CS DS ES SS have base 0 and limit 4 GiB: flat accesses for them
  uint32_t native_base = 0;           // where the words will stand
  uint32_t dispatcher_exit = 0;       // native address that every exit ends at (a0 = guest EIP, a1 = address of the stub)
};

enum class ExitKind : uint8_t {
  direct,     // constant guest EIP: may be chained
  indirect,   // guest EIP in a0; x.jt has missed
  interpret,  // the next instruction is for the interpreter, then come back
};

// One way out. `stub` is the word offset of the exit stub; a chain patches the stub so that it jumps to another
// translation's entry with the same commit. `branch` is the word offset of the branch that leads to it, or ~0: it may be
// patched directly when the target is in reach. An exit of kind `interpret` whose target is the block's own entry has
// rolled back (require_zero): the interpreter does the whole block.
struct Exit {
  ExitKind kind = ExitKind::direct;
  uint32_t target_eip = 0;
  uint32_t stub = 0;
  uint32_t branch = ~0u;
};

enum class Status : uint8_t { ok, nothing /* first instruction is for the interpreter */, no_room };

struct Result {
  Status status = Status::ok;
  uint32_t words = 0;         // native words written
  uint32_t guest_bytes = 0;   // length of the guest code translated
  uint32_t instructions = 0;  // guest instructions in it
  uint32_t exits = 0;         // entries of `exits` that are valid
};

// Scratch memory that one translation needs; the caller owns it and may reuse it.
struct Scratch;
uint32_t scratch_bytes();

Result translate(const Request& request, const Options& options, Scratch& scratch, std::span<uint32_t> code,
                 std::span<Exit> exits);

// The word that stands at `exit.stub` (or `exit.branch`) of a translation at native address `base` when the exit is
// chained to the native address `target`; see backend/link.cpp.
void link(std::span<uint32_t> code, uint32_t base, const Exit& exit, uint32_t target);
void unlink(std::span<uint32_t> code, uint32_t base, const Exit& exit, uint32_t dispatcher_exit);

}  // namespace veil::translator
