// The boot ROM on the simulated board: frames that arrive whole, spoiled, cut off. (A guest that runs there:
// tests/system/board.py.)
#include "boards/sim/board.h"

#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <vector>

#include "boards/boot/protocol.h"
#include "sim/board/stream.h"

namespace {

using namespace veil;
namespace protocol = boards::protocol;
using Frame = std::vector<uint8_t>;

struct Bench {
  boards::Board board;
  board::Stream stream;
  std::string answers;
  unsigned hellos = 0;

  explicit Bench(uint32_t seed) : board(seed) { run(100'000); }

  void run(uint64_t cycles) {
    while (cycles-- != 0 && board.violation().empty()) {
      board.cycle();
      while (!board.line.received.empty()) {
        const std::optional<board::Said> said = stream.take(board.line.received.front());
        board.line.received.pop_front();
        if (said && said->kind == board::Said::Kind::plain) answers.push_back(static_cast<char>(said->byte));
        if (said && said->kind == board::Said::Kind::hello) ++hellos;
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

Frame write_frame(uint32_t address, std::initializer_list<uint8_t> bytes) {
  Frame frame = {protocol::kStart, static_cast<uint8_t>(protocol::Type::write), static_cast<uint8_t>(bytes.size()), 0};
  for (unsigned i = 0; i < 4; ++i) frame.push_back(static_cast<uint8_t>(address >> (8 * i)));
  frame.insert(frame.end(), bytes.begin(), bytes.end());
  const uint32_t crc = protocol::crc32(frame.data() + 1, static_cast<uint32_t>(frame.size() - 1));
  for (unsigned i = 0; i < 4; ++i) frame.push_back(static_cast<uint8_t>(crc >> (8 * i)));
  return frame;
}

const std::string kGood(1, static_cast<char>(protocol::kGood));
const std::string kBad(1, static_cast<char>(protocol::kBad));

}  // namespace

TEST_CASE("frames arrive, and what is wrong with one is noticed") {
  const uint32_t seed = GENERATE(0u, 1u, 2u, 3u);  // what flip-flops and memories hold at power-on
  Bench bench(seed);
  CHECK(bench.hellos >= 1);
  const Frame frame = write_frame(0x1000, {1, 2, 3, 4});

  bench.board.line.to_send.insert(bench.board.line.to_send.end(), frame.begin(), frame.begin() + 9);
  bench.run(2'000'000);  // more silence than a frame may have
  CHECK(bench.answers == kBad);

  Frame spoiled = frame;
  spoiled[9] ^= 0x40;
  CHECK(bench.send(spoiled) == kBad);
  CHECK(bench.board.dram()[0x1000] == 0);

  CHECK(bench.send(frame) == kGood);
  bench.run(1000);
  CHECK(bench.board.dram()[0x1000] == 1);
  CHECK(bench.board.dram()[0x1003] == 4);

  // Where the boot ROM keeps its own variables, and behind the end of memory.
  CHECK(bench.send(write_frame(0x01f00000, {1})) == kBad);
  CHECK(bench.send(write_frame(0x02000000, {1})) == kBad);
  CHECK(bench.send(write_frame(0xfffffffe, {1, 2, 3, 4})) == kBad);
  CHECK(bench.board.violation() == "");
}
