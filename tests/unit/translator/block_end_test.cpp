// Where blocks end, and with which exit.
#include <catch2/catch.hpp>

#include "guest_code.h"
#include "translated.h"

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

TEST_CASE("a cut-off instruction is left to the interpreter") {
  const Translated block = translated({0x40, 0xb8, 0x01});
  CHECK(block.result.instructions == 1);
  CHECK(block.exits.at(0).kind == ExitKind::interpret);
  CHECK(translated({0xb8, 0x01}).result.status == Status::nothing);
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
