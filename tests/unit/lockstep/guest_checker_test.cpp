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
  const lockstep::GuestCheckerCounts& counts() const { return checker_.counts(); }
  lockstep::GuestChecker& checker() { return checker_; }

  // A gated store of the guest instruction that comes next.
  void store(uint32_t address, uint32_t data, uint8_t bytes = 4) {
    GroupRecord record = group();
    record.mem = {sim::MemKind::store, true, bytes, address, 0, data};
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
  // imul eax, eax, 3; pushf: SF ZF AF PF are undefined behind imul
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
  SECTION("read inside the same commit: nobody can compare, Veil is followed") {
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
