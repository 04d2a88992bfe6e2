// The guest checker sees what is wrong, and only that: a hand-made core retires commits of a small guest program.
#include "sim/lockstep/guest_checker.h"

#include <catch2/catch.hpp>
#include <cstring>

#include "veil/isa/native.h"
#include "veil/isa/platform.h"

namespace {

using namespace veil;
using sim::GroupRecord;

constexpr uint32_t kCode = 0x100000;
constexpr uint32_t kGdt = 0x280000, kPagedGdt = 0x403000;  // the table, and where go_paged() maps it

// Plays the core: the test says what the guest's registers and memory are to become, this makes the records.
class Core {
 public:
  // `esp`, `ecx`, `edi`: the guest's at the start, where the boot block leaves them open.
  explicit Core(const std::vector<uint8_t>& code, uint32_t esp = 0, uint32_t ecx = 0, uint32_t edi = 0)
      : shadow_(image(code)), checker_(shadow_, translations_) {
    state_.eip = kCode;
    state_.eflags = 2;
    state_.gpr = {0x2badb002, ecx, 0, 0, esp, 0, 0, edi};
    put_state();
    REQUIRE_FALSE(retire(group()));  // the first speculative group starts the checker
  }

  sim::GuestState& state() { return state_; }
  // Paging and ring, as the state block has them at the next commit.
  uint32_t cr0 = 1, cr2 = 0, cr3 = 0, cpl = 0;
  std::array<uint32_t, 6> bases{};
  uint32_t gdt_moved = 0, dr0 = 0;
  const lockstep::GuestCheckerCounts& counts() const { return checker_.counts(); }
  lockstep::GuestChecker& checker() { return checker_; }

  // A gated store of the guest instruction that comes next.
  void store(uint32_t address, uint32_t data, uint8_t bytes = 4) {
    GroupRecord record = group();
    record.mem = {sim::MemKind::store, true, bytes, address, 0, data};
    retire(record);
  }
  // The firmware says that an exception is going to be delivered; commit(0) delivers.
  void announce(uint32_t vector) {
    GroupRecord record = group();
    record.csr = {true, static_cast<uint16_t>(isa::Csr::xlog), platform::log_word(platform::Log::guest_fault, vector)};
    retire(record);
  }
  std::optional<lockstep::Difference> commit(unsigned count = 1) {
    GroupRecord record = group();
    record.committed = true;
    record.commit_count = static_cast<uint8_t>(count);
    put_state();
    return retire(record);
  }

 private:
  static std::vector<uint8_t> image(const std::vector<uint8_t>& code) {
    std::vector<uint8_t> dram(8u << 20);
    std::copy(code.begin(), code.end(), dram.begin() + kCode);
    platform::BootBlock block;
    block.entry_eip = kCode;
    block.entry_eax = 0x2badb002;
    std::memcpy(dram.data() + dram.size() - platform::concealed_size + platform::window::boot_block, &block,
                sizeof block);
    return dram;
  }
  static GroupRecord group() {
    GroupRecord record;
    record.operations = 1;
    record.speculative = true;
    record.tier = static_cast<uint8_t>(isa::Tier::interpret);
    return record;
  }
  // The interpreter's state block, by ordinary stores (final at once), so that the first group finds it.
  void put_state() {
    namespace gs = platform::guest_state;
    const auto put = [&](uint32_t offset, uint32_t value) {
      GroupRecord record = group();
      record.speculative = false;
      record.mem = {sim::MemKind::store, false, 4, platform::guest_state_address + offset, 0, value};
      retire(record);
    };
    for (uint32_t i = 0; i < 8; ++i) put(gs::eax + 4 * i, state_.gpr[i]);
    put(gs::eip, state_.eip);
    put(gs::eflags, state_.eflags);
    put(gs::cr0, cr0);
    put(gs::cr2, cr2);
    put(gs::cr3, cr3);
    put(gs::cpl, cpl);
    for (uint32_t n = 0; n < 6; ++n) {
      const bool code = n == 1;
      const uint32_t attr = (code ? 0xc09b00 : 0xc09300) | cpl << 13;
      put(gs::es + 4 * n, 8 * (n + 1) | cpl);
      put(gs::es_base + 12 * n, bases[n]);
      put(gs::es_limit + 12 * n, ~0u);
      put(gs::es_attr + 12 * n, attr);
      GroupRecord record = group();
      record.speculative = false;
      const auto word = [&](uint32_t at, uint32_t value) {
        record.mem = {sim::MemKind::store, false, 4, kGdt + 8 * (n + 1) + at, 0, value};
        retire(record);
      };
      word(0, bases[n] << 16 | 0xffff);
      word(4, (bases[n] & 0xff000000) | attr | 0xf0000 | (bases[n] >> 16 & 0xff));
    }
    const bool paging = (cr0 & 0x80000000u) != 0;
    put(gs::gdt_base, (paging ? kPagedGdt : kGdt) + gdt_moved);
    put(gs::gdt_limit, 0xffff);
    put(gs::dr0, dr0);
  }
  std::optional<lockstep::Difference> retire(const GroupRecord& record) {
    shadow_.apply(record);
    translations_.apply(record, shadow_);
    return checker_.retired(record);
  }

