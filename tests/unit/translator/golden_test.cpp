// Golden output: the groups that typical instructions and short sequences become, reviewed like code.
// tests/golden/translator/cases.txt has a line per case ("name: bytes in hex"); groups.txt what comes out when it is
// optimized, groups_quick.txt what gear 2 makes of it.
// To accept a change: VEIL_ACCEPT=1 build/tests/unit/translator/translator_golden, then review the difference.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "translated.h"
#include "veil/isa/disasm.h"

namespace {

using namespace veil::translator;
using namespace veil::translator::test;

const std::string kFolder = VEIL_GOLDEN_FOLDER;
constexpr uint32_t kEip = 0x401000;

std::string read(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<uint8_t> bytes_of(const std::string& hex) {
  std::vector<uint8_t> bytes;
  std::istringstream in(hex);
  std::string byte;
  while (in >> byte) bytes.push_back(static_cast<uint8_t>(std::stoul(byte, nullptr, 16)));
  return bytes;
}

// The body, without the exit stubs (they are the same everywhere).
std::string groups(const std::vector<uint8_t>& code, bool quick) {
  std::string text;
  for (const unsigned width : {1u, 2u, 4u}) {
    const Translated block = translate_code(code, {.width = width, .quick = quick, .verify = true}, kEip);
    text += "  w" + std::to_string(width) + "\n";
    if (block.result.status != Status::ok) {
      text += "    (left to the interpreter)\n";
      continue;
    }
    const std::span<const uint32_t> body = std::span(block.words).first(block.exits[0].stub);
    std::istringstream lines(veil::isa::disassemble_groups(body, kNativeBase));
    for (std::string line; std::getline(lines, line);) text += "    " + line + "\n";
  }
  return text;
}

}  // namespace

namespace {

void check_groups(bool quick, const std::string& name) {
  std::istringstream cases(read(kFolder + "/cases.txt"));
  std::string text;
  unsigned count = 0;
  for (std::string line; std::getline(cases, line);) {
    if (line.empty() || line[0] == '#') continue;
    const std::size_t colon = line.rfind(':');
    REQUIRE(colon != std::string::npos);
    text += line.substr(0, colon) + "\n" + groups(bytes_of(line.substr(colon + 1)), quick);
    ++count;
  }
  REQUIRE(count >= 40);
  const std::string path = kFolder + "/" + name;
  if (std::getenv("VEIL_ACCEPT") != nullptr) std::ofstream(path) << text;
  CHECK(text == read(path));
}

}  // namespace

TEST_CASE("groups of typical code") { check_groups(false, "groups.txt"); }
TEST_CASE("groups of typical code, translated quickly") { check_groups(true, "groups_quick.txt"); }
