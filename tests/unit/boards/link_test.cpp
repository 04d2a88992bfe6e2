// The host's side of a transfer against the boot ROM's own receiver, over a line that loses, spoils and delays bytes,
// and a board that is reset or falls silent.
#include "sim/board/link.h"

#include <catch2/catch.hpp>
#include <deque>
#include <random>

#include "boards/boot/receiver.h"

namespace {

using namespace veil;
namespace protocol = boards::protocol;

constexpr uint32_t kBytes = 1u << 16;

struct Memory {
  std::vector<uint8_t> bytes = std::vector<uint8_t>(kBytes, 0xa5);  // as memory is at power-on
  uint32_t cores = 2;

  [[nodiscard]] uint32_t width() const { return cores; }
  [[nodiscard]] static bool allowed(uint32_t address, uint32_t count) {
    return count <= kBytes && address <= kBytes - count;
  }
  void write(uint32_t address, uint8_t byte) { bytes[address] = byte; }
  void clear(uint32_t address, uint32_t count) { std::fill_n(bytes.begin() + address, count, uint8_t{0}); }
};

// The loop of boards/boot/boot.cpp, with silence for time.
class FakeBoard : public board::Transport {
 public:
  Memory memory;
  bool started = false;
  uint8_t hello = protocol::hello(2);
  // Faults, each with so many bytes between two of them; 0: never.
  unsigned lose = 0, spoil = 0, lose_answer = 0, late_answer = 0;
  uint64_t reset_after = 0, unplug_after = 0, hang_after = 0;  // bytes to the board
  unsigned resets = 0, most_resets = ~0u;

  bool write(std::span<const uint8_t> bytes) override {
    // A late answer comes when its frame is already being sent again.
    to_host_.insert(to_host_.end(), late_.begin(), late_.end());
    late_.clear();
    for (const uint8_t byte : bytes) {
      ++sent_;
      if (unplug_after != 0 && sent_ >= unplug_after) gone_ = true;
      if (gone_) return false;
      if (hang_after != 0 && sent_ >= hang_after) continue;
      if (reset_after != 0 && sent_ % reset_after == 0 && resets != most_resets) reset();
      if (lose != 0 && sent_ % lose == 0) continue;
      take(static_cast<uint8_t>(byte ^ (spoil != 0 && sent_ % spoil == 0 ? 0x10 : 0)));
    }
    return true;
  }
  std::optional<uint8_t> read(unsigned) override {
    if (to_host_.empty() && !gone_) silence();
    if (to_host_.empty()) return {};
    const uint8_t byte = to_host_.front();
    to_host_.pop_front();
    return byte;
  }
  bool gone() const override { return gone_; }
  void say(std::initializer_list<uint8_t> bytes) { to_host_.insert(to_host_.end(), bytes); }

 private:
  void reset() {
    ++resets;
    frames_ = 0;
    receiver_.drop();
    std::fill(memory.bytes.begin(), memory.bytes.end(), uint8_t{0x5a});  // what refresh did not keep
    say({protocol::kEscape, protocol::kHello, hello});
  }
  void silence() {
    if (hang_after != 0 && sent_ >= hang_after) return;
    if (started) return;
    const bool inside = receiver_.inside();
    receiver_.drop();
    if (!late_.empty()) return;
    if (inside) return say({protocol::kEscape, protocol::kBad, 0});
    say({protocol::kEscape, frames_ == 0 ? protocol::kHello : protocol::kAgain, hello});
  }
  void take(uint8_t byte) {
    if (started) return;
    const boards::Received what = receiver_.take(byte);
    if (what == boards::Received::more) return;
    if (what != boards::Received::bad) ++frames_;
    ++answers_;
    const uint8_t kind = what == boards::Received::bad ? protocol::kBad : protocol::kGood;
    const std::array<uint8_t, 3> answer = {protocol::kEscape, kind, receiver_.tag()};
    for (int copies = what == boards::Received::go ? 2 : 1; copies-- != 0;) {
      if (lose_answer != 0 && answers_ % lose_answer == 0 && copies == 0) continue;
      std::deque<uint8_t>& to = late_answer != 0 && answers_ % late_answer == 0 ? late_ : to_host_;
      to.insert(to.end(), answer.begin(), answer.end());
    }
    started = what == boards::Received::go;
  }

  boards::Receiver<Memory> receiver_{memory};
  std::deque<uint8_t> to_host_, late_;
  uint64_t sent_ = 0;
  unsigned frames_ = 0, answers_ = 0;
  bool gone_ = false;
};

board::Frame make(protocol::Type type, uint32_t address, const std::vector<uint8_t>& payload) {
  const auto size = static_cast<uint32_t>(payload.size());
  board::Frame frame{protocol::kStart, static_cast<uint8_t>(type), static_cast<uint8_t>(size),
                     static_cast<uint8_t>(size >> 8)};
  for (unsigned i = 0; i < 4; ++i) frame.push_back(static_cast<uint8_t>(address >> (8 * i)));
  frame.insert(frame.end(), payload.begin(), payload.end());
  const uint32_t crc = protocol::crc32(frame.data() + 1, static_cast<uint32_t>(frame.size() - 1));
  for (unsigned i = 0; i < 4; ++i) frame.push_back(static_cast<uint8_t>(crc >> (8 * i)));
  return frame;
}

// Random memory and the frames that bring it.
struct Load {
  std::vector<uint8_t> bytes = std::vector<uint8_t>(kBytes);
  std::vector<board::Frame> frames;