  sim::Shadow shadow_;
  sim::Translations translations_;
  lockstep::GuestChecker checker_;
  sim::GuestState state_;
};

std::string first_mismatch(const std::optional<lockstep::Difference>& found) {
  return found && !found->mismatches.empty() ? found->mismatches[0].what : "none";
}

}  // namespace

TEST_CASE("a faithful core passes, and each kind of wrong result is named") {
  // inc eax; mov [0x200000], eax
  Core core({0x40, 0xa3, 0x00, 0x00, 0x20, 0x00});
  core.state().gpr[0] += 1;
  core.state().eip += 1;
  core.state().eflags = 0x2 | isa::eflags::pf;  // 0x03 has an even number of ones
  REQUIRE_FALSE(core.commit());
  SECTION("right") {
    core.store(0x200000, core.state().gpr[0]);
    core.state().eip += 5;
    CHECK_FALSE(core.commit());
    CHECK(core.counts().commits == 2);
    CHECK(core.counts().instructions == 2);
  }
  SECTION("register") {
    core.store(0x200000, core.state().gpr[0]);
    core.state().eip += 5;
    core.state().gpr[6] = 1;
    CHECK(first_mismatch(core.commit()) == "esi");
  }
  SECTION("eip") {
    core.store(0x200000, core.state().gpr[0]);
    core.state().eip += 6;
    CHECK(first_mismatch(core.commit()) == "eip");
  }
  SECTION("flag") {
    core.store(0x200000, core.state().gpr[0]);
    core.state().eip += 5;
    core.state().eflags ^= isa::eflags::cf;
    CHECK(first_mismatch(core.commit()).rfind("eflags", 0) == 0);
  }
  SECTION("memory: wrong value") {
    core.store(0x200000, core.state().gpr[0] ^ 0x100);
    core.state().eip += 5;
    CHECK(first_mismatch(core.commit()) == "memory 0x00200001");
  }
  SECTION("memory: store forgotten") {
    core.state().eip += 5;
    CHECK(first_mismatch(core.commit()) == "memory 0x00200000");
  }
  SECTION("memory: store too many") {
    core.store(0x200000, core.state().gpr[0]);
    core.store(0x280000, 0xff, 1);
    core.state().eip += 5;
    CHECK(first_mismatch(core.commit()) == "memory 0x00280000");
  }
  SECTION("too many instructions in one commit") {
    core.store(0x200000, core.state().gpr[0]);
    core.state().eip += 5;
    CHECK(core.commit(2).has_value());
  }
}

