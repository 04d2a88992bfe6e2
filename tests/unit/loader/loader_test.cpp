// The loader: what it accepts lands where it should; everything else is refused with one clear line, before memory is
// touched.
#include <elf.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstddef>
#include <cstring>
#include <fstream>

#include "sim/loader/constants.h"
#include "sim/loader/elf_image.h"
#include "sim/loader/error.h"
#include "sim/loader/file.h"
#include "sim/loader/load.h"
#include "sim/loader/multiboot.h"

namespace {

using namespace veil::loader;
namespace platform = veil::platform;
using platform::ExitStatus;

constexpr uint32_t kMagic = 0x1badb002;
constexpr uint32_t kBase = 0x100000;

// A guest image: ELF header, one segment at kBase that begins with the multiboot header.
struct Builder {
  uint32_t flags = 0;
  Elf32_Ehdr header = {};
  std::vector<Elf32_Phdr> segments;
  std::vector<uint32_t> body;

  Builder() {
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS32;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_EXEC;
    header.e_machine = EM_386;
    header.e_version = EV_CURRENT;
    header.e_entry = kBase + 16;
    header.e_ehsize = sizeof(Elf32_Ehdr);
    header.e_phentsize = sizeof(Elf32_Phdr);
    Elf32_Phdr load = {};
    load.p_type = PT_LOAD;
    load.p_vaddr = load.p_paddr = kBase;
    load.p_filesz = 64;
    load.p_memsz = 128;
    segments.push_back(load);
    body.assign(16, 0x90909090);
  }