  explicit Load(unsigned seed) {
    std::mt19937 random(seed);
    frames.push_back(make(protocol::Type::core, 0, {2}));
    frames.push_back(make(protocol::Type::clear, 0, {0, 0, 1, 0}));
    for (uint32_t at = 0; at < kBytes; at += 1024) {
      if (random() % 4 == 0) continue;
      std::vector<uint8_t> payload(1 + random() % 1024);
      for (uint8_t& byte : payload) byte = static_cast<uint8_t>(random() % 5 == 0 ? protocol::kStart : random());
      std::copy(payload.begin(), payload.end(), bytes.begin() + at);
      frames.push_back(make(protocol::Type::write, at, payload));
    }
    frames.push_back(make(protocol::Type::go, 0, {}));
  }
};

board::Sent transfer(FakeBoard& fake, const Load& load, size_t* last = nullptr) {
  board::Stream stream;
  const board::Met met = board::meet(fake, stream);
  REQUIRE(met.problem == "");
  REQUIRE(met.width == 2);
  return board::send(fake, stream, load.frames, [&](size_t done, size_t all) {
    CHECK(done <= all);
    if (last != nullptr) *last = done;
  });
}

}  // namespace

TEST_CASE("everything arrives, whatever the line does") {
  const unsigned seed = GENERATE(range(0u, 40u));
  std::mt19937 random(seed);
  const auto pick = [&](unsigned below) { return static_cast<unsigned>(random() % below); };
  const Load load(seed);
  FakeBoard fake;
  // One byte in some hundred to some thousand; a frame is a thousand.
  if (seed % 2 != 0) fake.lose = 1500 + pick(5000);
  if (seed % 3 != 0) fake.spoil = 1500 + pick(5000);
  if (seed % 5 != 0) fake.lose_answer = 3 + pick(20);
  if (seed % 7 != 0) fake.late_answer = 4 + pick(20);
  const board::Sent sent = transfer(fake, load);
  INFO(fake.lose << ' ' << fake.spoil << ' ' << fake.lose_answer << ' ' << fake.late_answer);
  CHECK(sent.problem == "");
  CHECK(fake.started);
  CHECK((fake.memory.bytes == load.bytes));
  CHECK((sent.repeated != 0) == (fake.lose != 0 || fake.spoil != 0 || fake.lose_answer != 0 || fake.late_answer != 0));
}

TEST_CASE("a board that is reset on the way gets everything anew") {
  const Load load(3);
  size_t bytes = 0;
  for (const board::Frame& frame : load.frames) bytes += frame.size();
  SECTION("once, after some way") {
    FakeBoard fake;
    fake.reset_after = bytes * 2 / 3;
    fake.most_resets = 1;
    const board::Sent sent = transfer(fake, load);
    CHECK(sent.problem == "");
    CHECK(sent.restarted == 1);
    CHECK(fake.resets == 1);
    CHECK((fake.memory.bytes == load.bytes));
  }
  SECTION("again and again") {
    FakeBoard fake;
    fake.reset_after = bytes / 3;
    const board::Sent sent = transfer(fake, load);
    CHECK(sent.problem.find("was reset 4 times") != std::string::npos);
    CHECK(!fake.started);
  }
}

TEST_CASE("a transfer that was cut off is begun again by the next one") {
  const Load first(8), second(9);
  FakeBoard fake;
  board::Stream stream;
  CHECK(board::meet(fake, stream).problem == "");
  // The first host ends in the middle of a frame.
  fake.write(first.frames[0]);
  fake.write(first.frames[2]);
  fake.write(std::span(first.frames[3]).first(9));
  const board::Sent sent = transfer(fake, second);
  CHECK(sent.problem == "");
  CHECK(fake.started);
  CHECK((fake.memory.bytes == second.bytes));
}

TEST_CASE("what cannot be repaired is said in a sentence") {
  const Load load(1);
  FakeBoard fake;
  SECTION("unplugged") {
    fake.unplug_after = 5000;
    CHECK(transfer(fake, load).problem.find("the line is gone after") == 0);
  }
  SECTION("silent in the middle") {
    fake.hang_after = 5000;
    CHECK(transfer(fake, load).problem.find("did not take a frame in 8 attempts") != std::string::npos);
  }
  SECTION("spoils everything") {
    fake.spoil = 3;
    CHECK(transfer(fake, load).problem.find("did not take a frame in 8 attempts, 0 of") != std::string::npos);
  }
  SECTION("too narrow a core") {
    fake.memory.cores = 1;
    CHECK(transfer(fake, load).problem.find("did not take a frame") != std::string::npos);
  }
  board::Stream stream;
  SECTION("nobody") {
    fake.hang_after = 1;
    fake.write(std::array<uint8_t, 1>{0});
    CHECK(board::meet(fake, stream).problem.find("no board answers") == 0);
  }
  SECTION("a guest") {
    fake.hang_after = 1;
    fake.write(std::array<uint8_t, 1>{0});
    fake.say({'l', 'o', 'g', 'i', 'n', ':', ' '});
    CHECK(board::meet(fake, stream).problem.find("something speaks there, but no boot ROM") == 0);
  }
  SECTION("another version") {
    fake.hello = 0x12;
    CHECK(board::meet(fake, stream).problem ==
          "the board's boot ROM speaks version 1, not 2: flash a bitstream of this Veil");
  }
}
