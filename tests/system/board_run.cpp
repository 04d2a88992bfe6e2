// A guest on a simulated board, from power-on to its end, and the state that it leaves:
//
//   board_run IMAGE [--append TEXT] [--config w1] [--seed N] [--few FRAMES] [--card] [--stats FILE]
//   board_run --state-of DRAM      the state of a guest that has left this in the SDRAM
//
// Built twice: board_run has the RTL, netlist_run the netlist after synthesis. The guest's console is on standard
// output; the status is the guest's, or 1 when the board is at fault. Registers and memory come out of the SDRAM: the
// data cache writes through, and at the end the guest's registers are in the guest state block.
//
// --seed: what flip-flops, memories and the SDRAM's concealed part hold at power-on (0: nothing but zeros).
// --by-line: only so many of the frames go over the serial line, besides the last; the rest is put into the SDRAM at
// once.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "boards/sim/board.h"
#include "sim/board/frames.h"
#include "sim/board/link.h"
#include "sim/loader/file.h"
#include "sim/loader/load.h"
#include "sim/trace/state_hash.h"
#include "veil/isa/configs.h"
#include "veil/isa/native.h"

namespace {

using namespace veil;
namespace protocol = boards::protocol;

struct Options {
  std::string image;
  std::string append;
  std::string config = "w1";
  std::string firmware;
  std::string stats;
  std::string state_of;
  uint32_t seed = 0;
  size_t few = ~size_t{0};
  bool card = false;
  uint64_t limit = 0;  // cycles
};

// The host's end of the line, in the board's own time.
class SimulatedLine : public board::Transport {
 public:
  explicit SimulatedLine(boards::Board& board) : board_(board) {}

  bool write(std::span<const uint8_t> bytes) override {
    board_.line.to_send.insert(board_.line.to_send.end(), bytes.begin(), bytes.end());
    return !gone();
  }
  std::optional<uint8_t> read(unsigned milliseconds) override {
    const uint64_t end = board_.cycles() + board_.cycles_per_second() / 1000 * milliseconds;
    while (board_.line.received.empty()) {
      if (gone() || board_.cycles() >= end) return {};
      board_.cycle();
    }
    const uint8_t byte = board_.line.received.front();
    board_.line.received.pop_front();
    return byte;
  }
  bool gone() const override { return !board_.violation().empty(); }

 private:
  boards::Board& board_;
};

uint32_t number(const board::Frame& frame, size_t at, unsigned bytes) {
  uint32_t value = 0;
  for (unsigned i = 0; i < bytes; ++i) value |= static_cast<uint32_t>(frame[at + i]) << (8 * i);
  return value;
}
uint32_t address_of(const board::Frame& frame) { return number(frame, 4, 4); }
protocol::Type type_of(const board::Frame& frame) { return static_cast<protocol::Type>(frame[1]); }

// What the boot ROM would do with a frame.
void put(std::vector<uint8_t>& dram, const board::Frame& frame) {
  const auto to = dram.begin() + address_of(frame);
  const uint32_t length = number(frame, 2, 2);
  if (type_of(frame) == protocol::Type::clear) {
    std::fill_n(to, number(frame, 8, 4), uint8_t{0});
  } else {
    std::copy_n(frame.begin() + 8, length, to);
  }
}

loader::Machine load(const Options& options, size_t dram_bytes) {
  const isa::Config* config = isa::find_config(options.config.c_str(), static_cast<unsigned>(options.config.size()));
  if (config == nullptr) throw std::invalid_argument(fmt::format("no configuration '{}'", options.config));
  loader::Request request;
  request.image = options.image;
  request.append = options.append;
  request.firmware = loader::find_firmware(options.firmware);
  request.memory_bytes = static_cast<uint32_t>(dram_bytes);
  request.width = config->width;
  return loader::load(request);
}

sim::GuestState guest_of(const std::vector<uint8_t>& dram) {
  constexpr std::array<uint32_t, 32> kNoRegisters{};
  constexpr std::array<uint8_t, 4> kNoFlags{};
  const size_t block = dram.size() - platform::concealed_size + platform::window::guest_state;
  return sim::read_guest(static_cast<uint32_t>(isa::Tier::device), kNoRegisters, kNoFlags,
                         std::span(dram).subspan(block, platform::guest_state::size_bytes));
}

std::string state_of(const std::vector<uint8_t>& dram) {
  return sim::state_hash(guest_of(dram), std::span(dram).first(dram.size() - platform::concealed_size));
}

class Run {
 public:
  explicit Run(const Options& options)
      : options_(options), board_(options.seed), line_(board_), machine_(load(options, board_.dram().size())) {}

