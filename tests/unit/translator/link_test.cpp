// Chaining: one word changes, the jump lands on the target, unlink takes it back exactly.
#include <catch2/catch.hpp>

#include "guest_code.h"
#include "translated.h"
#include "veil/isa/native.h"

namespace {

using namespace veil::translator;
using namespace veil::translator::test;
namespace isa = veil::isa;

// Where control goes from the exit once it is chained.
uint32_t destination(const Translated& block, const Exit& exit) {
  uint32_t pos = exit.branch != ~0u ? exit.branch : exit.stub;
  isa::Decoded d = isa::decode(block.words[pos]);
  if (exit.branch != ~0u) {
    pos += static_cast<uint32_t>(d.imm);
    if (pos != exit.stub) return kNativeBase + 4 * pos;
    d = isa::decode(block.words[pos]);
  }
  return d.op == isa::Op::jal ? kNativeBase + 4 * pos + static_cast<uint32_t>(d.imm) : 0;
}

}  // namespace

TEST_CASE("link and unlink are inverses, one word each") {
  const unsigned width = GENERATE(1u, 2u, 4u);
  // x.b reaches 16 KiB, x.j 256 KiB, jal 1 MiB.
  const uint32_t distance = GENERATE(0u, 64u, 0x3f00u, 0x8000u, 0x3ff00u, 0x80000u, 0xf0000u);
  const bool back = GENERATE(false, true);
  const uint32_t target = back ? kNativeBase - distance : kNativeBase + distance;
  const std::vector<std::vector<uint8_t>> codes = {
      {0x40, 0xeb, 0x10},        // inc eax; jmp
      {0x48, 0x75, 0xfd},        // dec eax; jnz
      {0x01, 0xd8, 0x89, 0x03},  // no transfer of control at the end
  };
  for (const std::vector<uint8_t>& code : codes) {
    Translated block = translate_code(code, {.width = width}, kCodeAt);
    REQUIRE(block.result.status == Status::ok);
    for (const Exit& exit : block.exits) {
      REQUIRE(exit.kind == ExitKind::direct);
      const std::vector<uint32_t> before = block.words;
      const uint32_t word = link(block.words, kNativeBase, exit, target);
      CHECK(destination(block, exit) == target);
      for (uint32_t i = 0; i < block.words.size(); ++i) CHECK((block.words[i] != before[i]) == (i == word));
      CHECK((block.words[word] & 1) == 1);  // the group still ends here
      CHECK(unlink(block.words, kNativeBase, exit) == word);
      CHECK(block.words == before);
    }
  }
}

TEST_CASE("exits say where they lead") {
  const std::vector<uint8_t> code = {0x48, 0x75, 0xfd};  // dec eax; jnz
  const Translated block = translate_code(code, {}, kCodeAt);
  REQUIRE(block.exits.size() == 2);
  CHECK(block.exits[0].target_eip == kCodeAt + 3);
  CHECK(block.exits[0].branch == ~0u);
  CHECK(block.exits[1].target_eip == kCodeAt);
  CHECK(isa::decode(block.words[block.exits[1].branch]).op == isa::Op::x_b);
}

TEST_CASE("with paging another page is looked up, the own one is not") {
  const std::vector<uint8_t> code = {0x48, 0x75, 0xfd};  // dec eax; jnz
  const uint32_t last_of_page = (kCodeAt | 0xfff) - 2;   // falls into the next page
  for (const bool paging : {false, true}) {
    const Translated block = translate_code(code, {}, last_of_page, {.paging = paging});
    REQUIRE(block.exits.size() == 2);
    const auto looks_up = [&](const Exit& exit) {
      for (uint32_t at = exit.stub; at < block.words.size(); ++at) {
        const isa::Op op = isa::decode(block.words[at]).op;
        if (op == isa::Op::x_jt) return true;
        if (op == isa::Op::jal) return false;
      }
      return false;
    };
    CHECK((block.exits[0].kind == ExitKind::indirect) == paging);
    CHECK(looks_up(block.exits[0]) == paging);
    CHECK(block.exits[1].kind == ExitKind::direct);
    CHECK_FALSE(looks_up(block.exits[1]));
  }
}

TEST_CASE("exits whose look-up has missed have a way out of their own, and only they") {
  const uint32_t other = kDispatcherExit + 0x40;
  const auto leads_to = [](const Translated& block, uint32_t to) {  // the last word, a jal
    const auto at = static_cast<uint32_t>(block.words.size()) - 1;
    return block.words[at] == isa::enc::jal(0, static_cast<int32_t>(to - (kNativeBase + 4 * at)));
  };
  const std::vector<uint8_t> back = {0x40, 0xc3};          // inc eax; ret
  const std::vector<uint8_t> on = {0x40, 0xeb, 0x10};      // inc eax; jmp +16
  const std::vector<uint8_t> far = {0xe9, 0, 0x20, 0, 0};  // jmp +8192
  CHECK(leads_to(translate_code(back, {}, kCodeAt, {.indirect_exit = other}), other));
  CHECK(leads_to(translate_code(back, {}, kCodeAt, {}), kDispatcherExit));
  CHECK(leads_to(translate_code(on, {}, kCodeAt, {.indirect_exit = other}), kDispatcherExit));
  CHECK(leads_to(translate_code(far, {}, kCodeAt, {.indirect_exit = other}), kDispatcherExit));
  CHECK(leads_to(translate_code(far, {}, kCodeAt, {.indirect_exit = other, .paging = true}), other));
}

TEST_CASE("a dispatcher out of reach is reached all the same") {
  const std::vector<uint8_t> code = {0x40, 0xeb, 0x10};
  const Translated block = translate_code(code, {}, kCodeAt, {.dispatcher_exit = 0x7fc01234});
  const isa::Decoded last = isa::decode(block.words.back());
  const isa::Decoded before = isa::decode(block.words[block.words.size() - 2]);
  CHECK(last.op == isa::Op::jalr);
  CHECK(before.op == isa::Op::lui);
  CHECK((static_cast<uint32_t>(before.imm) << 12) + static_cast<uint32_t>(last.imm) == 0x7fc01234);
}
