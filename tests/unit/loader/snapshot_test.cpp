// Files of saved machines: what is written is read again, and nothing else is taken for one.
#include "sim/loader/snapshot.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "sim/loader/error.h"
#include "veil/isa/platform.h"

namespace {

using namespace veil;

class File {
 public:
  File() : path_("snapshot_test." + std::to_string(::getpid())) {}
  ~File() { std::remove(path_.c_str()); }
  const std::string& path() const { return path_; }

  void put(const loader::Snapshot& snapshot) {
    std::FILE* file = std::fopen(path_.c_str(), "wb");
    REQUIRE(file != nullptr);
    CHECK(loader::write_snapshot(file, snapshot));
    std::fclose(file);
  }
  std::vector<char> bytes() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void put(const std::vector<char>& bytes) {
    std::ofstream(path_, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  std::string complaint() const {
    try {
      (void)loader::read_snapshot(path_);
    } catch (const loader::Error& error) {
      CHECK(error.status() == static_cast<int>(platform::ExitStatus::image));
      return error.what();
    }
    return "";
  }

 private:
  std::string path_;
};

loader::Snapshot example() {
  loader::Snapshot snapshot;
  snapshot.width = 2;
  snapshot.guest_instructions = 0x123456789a;
  snapshot.firmware = 0xfeedfacecafebeef;
  snapshot.dram.assign(platform::dram_min, 0);
  for (size_t i = 0; i < 100000; ++i) snapshot.dram[i * 7] = static_cast<uint8_t>(i * i >> 3);
  return snapshot;
}

}  // namespace

TEST_CASE("a saved machine comes back as it was") {
  File file;
  const loader::Snapshot written = example();
  file.put(written);
  const loader::Snapshot read = loader::read_snapshot(file.path());
  CHECK(read.width == written.width);
  CHECK(read.guest_instructions == written.guest_instructions);
  CHECK(read.firmware == written.firmware);
  CHECK(read.dram == written.dram);
}

TEST_CASE("what is not a saved machine, or not a whole one, is refused") {
  File file;
  file.put(example());
  std::vector<char> bytes = file.bytes();
  const auto refused = [&](const char* why) {
    file.put(bytes);
    CHECK_THAT(file.complaint(), Catch::Contains(why));
  };
  SECTION("another file") {
    bytes[0] = 'W';
    refused("no saved machine");
  }
  SECTION("too short for a header") {
    bytes.resize(47);
    refused("no saved machine");
  }
  SECTION("another version") {
    bytes[8] = 2;
    refused("version 2");
  }
  SECTION("cut off") {
    bytes.resize(bytes.size() - 1);
    refused("damaged");
  }
  SECTION("a wrong byte in memory") {
    bytes[bytes.size() / 2] ^= 1;
    refused("damaged");
  }
  SECTION("a wrong checksum") {
    bytes[40] ^= 1;
    refused("damaged");
  }
  SECTION("a size of memory that no machine has") {
    bytes[16 + 3] = 0x7f;
    refused("damaged: memory size");
  }
}