  int operator()() {
    const auto begin = std::chrono::steady_clock::now();
    send();
    std::optional<int> status;
    if (problem_.empty()) status = console();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    // What is still in the store queues.
    for (int i = 0; i < 10'000; ++i) board_.cycle();
    if (!board_.violation().empty()) problem_ = board_.violation();
    report(status, seconds);
    return problem_.empty() ? *status : 1;
  }

 private:
  void send() {
    std::vector<board::Frame> frames = board::frames_of(machine_, options_.seed != 0);
    if (options_.seed != 0) {
      std::minstd_rand random(options_.seed);
      std::generate(board_.dram().begin() + machine_.guest_bytes, board_.dram().end(),
                    [&] { return static_cast<uint8_t>(random() >> 8); });
      // The guest's part is zero, and clearing it would take most of the time.
      std::erase_if(frames, [&](const board::Frame& frame) {
        return type_of(frame) == protocol::Type::clear && address_of(frame) < machine_.guest_bytes;
      });
    }
    if (options_.few < frames.size()) {
      std::vector<board::Frame> kept;
      for (const board::Frame& frame : frames) {
        const bool write = type_of(frame) == protocol::Type::write;
        if (type_of(frame) == protocol::Type::go || type_of(frame) == protocol::Type::core ||
            (write && kept.size() < options_.few)) {
          kept.push_back(frame);
        } else {
          put(board_.dram(), frame);
        }
      }
      frames = std::move(kept);
    }
    frames_ = frames.size();
    if (options_.card) {
      board_.insert(board::card_of(frames));
      return;
    }
    problem_ = board::meet(line_, stream_).problem;
    if (!problem_.empty()) return;
    const board::Sent sent = board::send(line_, stream_, frames, [](size_t, size_t) {});
    problem_ = sent.problem;
    if (sent.repeated != 0) problem_ = fmt::format("{} frames had to be sent again", sent.repeated);
    loaded_ = board_.cycles();
  }

  std::optional<int> console() {
    const uint64_t end = options_.limit == 0 ? ~uint64_t{0} : board_.cycles() + options_.limit;
    while (!line_.gone()) {
      const std::optional<uint8_t> byte = line_.read(20);
      if (!byte && board_.cycles() >= end) {
        problem_ = "the guest has not come to its end";
        return {};
      }
      const std::optional<board::Said> said = byte ? stream_.take(*byte) : std::nullopt;
      if (!said) continue;
      if (said->kind == board::Said::Kind::plain) std::fputc(said->byte, stdout);
      if (said->kind == board::Said::Kind::report) std::fputc(said->byte, stderr);
      if (said->kind == board::Said::Kind::ended) return said->byte;
    }
    return {};
  }

  void report(std::optional<int> status, double seconds) {
    std::fflush(stdout);
    const std::string hash = state_of(board_.dram());
    fmt::print(stderr, "board: {} frames {}, {} cycles to the firmware's start, {} in all, {:.0f} a second\n", frames_,
               options_.card ? "on a card" : "over the line", loaded_, board_.cycles(),
               static_cast<double>(board_.cycles()) / seconds);
    fmt::print(stderr, "board: status {}, state {}\n", status ? std::to_string(*status) : "none", hash);
    if (!problem_.empty()) fmt::print(stderr, "board: {}\n", problem_);
    if (options_.stats.empty()) return;
    const nlohmann::ordered_json out = {{"status", status.value_or(-1)},
                                        {"state_hash", hash},
                                        {"cycles", board_.cycles()},
                                        {"loaded", loaded_},
                                        {"frames", frames_},
                                        {"seconds", seconds},
                                        {"problem", problem_}};
    std::ofstream(options_.stats) << out.dump(1) << "\n";
  }

  const Options& options_;
  boards::Board board_;
  SimulatedLine line_;
  loader::Machine machine_;
  board::Stream stream_;
  std::string problem_;
  size_t frames_ = 0;
  uint64_t loaded_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("a guest on a simulated board, and the state that it leaves");
  app.add_option("IMAGE", options.image);
  app.add_option("--state-of", options.state_of);
  app.add_option("--append", options.append);
  app.add_option("--config", options.config);
  app.add_option("--firmware", options.firmware);
  app.add_option("--seed", options.seed);
  app.add_option("--few", options.few);
  app.add_flag("--card", options.card);
  app.add_option("--limit", options.limit, "cycles for the guest");
  app.add_option("--stats", options.stats);
  CLI11_PARSE(app, argc, argv);
  try {
    if (!options.state_of.empty()) {
      fmt::print("{}\n",
                 state_of(loader::read_file(options.state_of, platform::dram_max, platform::ExitStatus::usage)));
      return 0;
    }
    return Run(options)();
  } catch (const std::exception& error) {
    fmt::print(stderr, "board: {}\n", error.what());
    return 1;
  }
}
