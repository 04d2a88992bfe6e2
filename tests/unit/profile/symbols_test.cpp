// Names of addresses: this program's own symbols, read as those of an image are.
#include "sim/loader/symbols.h"

#include <catch2/catch.hpp>

#include "sim/loader/file.h"

using namespace veil;

namespace far_away {
// Not inlined, so that there is a symbol.
[[gnu::noinline]] int a_function(int value) { return value * 3; }
}  // namespace far_away

TEST_CASE("functions have their C++ names, addresses inside them an offset") {
  // The program is larger than 4 GiB only in its addresses: 32 bits of them are as good as an image's.
  const auto bytes = loader::read_file(OWN_FILE, 1u << 30, platform::ExitStatus::image);
  const loader::Symbols symbols(bytes);
  REQUIRE(symbols.size() > 100);
  const auto address = loader::find_symbol(bytes, "_ZN8far_away10a_functionEi");
  REQUIRE(address.has_value());
  CHECK(far_away::a_function(2) == 6);
  CHECK(symbols.name(*address) == "far_away::a_function(int)");
  CHECK(symbols.name(*address + 2) == "far_away::a_function(int)+0x2");
  const loader::Symbol* symbol = symbols.at(*address + 1);
  REQUIRE(symbol != nullptr);
  CHECK(symbol->address == *address);
  CHECK(symbol->bytes > 1);
}

TEST_CASE("what is no ELF file, or has no symbols, names nothing") {
  CHECK(loader::Symbols().name(0x1234) == "0x00001234");
  CHECK(loader::Symbols({1, 2, 3}).at(0) == nullptr);
  CHECK(loader::Symbols(std::vector<uint8_t>(4096, 0x7f)).size() == 0);
  CHECK(!loader::find_symbol({}, "main").has_value());
}
