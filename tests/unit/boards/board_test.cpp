// The boot ROM on the simulated board: frames over the serial line that arrive whole, spoiled, cut off; a program from
// an SD card. (A guest that runs there: tests/system/board.py.)
#include "boards/sim/board.h"

#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <vector>

#include "boards/boot/protocol.h"
#include "sim/board/frames.h"
#include "sim/board/stream.h"
#include "veil/isa/native.h"
#include "veil/isa/platform.h"

namespace {

using namespace veil;
namespace protocol = boards::protocol;
using Frame = std::vector<uint8_t>;

struct Bench {
  boards::Board board;
  board::Stream stream;
  std::string answers;  // g and n, as they come
  unsigned tag = 0;     // of the newest answer
  unsigned hellos = 0, width = 0;
  std::optional<unsigned> status;  // of a run that is over

  explicit Bench(uint32_t seed) : board(seed) {}

  void run(uint64_t cycles) {
    while (cycles-- != 0 && board.violation().empty()) {
      board.cycle();
      while (!board.line.received.empty()) {
        const std::optional<board::Said> said = stream.take(board.line.received.front());
        board.line.received.pop_front();
        if (!said) continue;
        using Kind = board::Said::Kind;
        if (said->kind == Kind::good || said->kind == Kind::bad) {
          answers.push_back(said->kind == Kind::good ? 'g' : 'n');
          tag = said->byte;
        }
        if (said->kind == Kind::hello) {
          ++hellos;
          width = protocol::width_of(said->byte);
        }
        if (said->kind == Kind::ended) status = said->byte;
      }
    }
  }

  // What the board answers, within 40 ms.
  std::string send(const Frame& bytes) {
    answers.clear();
    board.line.to_send.insert(board.line.to_send.end(), bytes.begin(), bytes.end());
    for (int wait = 0; wait < 2000 && answers.empty(); ++wait) run(1000);
    return answers;
  }
};

Frame make(protocol::Type type, uint32_t address, const std::vector<uint8_t>& bytes) {
  Frame frame = {protocol::kStart, static_cast<uint8_t>(type), static_cast<uint8_t>(bytes.size()), 0};
  for (unsigned i = 0; i < 4; ++i) frame.push_back(static_cast<uint8_t>(address >> (8 * i)));
  frame.insert(frame.end(), bytes.begin(), bytes.end());
  const uint32_t crc = protocol::crc32(frame.data() + 1, static_cast<uint32_t>(frame.size() - 1));
  for (unsigned i = 0; i < 4; ++i) frame.push_back(static_cast<uint8_t>(crc >> (8 * i)));
  return frame;
}
Frame write_frame(uint32_t address, const std::vector<uint8_t>& bytes) {
  return make(protocol::Type::write, address, bytes);
}

// Frames of a program in the firmware's place that ends the run with a status.
std::vector<Frame> program(unsigned status) {
  namespace enc = isa::enc;
  std::vector<uint8_t> code;
  for (const uint32_t word : {enc::lui(5, platform::mmio >> 12), enc::addi(6, 0, static_cast<int32_t>(status)),
                              enc::sw(5, 6, static_cast<int32_t>(platform::host::exit)), enc::jal(0, 0)}) {
    for (unsigned i = 0; i < 4; ++i) code.push_back(static_cast<uint8_t>(word >> (8 * i)));
  }
  const uint32_t window = (32u << 20) - platform::concealed_size;
  return {make(protocol::Type::core, 0, {1}), make(protocol::Type::clear, 0x2000, {0, 8, 0, 0}),
          write_frame(0x2004, {9}), write_frame(window, code), make(protocol::Type::go, 0, {})};
}

constexpr unsigned kWaiting = 0x80, kCardBad = 0x20, kStarted = 0x10, kOver = 0x08;  // LEDs

}  // namespace

