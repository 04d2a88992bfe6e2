// Where blocks end, and with which exit.
#include <catch2/catch.hpp>

#include "guest_code.h"
#include "translated.h"
#include "veil/isa/native.h"

namespace {

using namespace veil::translator;
using namespace veil::translator::test;

Translated translated(std::vector<uint8_t> code, Options options = {}) {
  return translate_code(code, options, kCodeAt);
}

}  // namespace

TEST_CASE("the limit ends a block") {
  const Translated block = translated({0x40, 0x40, 0x40, 0x40}, {.block_limit = 3});
  CHECK(block.result.instructions == 3);
  CHECK(block.result.guest_bytes == 3);
  REQUIRE(block.exits.size() == 1);
  CHECK(block.exits[0].kind == ExitKind::direct);
  CHECK(block.exits[0].target_eip == kCodeAt + 3);
}

TEST_CASE("an instruction of the interpreter ends a block before itself") {
  const Translated block = translated({0x40, 0xf4});  // inc eax; hlt
  CHECK(block.result.instructions == 1);
  REQUIRE(block.exits.size() == 1);
  CHECK(block.exits[0].kind == ExitKind::interpret);
  CHECK(block.exits[0].target_eip == kCodeAt + 1);
  CHECK(translated({0xf4}).result.status == Status::nothing);
}

TEST_CASE("with a way out of its own, what must be interpreted has a translation that is that exit alone") {
  const uint32_t other_exit = kDispatcherExit + 0x100;
  const auto made = [&](std::vector<uint8_t> code, bool quick) {
    return translate_code(code, {.quick = quick}, kCodeAt, {.interpret_exit = other_exit});
  };
  const auto jump_to = [&](const Translated& block) {  // the stub's last word, a jal
    const auto at = static_cast<uint32_t>(block.words.size()) - 1;
    return block.words[at] == veil::isa::enc::jal(0, static_cast<int32_t>(other_exit - (kNativeBase + 4 * at)));
  };
  const bool quick = GENERATE(false, true);
  const Translated block = made({0x40, 0xf4}, quick);  // inc eax; hlt
  CHECK(block.result.instructions == 1);
  CHECK(jump_to(block));
  if (quick) CHECK(made({0xf4}, quick).result.status == Status::nothing);  // the caller asks for the other translator
  const Translated empty = made({0xf4}, false);
  REQUIRE(empty.result.status == Status::ok);
  CHECK(empty.result.instructions == 0);
  CHECK(empty.result.guest_bytes == 1);
  REQUIRE(empty.exits.size() == 1);
  CHECK(empty.exits[0].kind == ExitKind::interpret);
  CHECK(empty.exits[0].target_eip == kCodeAt);
  CHECK(jump_to(empty));
  // A rollback still goes to the dispatcher: the interpreter does the whole block.
  const Translated division = made({0xf7, 0xf1, 0xc3}, false);  // div ecx; ret
  REQUIRE(division.exits.size() == 2);
  CHECK(division.exits[1].kind == ExitKind::interpret);
  CHECK_FALSE(jump_to(division));
}

TEST_CASE("a cut-off instruction starts a block, which is interpreted as long as nothing is beyond the page") {
  const Translated block = translated({0x40, 0xb8, 0x01});
  CHECK(block.result.instructions == 1);
  CHECK(block.exits.at(0).kind == ExitKind::direct);
  CHECK(block.exits.at(0).target_eip == kCodeAt + 1);
  CHECK(translated({0xb8, 0x01}).result.status == Status::nothing);
}