TEST_CASE("undefined flags are not compared, and a later reader sees Veil's") {
  // imul eax, eax, 3; pushf: SF ZF AF PF are undefined after imul
  Core core({0x6b, 0xc0, 0x03, 0x9c}, 0x200010);
  const uint64_t product = uint64_t{0x2badb002} * 3;
  core.state().gpr[0] = static_cast<uint32_t>(product);
  core.state().eip += 3;
  // Veil's own choice of undefined ones: ZF and AF. The product does not fit in 32 bits with a sign: CF = OF = 1.
  core.state().eflags = 0x2 | isa::eflags::cf | isa::eflags::of | isa::eflags::zf | isa::eflags::af;
  SECTION("compared: CF") {
    core.state().eflags ^= isa::eflags::cf;
    CHECK(first_mismatch(core.commit()).rfind("eflags", 0) == 0);
  }
  SECTION("not compared: ZF, AF") {
    REQUIRE_FALSE(core.commit());
    core.store(0x20000c, core.state().eflags);
    core.state().gpr[4] -= 4;
    core.state().eip += 1;
    CHECK_FALSE(core.commit());
  }
  SECTION("read inside the same commit: nothing to compare with, Veil is followed") {
    core.store(0x20000c, core.state().eflags);
    core.state().gpr[4] -= 4;
    core.state().eip += 1;
    CHECK_FALSE(core.commit(2));
    CHECK(core.counts().unchecked == 2);
  }
}

TEST_CASE("what the reference cannot do is taken over, and only that") {
  // in al, 0x60; inc eax
  Core core({0xe4, 0x60, 0x40});
  core.state().gpr[0] = 0x2badb0aa;
  core.state().eip += 2;
  REQUIRE_FALSE(core.commit());
  CHECK(core.counts().taken_over == 1);
  core.state().gpr[0] += 2;
  core.state().eip += 1;
  CHECK(first_mismatch(core.commit()) == "eax");
}

TEST_CASE("a repeated string instruction is one instruction, committed in pieces") {
  Core core({0xf3, 0xaa}, 0, 3, 0x200000);  // rep stosb
  core.store(0x200000, 0x02, 1);
  core.state().gpr[1] = 2;
  core.state().gpr[7] = 0x200001;
  CHECK_FALSE(core.commit(0));
  core.store(0x200001, 0x02, 1);
  core.store(0x200002, 0x02, 1);
  core.state().gpr[1] = 0;
  core.state().gpr[7] = 0x200003;
  core.state().eip += 2;
  SECTION("all of it") { CHECK_FALSE(core.commit()); }
  SECTION("a byte too many") {
    core.store(0x200003, 0x02, 1);
    CHECK(first_mismatch(core.commit()) == "memory 0x00200003");
  }
}

TEST_CASE("code that the guest has changed is executed as it is now") {
  // mov byte [0x100007], 0x48; inc eax (which becomes dec eax)
  Core core({0xc6, 0x05, 0x07, 0x00, 0x10, 0x00, 0x48, 0x40});
  core.store(0x100007, 0x48, 1);
  core.state().eip += 7;
  REQUIRE_FALSE(core.commit());
  core.state().gpr[0] -= 1;
  core.state().eip += 1;
  CHECK_FALSE(core.commit());
}

TEST_CASE("shifts of memory by CL: the reference's CF and OF are not believed, its other flags are") {
  Core core({0xd3, 0x2d, 0x00, 0x00, 0x10, 0x00}, 0, 4);  // shr dword [0x100000], cl: the code itself
  core.store(0x100000, 0x00002dd3u >> 4);
  core.state().eip += 6;
  SECTION("CF") {
    core.state().eflags = 0x2 | isa::eflags::pf | isa::eflags::cf;
    CHECK_FALSE(core.commit());
  }
  SECTION("ZF") {
    core.state().eflags = 0x2 | isa::eflags::pf | isa::eflags::zf;
    CHECK(first_mismatch(core.commit()).rfind("eflags", 0) == 0);
  }
}

