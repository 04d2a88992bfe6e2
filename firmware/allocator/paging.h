// The guest's linear addresses: the page walk over its memory and state, and what has to be forgotten when they change.
#pragma once

#include <cstdint>
#include <optional>

#include "x86/interpreter/page_walk.h"

namespace veil::fw {

bool paging_on();

// Paging off: the address itself, everything allowed.
x86::PageWalk walk(uint32_t linear, x86::PageAccess access, x86::PageMarks marks);

// Physical address of code, as the current privilege may fetch it without anything to be marked; nothing: the
// interpreter has to look at it.
std::optional<uint32_t> code_physical(uint32_t linear);

// Without paging the hardware makes entries of its own for pages without translated code.
void say_whether_flat();
// Hardware that remembers addresses: TLB and jump table.
void forget_pages();                // CR0, CR3, CR4 have changed
void forget_page(uint32_t linear);  // invlpg
// The TLB's entry for a page allows less than the page tables do by now: a page that was clean when it was read, or one
// that the supervisor has written in spite of its being read-only.
void forget_page_entry(uint32_t linear);
// The jump table, in hardware and in memory (jump_cache.h): control that comes to `eip` goes on at a translation; or it
// does so no longer, in no address space.
void remember_jump(uint32_t eip, uint32_t translation);
void forget_jump(uint32_t eip);
// Nor does any other.
void forget_all_jumps();
// What entries of the jump table assume besides the address space (0 to 3): each has its own.
void set_jump_context(uint32_t context);

// xstatus.user as the guest's privilege level has it. (An access with the processor's own privilege may have been
// broken off.)
void set_user_mode(bool user);

}  // namespace veil::fw