TEST_CASE("an instruction that crosses ends a block; with paging it is a block, with a gate") {
  const std::vector<uint8_t> page = {0x40, 0xb8, 0x01};
  const std::vector<uint8_t> beyond = {0x02, 0x03, 0x04, 0x41};
  for (const bool quick : {false, true}) {
    const Options options{.quick = quick};
    const Translated flat = translate_code(page, options, kCodeAt, {.beyond = beyond});
    CHECK(flat.result.instructions == 2);
    CHECK(flat.result.guest_bytes == 6);
    CHECK(flat.result.gate == 0);
    CHECK(flat.exits.at(0).kind == ExitKind::direct);
    CHECK(flat.exits.at(0).target_eip == kCodeAt + 6);

    const Translated before = translate_code(page, options, kCodeAt, {.paging = true, .beyond = beyond});
    CHECK(before.result.instructions == 1);
    CHECK(before.result.gate == 0);
    CHECK(before.exits.at(0).kind == ExitKind::direct);
    CHECK(before.exits.at(0).target_eip == kCodeAt + 1);

    const std::span<const uint8_t> rest = std::span(page).subspan(1);
    const Translated gated = translate_code(rest, options, kCodeAt + 1, {.paging = true, .beyond = beyond});
    CHECK(gated.result.instructions == 1);
    CHECK(gated.result.guest_bytes == 5);
    REQUIRE(gated.result.gate != 0);
    REQUIRE(gated.exits.size() == 2);
    CHECK(gated.exits[1].kind == ExitKind::indirect);
    CHECK(gated.exits[1].stub > gated.result.gate);
    CHECK(gated.exits[1].stub < gated.result.words);
  }
}

TEST_CASE("a translation that checks its source ends after a store, and can roll back") {
  const std::vector<uint8_t> code = {0x40, 0x50, 0x41, 0xc3};  // inc eax; push eax; inc ecx; ret
  for (const bool quick : {false, true}) {
    for (const unsigned width : {1u, 2u, 4u}) {
      const Options options{.width = width, .quick = quick, .verify = true};
      const Translated block = translate_code(code, options, kCodeAt, {.checks = true});
      CHECK(block.result.instructions == 2);
      REQUIRE(block.exits.size() == 2);
      CHECK(block.exits[0].kind == ExitKind::direct);
      CHECK(block.exits[0].target_eip == kCodeAt + 2);
      CHECK(block.exits[1].kind == ExitKind::interpret);
      CHECK(block.exits[1].target_eip == kCodeAt);
      CHECK(translate_code(std::span(code).subspan(2), options, kCodeAt + 2, {.checks = true}).result.instructions ==
            2);
    }
  }
  CHECK(translate_code(std::vector<uint8_t>{0xf3, 0xa5}, {}, kCodeAt, {.checks = true}).result.status ==
        Status::nothing);
}

TEST_CASE("a repeated string instruction that crosses is translated") {
  const std::vector<uint8_t> page = {0xf3};
  const std::vector<uint8_t> beyond = {0xa5};
  CHECK(translate_code(page, {}, kCodeAt, {.beyond = beyond}).result.guest_bytes == 2);
  CHECK(translate_code(page, {}, kCodeAt, {.paging = true, .beyond = beyond}).result.gate != 0);
}

TEST_CASE("the end of the page is an ordinary exit") {
  const Translated block = translated({0x40, 0x41});
  CHECK(block.result.instructions == 2);
  CHECK(block.exits.at(0).kind == ExitKind::direct);
  CHECK(block.exits.at(0).target_eip == kCodeAt + 2);
}

TEST_CASE("a block has no more stores than the buffer holds in the worst case") {
  const std::vector<uint8_t> code(12, 0x50);  // push eax
  const Translated block = translated(code);
  CHECK(block.result.instructions == 7);
  CHECK(translated({0x60}).result.instructions == 1);  // pusha alone: sixteen entries
  CHECK(translated({0x50, 0x60}).result.instructions == 1);
}

TEST_CASE("an indirect jump has one exit, a division one more") {
  CHECK(translated({0xc3}).exits.at(0).kind == ExitKind::indirect);
  const Translated block = translated({0xf7, 0xf1, 0xc3});  // div ecx; ret
  REQUIRE(block.exits.size() == 2);
  CHECK(block.exits[1].kind == ExitKind::interpret);
  CHECK(block.exits[1].target_eip == kCodeAt);
}