TEST_CASE("an instruction that does not exist is a difference") {
  Core core({0x0f, 0x0b});  // ud2: the reference faults
  core.state().eip += 2;
  CHECK(core.commit().has_value());
}

// ---------------------------------------------------------------- the system side
namespace {

constexpr uint32_t kDirectory = 0x10000, kTable = 0x11000;

// Takes a core into paging, ring `cpl`: linear 0x400000 is the code's page, 0x401000 and 0x402000 lie elsewhere, the
// second read-only. A delivery brings the state about, since the first instruction is still to come.
void go_paged(Core& core, uint32_t cpl) {
  core.store(kDirectory + 4, kTable | 7);
  core.store(kTable, kCode | 7);
  core.store(kTable + 4, 0x300000 | 7);
  core.store(kTable + 8, 0x200000 | 5);
  core.store(kTable + 12, 0x280000 | 3);
  core.cr0 = 0x80010001;
  core.cr3 = kDirectory;
  core.cpl = cpl;
  core.state().eip = 0x400000;
  REQUIRE_FALSE(core.commit(0));
  CHECK(core.counts().events == 1);
}

// What a page walk leaves: accessed bits of the code's page, and of a data page.
void mark(Core& core, uint32_t entry, uint32_t value) {
  core.store(kDirectory + 4, kTable | 0x27);
  core.store(kTable, kCode | 0x27);
  core.store(kTable + entry * 4, value);
}

}  // namespace

TEST_CASE("paging: the reference follows the guest's tables, accessed and dirty bits included") {
  Core core({0xa3, 0x00, 0x10, 0x40, 0x00, 0x90});  // mov [0x401000], eax
  go_paged(core, 3);
  core.state().eip += 5;
  const uint32_t value = core.state().gpr[0];
  SECTION("right") {
    core.store(0x300000, value);
    mark(core, 1, 0x300000 | 0x67);
    CHECK_FALSE(core.commit());
    CHECK(core.counts().instructions == 1);
    core.state().eip += 1;
    CHECK_FALSE(core.commit());
  }
  SECTION("stored elsewhere") {
    core.store(0x301000, value);
    mark(core, 1, 0x300000 | 0x67);
    CHECK(first_mismatch(core.commit()) == "memory 0x00301000");
  }
  SECTION("the dirty bit is missing") {
    core.store(0x300000, value);
    mark(core, 1, 0x300000 | 0x27);
    CHECK(first_mismatch(core.commit()) == "memory 0x00011004");
  }
  SECTION("a bit that only Veil has set is adopted, and counted") {
    core.store(0x300000, value);
    mark(core, 1, 0x300000 | 0x67);
    core.store(kTable + 8, 0x200000 | 0x25);
    CHECK_FALSE(core.commit());
    CHECK(core.counts().accessed == 1);
  }
}

TEST_CASE("pages that the ring may not touch: Veil must not have executed that") {
  Core core({0xa3, 0x00, 0x20, 0x40, 0x00, 0xa1, 0x00, 0x30, 0x40, 0x00});
  SECTION("a store to a read-only page") { go_paged(core, 3); }
  SECTION("the same in ring 0, with WP") { go_paged(core, 0); }
  core.store(0x200000, core.state().gpr[0]);
  core.state().eip += 5;
  CHECK(core.commit().has_value());
}

