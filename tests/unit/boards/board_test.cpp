// The whole board, simulated: boot ROM, serial line, SDRAM, firmware, a guest to its end.
#include "boards/sim/board.h"

#include <catch2/catch.hpp>
#include <string>

#include "boards/boot/protocol.h"
#include "sim/loader/board_frames.h"

namespace {

using namespace veil;
namespace protocol = boards::protocol;

// What the board has said, by kind.
struct Said {
  std::string console;
  std::string report;
  std::string answers;  // of the boot ROM
  int status = -1;
  unsigned hellos = 0;
};

class Listener {
 public:
  explicit Listener(boards::Board& board) : board_(board) {}

  void run(uint64_t cycles) {
    while (cycles-- != 0 && board_.violation().empty()) {
      board_.cycle();
      while (!board_.line.received.empty()) {
        take(board_.line.received.front());
        board_.line.received.pop_front();
      }
    }
  }
  Said said;
  bool running = false;  // the boot ROM has gone

 private:
  void take(uint8_t byte) {
    if (escape_ == 2) {
      if (kind_ == 'r') said.report.push_back(static_cast<char>(byte));
      if (kind_ == 'x') said.status = byte;
      if (kind_ == 'b') ++said.hellos;
      escape_ = 0;
    } else if (escape_ == 1) {
      kind_ = byte;
      escape_ = byte == protocol::kEscape ? 0 : 2;
      if (escape_ == 0) said.console.push_back(static_cast<char>(byte));
    } else if (byte == protocol::kEscape) {
      escape_ = 1;
    } else {
      (running ? said.console : said.answers).push_back(static_cast<char>(byte));
    }
  }

  boards::Board& board_;
  int escape_ = 0;
  uint8_t kind_ = 0;
};

// Sends until it is acknowledged; `spoil` bytes of the first try are damaged. Returns the number of tries.
unsigned send(boards::Board& board, Listener& listener, const loader::Frame& frame, unsigned spoil = 0) {
  for (unsigned tries = 1; tries < 5; ++tries) {
    loader::Frame bytes = frame;
    if (tries == 1 && spoil != 0) bytes[bytes.size() / 2] ^= static_cast<uint8_t>(spoil);
    listener.said.answers.clear();
    board.line.to_send.insert(board.line.to_send.end(), bytes.begin(), bytes.end());
    for (int wait = 0; wait < 40'000 && listener.said.answers.empty(); ++wait) listener.run(1000);
    if (listener.said.answers == std::string(1, static_cast<char>(protocol::kGood))) return tries;
  }
  return 99;
}

}  // namespace

TEST_CASE("a guest comes over the serial line, runs, and ends as on the simulators") {
  loader::Request request;
  request.image = VEIL_HELLO;
  request.firmware = VEIL_FIRMWARE_ELF;
  request.memory_bytes = 32u << 20;
  request.width = 1;
  const loader::Machine machine = loader::load(request);
  boards::Board board(7);  // what flip-flops hold at power-on is random
  Listener listener(board);
  listener.run(100'000);
  CHECK(listener.said.hellos >= 1);

  const std::vector<loader::Frame> frames = loader::board_frames(machine);
  unsigned writes = 0;
  for (const loader::Frame& frame : frames) {
    // Clearing all of DRAM is what takes long here; the chip's model starts with zeros.
    if (frame[1] == static_cast<uint8_t>(protocol::Type::clear)) continue;
    const bool spoil = ++writes % 50 == 7;  // a bad byte now and then
    INFO("frame " << writes << " of " << frames.size() << " at cycle " << board.cycles());
    REQUIRE(send(board, listener, frame, spoil ? 0x10 : 0) == (spoil ? 2 : 1));
    REQUIRE(board.violation() == "");
  }
  listener.running = true;
  for (int i = 0; i < 400 && !board.ended(); ++i) listener.run(100'000);
  listener.run(10'000);  // the last bytes on the line
  CHECK(board.violation() == "");
  CHECK(board.ended());
  CHECK(listener.said.status == 33);
  CHECK(listener.said.report == "");
  CHECK(listener.said.console == "Hello from a guest of Veil.\n");
}

TEST_CASE("a frame that is cut off is asked for again") {
  boards::Board board;
  Listener listener(board);
  listener.run(100'000);
  loader::Frame frame = {
      protocol::kStart, static_cast<uint8_t>(protocol::Type::write), 4, 0, 0, 0x10, 0, 0, 1, 2, 3, 4};
  const uint32_t crc = protocol::crc32(frame.data() + 1, static_cast<uint32_t>(frame.size() - 1));
  for (unsigned i = 0; i < 4; ++i) frame.push_back(static_cast<uint8_t>(crc >> (8 * i)));
  board.line.to_send.insert(board.line.to_send.end(), frame.begin(), frame.begin() + 9);
  listener.run(2'000'000);
  CHECK(listener.said.answers == std::string(1, static_cast<char>(protocol::kBad)));
  CHECK(send(board, listener, frame) == 1);
  listener.run(1000);
  CHECK(board.dram()[0x1000] == 1);
  CHECK(board.dram()[0x1003] == 4);
  CHECK(board.violation() == "");
}