  std::vector<uint8_t> bytes() {
    body[0] = kMagic;
    body[1] = flags;
    body[2] = 0u - kMagic - flags;
    header.e_phoff = sizeof header;
    header.e_phnum = static_cast<Elf32_Half>(segments.size());
    const auto data = static_cast<uint32_t>(sizeof header + segments.size() * sizeof(Elf32_Phdr));
    for (Elf32_Phdr& segment : segments) {
      if (segment.p_offset == 0) segment.p_offset = data;
    }
    std::vector<uint8_t> out(data + body.size() * 4);
    std::memcpy(out.data(), &header, sizeof header);
    std::memcpy(out.data() + sizeof header, segments.data(), segments.size() * sizeof(Elf32_Phdr));
    std::memcpy(out.data() + data, body.data(), body.size() * 4);
    return out;
  }
};

std::string refusal(const std::vector<uint8_t>& bytes) {
  try {
    parse_guest(bytes, "image");
  } catch (const Error& error) {
    CHECK(error.status() == static_cast<int>(ExitStatus::image));
    const std::string text = error.what();
    CHECK(text.find('\n') == std::string::npos);
    CHECK(text.rfind("image: ", 0) == 0);
    return text;
  }
  return "accepted";
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

uint32_t word(const std::vector<uint8_t>& memory, uint32_t at) {
  uint32_t value = 0;
  std::memcpy(&value, memory.data() + at, sizeof value);
  return value;
}

TEST_CASE("a change of the firmware's constants or of the boot block is seen, no other") {
  Machine machine;
  machine.guest_bytes = 0x1000;
  machine.dram.assign(machine.guest_bytes + platform::concealed_size, 0x5a);
  machine.firmware_constant_bytes = 0x300;
  const Constants constants(machine);
  std::vector<uint8_t> concealed(machine.dram.begin() + machine.guest_bytes, machine.dram.end());
  const auto change = [&](uint32_t offset) {
    concealed[offset] ^= 1;
    const auto found = constants.changed(concealed);
    concealed[offset] ^= 1;
    return found;
  };
  CHECK_FALSE(constants.changed(concealed));
  for (const uint32_t offset : {0u, 0x123u, 0x2ffu, platform::window::boot_block}) {
    CHECK(change(offset) == platform::concealed_window + offset);
  }
  CHECK_FALSE(change(0x300));
  CHECK_FALSE(change(platform::window::guest_state));
}

}  // namespace

TEST_CASE("a good image is taken apart") {
  Builder builder;
  const GuestImage guest = parse_guest(builder.bytes(), "image");
  REQUIRE(guest.image.segments.size() == 1);
  CHECK(guest.image.entry == kBase + 16);
  CHECK(guest.image.segments[0].address == kBase);
  CHECK(guest.image.segments[0].memory_bytes == 128);
  CHECK(guest.image.segments[0].data.size() == 64);
}

TEST_CASE("the entry point is translated to its physical address") {
  Builder builder;
  builder.segments[0].p_vaddr = 0xc0100000;
  builder.header.e_entry = 0xc0100020;
  CHECK(parse_guest(builder.bytes(), "image").image.entry == kBase + 0x20);
}

TEST_CASE("damaged images are refused, each with its own line") {
  Builder builder;
  SECTION("64 bits") {
    builder.header.e_ident[EI_CLASS] = ELFCLASS64;
    CHECK(contains(refusal(builder.bytes()), "64-bit"));
  }
  SECTION("big-endian") {
    builder.header.e_ident[EI_DATA] = ELFDATA2MSB;
    CHECK(contains(refusal(builder.bytes()), "little-endian"));
  }
  SECTION("another machine") {
    builder.header.e_machine = EM_ARM;
    CHECK(contains(refusal(builder.bytes()), "80386"));
  }
  SECTION("position-independent") {
    builder.header.e_type = ET_DYN;
    CHECK(contains(refusal(builder.bytes()), "fixed addresses"));
  }
  SECTION("segment beyond the end of the file") {
    auto bytes = builder.bytes();
    bytes.resize(bytes.size() - 1);
    CHECK(contains(refusal(bytes), "truncated"));
  }
  SECTION("larger in the file than in memory") {
    builder.segments[0].p_memsz = 32;
    CHECK(contains(refusal(builder.bytes()), "larger in the file"));
  }
  SECTION("wraps around") {
    builder.segments[0].p_memsz = 0xffff0000;
    CHECK(contains(refusal(builder.bytes()), "wraps"));
  }
  SECTION("segments overlap") {
    builder.segments.push_back(builder.segments[0]);
    builder.segments[1].p_paddr += 64;
    CHECK(contains(refusal(builder.bytes()), "overlap"));
  }
  SECTION("entry point outside") {
    builder.header.e_entry = 0x500000;
    CHECK(contains(refusal(builder.bytes()), "entry point"));
  }
  SECTION("nothing to load") {
    builder.segments[0].p_type = PT_NOTE;
    CHECK(contains(refusal(builder.bytes()), "nothing to load"));
  }
  SECTION("no multiboot header") {
    auto bytes = builder.bytes();
    bytes[bytes.size() - 64] ^= 1;
    CHECK(contains(refusal(bytes), "no multiboot header"));
  }
  SECTION("unknown feature") {
    builder.flags = 0x8;
    CHECK(contains(refusal(builder.bytes()), "unknown features"));
  }
}

TEST_CASE("no length of a truncated image and no damaged byte of its headers gets past the checks") {
  Builder builder;
  const auto good = builder.bytes();
  for (size_t length = 0; length < good.size(); ++length) {
    CHECK(refusal({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(length)}) != "accepted");
  }
  // Any byte of ELF and program header, any value: refused or taken, but never outside of memory.
  std::vector<uint8_t> memory(28u << 20);
  for (size_t at = 0; at < sizeof(Elf32_Ehdr) + sizeof(Elf32_Phdr); ++at) {
    for (const int flip : {0x01, 0x10, 0x80, 0xff}) {
      auto bytes = good;
      bytes[at] = static_cast<uint8_t>(bytes[at] ^ flip);
      try {
        place_guest(parse_guest(bytes, "image"), "image", "", {}, memory);
      } catch (const Error&) {
      }
    }
  }
}

TEST_CASE("program headers may lie anywhere in the file, aligned or not") {
  Builder builder;
  const auto good = builder.bytes();
  for (uint32_t odd = 0; odd < 4; ++odd) {
    auto bytes = good;
    const auto at = static_cast<uint32_t>(bytes.size()) + odd;
    bytes.resize(at);
    bytes.insert(bytes.end(), good.begin() + sizeof(Elf32_Ehdr),
                 good.begin() + sizeof(Elf32_Ehdr) + sizeof(Elf32_Phdr));
    std::memcpy(bytes.data() + offsetof(Elf32_Ehdr, e_phoff), &at, sizeof at);
    const GuestImage image = parse_guest(bytes, "image");
    REQUIRE(image.image.segments.size() == 1);
    CHECK(image.image.segments[0].address == kBase);
    CHECK(image.image.segments[0].memory_bytes == 128);
    CHECK(image.image.entry == kBase + 16);
  }
}

TEST_CASE("address fields of the header win over ELF") {
  Builder builder;
  builder.flags = 1u << 16;
  const auto offset = static_cast<uint32_t>(sizeof(Elf32_Ehdr) + sizeof(Elf32_Phdr));
  builder.body[3] = 0x200000 + offset;  // header_addr
  builder.body[4] = 0x200000;           // load_addr: the file from its beginning
  builder.body[5] = 0;                  // to its end
  builder.body[6] = 0x201000;           // bss_end_addr
  builder.body[7] = 0x200000 + offset + 32;
  const GuestImage guest = parse_guest(builder.bytes(), "image");
  REQUIRE(guest.image.segments.size() == 1);
  CHECK(guest.image.segments[0].address == 0x200000);
  CHECK(guest.image.segments[0].memory_bytes == 0x1000);
  CHECK(guest.image.segments[0].data.size() == builder.bytes().size());
  builder.body[4] = builder.body[3] + 4;
  CHECK(contains(refusal(builder.bytes()), "load address"));
}

TEST_CASE("boot information: memory, command line, modules, map, name") {
  Builder builder;
  std::vector<uint8_t> memory(28u << 20, 0xee);
  const std::vector<Module> modules = {{"one a=1", {1, 2, 3}}, {"two", {}}};
  const uint32_t info = place_guest(parse_guest(builder.bytes(), "image"), "image", "name append", modules, memory);
  CHECK(word(memory, kBase) == kMagic);
  CHECK(word(memory, kBase + 60) == 0x90909090);
  CHECK(word(memory, kBase + 64) == 0);  // bss
  CHECK(memory[kBase + 128] == 0xee);    // after it
  CHECK((word(memory, info) & 0x24d) == 0x24d);
  CHECK(word(memory, info + 4) == 640);
  CHECK(word(memory, info + 8) == (28u << 10) - 1024);
  CHECK(std::string(reinterpret_cast<const char*>(&memory[word(memory, info + 16)])) == "name append");
  REQUIRE(word(memory, info + 20) == 2);
  const uint32_t list = word(memory, info + 24);
  const uint32_t start = word(memory, list);
  CHECK(start % 4096 == 0);
  CHECK(start >= kBase + 128);
  CHECK(word(memory, list + 4) == start + 3);
  CHECK(memory[start + 2] == 3);
  CHECK(std::string(reinterpret_cast<const char*>(&memory[word(memory, list + 8)])) == "one a=1");
  CHECK(word(memory, list + 16) % 4096 == 0);
  CHECK(word(memory, list + 16) == word(memory, list + 20));
  // The map's last region ends where the guest's memory ends.
  const uint32_t map_end = word(memory, info + 48) + word(memory, info + 44);
  CHECK(word(memory, map_end - 20) + word(memory, map_end - 12) == memory.size());
  CHECK(std::string(reinterpret_cast<const char*>(&memory[word(memory, info + 64)])) == "veil");
}

TEST_CASE("what does not fit is refused") {
  Builder builder;
  std::vector<uint8_t> memory(4u << 20);
  builder.segments[0].p_memsz = 4u << 20;
  CHECK_THROWS_WITH(place_guest(parse_guest(builder.bytes(), "image"), "image", "", {}, memory),
                    Catch::Contains("does not fit"));
  builder.segments[0].p_memsz = 128;
  const std::vector<Module> modules = {{"big", std::vector<uint8_t>(3u << 20)}};
  CHECK_THROWS_WITH(place_guest(parse_guest(builder.bytes(), "image"), "image", "", modules, memory),
                    Catch::Contains("module does not fit"));
  CHECK_THROWS_WITH(place_guest(parse_guest(builder.bytes(), "image"), "image", std::string(1u << 20, 'x'), {}, memory),
                    Catch::Contains("too long"));
}

TEST_CASE("files: missing, directory, device, too large") {
  CHECK_THROWS_WITH(read_file("/nonexistent", 100, ExitStatus::image), Catch::Contains("No such file"));
  CHECK_THROWS_WITH(read_file("/", 100, ExitStatus::image), Catch::Contains("is a directory"));
  CHECK_THROWS_WITH(read_file("/dev/zero", 100, ExitStatus::image), Catch::Contains("not a regular file"));
  CHECK_THROWS_WITH(read_file("/proc/self/exe", 100, ExitStatus::image), Catch::Contains("too large"));
}

TEST_CASE("a whole machine: firmware at its place, boot block filled in") {
  const std::string stem = "/tmp/veil-loader-test-" + std::to_string(getpid());
  Builder guest, firmware;
  firmware.header.e_machine = EM_RISCV;
  firmware.header.e_entry = platform::reset_pc;
  firmware.segments[0].p_vaddr = firmware.segments[0].p_paddr = platform::reset_pc;
  const auto write = [](const std::string& path, const std::vector<uint8_t>& bytes) {
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  };
  write(stem + ".elf", guest.bytes());
  write(stem + ".fw", firmware.bytes());
  Request request;
  request.image = stem + ".elf";
  request.append = "x=1";
  request.firmware = stem + ".fw";
  request.memory_bytes = 32u << 20;
  request.knobs.gears = 1;
  request.knobs.rollback_every = 7;
  const Machine machine = load(request);
  CHECK(machine.dram.size() == 32u << 20);
  CHECK(machine.guest_bytes == (32u << 20) - platform::concealed_size);
  CHECK(word(machine.dram, machine.guest_bytes + platform::window::firmware + 4) == 0);
  CHECK(word(machine.dram, machine.guest_bytes + platform::window::firmware) == kMagic);
  platform::BootBlock block;
  std::memcpy(&block, machine.dram.data() + machine.guest_bytes + platform::window::boot_block, sizeof block);
  CHECK(block.magic == platform::boot_magic);
  CHECK(block.entry_eip == kBase + 16);
  CHECK(block.entry_eax == kMultibootEax);
  CHECK(block.gears == 1);
  CHECK(block.rollback_every == 7);
  // The guest's command line is the image's name without its directory.
  const uint32_t text = word(machine.dram, block.entry_ebx + 16);
  const std::string line(reinterpret_cast<const char*>(machine.dram.data() + text));
  CHECK(line == stem.substr(stem.rfind('/') + 1) + ".elf x=1");

  firmware.segments[0].p_paddr = firmware.segments[0].p_vaddr = platform::boot_block_address;
  firmware.header.e_entry = platform::boot_block_address;
  write(stem + ".fw", firmware.bytes());
  CHECK_THROWS_WITH(load(request), Catch::Contains("outside the firmware's part"));
  std::remove((stem + ".elf").c_str());
  std::remove((stem + ".fw").c_str());
}