TEST_CASE("exceptions: the reference must raise them too") {
  Core core({0xa1, 0x00, 0x30, 0x40, 0x00, 0x0f, 0x0b});  // mov eax, [0x403000]: a supervisor page
  const auto deliver = [&](uint32_t vector) {
    core.announce(vector);
    core.store(0x2ffff0, 0);
    core.state().gpr[4] = 0x2ffff0;
    core.cpl = 0;
    core.state().eip = kCode;
    return core.commit(0);
  };
  SECTION("a page fault") {
    go_paged(core, 3);
    core.cr2 = 0x403000;
    CHECK_FALSE(deliver(14));
    CHECK(core.counts().exceptions == 1);
  }
  SECTION("a page fault elsewhere") {
    go_paged(core, 3);
    core.cr2 = 0x404000;
    CHECK(first_mismatch(deliver(14)) == "cr2 (page)");
  }
  SECTION("another exception") {
    go_paged(core, 3);
    CHECK(first_mismatch(deliver(6)) == "vector");
  }
  SECTION("none at all in ring 0") {
    go_paged(core, 0);
    core.cr2 = 0x403000;
    CHECK(deliver(14).has_value());
  }
  SECTION("an interrupt needs no reason") {
    go_paged(core, 3);
    core.state().gpr[4] = 0x2ffff0;
    core.state().eip = kCode;
    CHECK_FALSE(core.commit(0));
    CHECK(core.counts().events == 2);
    CHECK(core.counts().exceptions == 0);
  }
}

TEST_CASE("exceptions one after the other are each themselves") {
  Core core({0xf7, 0xf1}, 0x200000);  // div ecx: by zero
  for (unsigned n = 1; n <= 4; ++n) {
    core.announce(0);
    core.state().gpr[4] -= 16;
    CHECK_FALSE(core.commit(0));  // to a handler that does the same
    CHECK(core.counts().exceptions == n);
  }
}

TEST_CASE("segment bases count") {
  Core core({0x8e, 0xd8, 0xa3, 0x00, 0x00, 0x00, 0x00});  // mov ds, eax; mov [0], eax
  core.bases[3] = 0x12345678 & 0x3fffff;
  core.state().eip += 2;
  REQUIRE_FALSE(core.commit());
  CHECK(core.counts().taken_over == 1);
  core.state().eip += 5;
  SECTION("right") {
    core.store(0x12345678 & 0x3fffff, core.state().gpr[0]);
    CHECK_FALSE(core.commit());
  }
  SECTION("not added") {
    core.store(0, core.state().gpr[0]);
    CHECK(core.commit().has_value());
  }
}

TEST_CASE("a segment register has the hidden part that its descriptor says") {
  Core core({0x8e, 0xd8, 0x90});  // mov ds, eax; nop
  core.bases[3] = 0x1000;
  core.state().eip += 2;
  SECTION("right") {
    CHECK_FALSE(core.commit());
    CHECK(core.counts().segments == 1);
  }
  SECTION("not what the table says") {
    core.gdt_moved = 8;
    CHECK(first_mismatch(core.commit()) == "ds_base");
  }
}

TEST_CASE("an instruction that changes no system state must not change any") {
  Core core({0x90});
  core.state().eip += 1;
  SECTION("right") { CHECK_FALSE(core.commit()); }
  SECTION("a hidden part") {
    core.bases[4] = 0x1000;
    CHECK(first_mismatch(core.commit()) == "fs_base");
  }
  SECTION("a debug register") {
    core.dr0 = 1;
    CHECK(first_mismatch(core.commit()) == "dr0");
  }
  SECTION("paging") {
    core.cr2 = 4;
    CHECK(first_mismatch(core.commit()) == "cr2");
  }
}

TEST_CASE("rings: popf in ring 3 leaves IF and IOPL alone") {
  Core core({0x9d, 0x9c});  // popf; pushf
  core.store(0x300ffc, 0x3202);
  core.state().gpr[4] = 0x401ffc;
  go_paged(core, 3);
  core.state().gpr[4] = 0x402000;
  core.state().eip += 1;
  mark(core, 1, 0x300000 | 0x27);
  REQUIRE_FALSE(core.commit());
  core.state().gpr[4] = 0x401ffc;
  core.state().eip += 1;
  core.store(kTable + 4, 0x300000 | 0x67);
  SECTION("right") {
    core.store(0x300ffc, 0x0002);
    CHECK_FALSE(core.commit());
    CHECK(core.counts().taken_over == 0);
  }
  SECTION("as in ring 0") {
    core.store(0x300ffc, 0x3202);
    CHECK(first_mismatch(core.commit()) == "memory 0x00300ffd");
  }
}