TEST_CASE("frames arrive, and what is wrong with one is noticed") {
  const uint32_t seed = GENERATE(0u, 1u, 2u, 3u);  // what flip-flops and memories hold at power-on
  Bench bench(seed);
  bench.run(150'000);
  CHECK(bench.hellos >= 1);
  CHECK(bench.width == 1);
  const Frame frame = write_frame(0x1000, {1, 2, 3, 4});

  bench.board.line.to_send.insert(bench.board.line.to_send.end(), frame.begin(), frame.begin() + 9);
  bench.run(2'000'000);  // more silence than a frame may have
  CHECK(bench.answers == "n");

  Frame spoiled = frame;
  spoiled[9] ^= 0x40;
  CHECK(bench.send(spoiled) == "n");
  CHECK(bench.board.dram()[0x1000] == 0);

  CHECK(bench.send(frame) == "g");
  CHECK(bench.tag == frame[frame.size() - 4]);
  bench.run(1000);
  CHECK(bench.board.dram()[0x1000] == 1);
  CHECK(bench.board.dram()[0x1003] == 4);

  // Where the boot ROM keeps its own variables, and after the end of memory.
  CHECK(bench.send(write_frame(0x01f00000, {1})) == "n");
  CHECK(bench.send(write_frame(0x02000000, {1})) == "n");
  CHECK(bench.send(write_frame(0xfffffffe, {1, 2, 3, 4})) == "n");
  // Made for a wider core.
  CHECK(bench.send(make(protocol::Type::core, 0, {4})) == "n");
  CHECK(bench.send(make(protocol::Type::core, 0, {1})) == "g");
  CHECK(bench.board.violation() == "");
}

TEST_CASE("a program comes over the serial line") {
  Bench bench(1);
  bench.run(150'000);
  for (const Frame& frame : program(42)) CHECK(bench.send(frame).substr(0, 1) == "g");
  bench.run(100'000);
  CHECK(bench.status == 42u);
  CHECK(bench.board.violation() == "");
}

TEST_CASE("a program comes from an SD card") {
  const bool high_capacity = GENERATE(true, false);
  const bool bad_read = GENERATE(false, true);
  Bench bench(2);
  boards::SdCard& card = bench.board.insert(board::card_of(program(43)), high_capacity);
  if (bad_read) card.fail_read(0);
  bench.run(1'500'000);
  CHECK(bench.status == 43u);
  CHECK(bench.hellos == 0);
  CHECK(bench.board.leds() == (kStarted | kOver));
  CHECK(bench.board.dram()[0x2004] == 9);
  CHECK(card.sectors_read() == 1);
  CHECK(bench.board.violation() == "");
}

TEST_CASE("what is wrong on an SD card is noticed, and the serial line used") {
  struct Case {
    size_t at;  // a byte of the card that is changed
    unsigned leds;
    unsigned sectors;
  };
  // In a frame: tried three times. The first byte: not one of ours.
  const Case wrong = GENERATE(Case{20, kWaiting | kCardBad, 3}, Case{0, kWaiting, 1});
  Bench bench(3);
  std::vector<uint8_t> image = board::card_of(program(44));
  image[wrong.at] ^= 4;
  const boards::SdCard& card = bench.board.insert(image);
  bench.run(2'500'000);
  CHECK(!bench.status);
  CHECK(bench.hellos >= 1);
  CHECK(bench.board.leds() == wrong.leds);
  CHECK(card.sectors_read() == wrong.sectors);
  for (const Frame& frame : program(45)) CHECK(bench.send(frame).substr(0, 1) == "g");
  bench.run(100'000);
  CHECK(bench.status == 45u);
  CHECK(bench.board.violation() == "");
}

TEST_CASE("the card notices a clock that is too fast") {
  boards::SdCard card({}, 15'384);
  for (unsigned i = 0; i < 64; ++i) (void)card.cycle(true, (i & 16) != 0, true);
  CHECK(card.violation().find("too fast") != std::string::npos);
}
