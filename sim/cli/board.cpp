// veil board load: a guest with its firmware over the serial line of a board, then the guest's console.
// veil board card: the same as the image of an SD card.
#include <fmt/format.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>

#include "sim/board/frames.h"
#include "sim/board/link.h"
#include "sim/board/serial_port.h"
#include "sim/cli/commands.h"
#include "sim/cli/output_file.h"
#include "sim/loader/error.h"
#include "sim/loader/load.h"
#include "veil/isa/configs.h"

namespace veil::cli {
namespace {

using platform::ExitStatus;

// What is typed reaches the guest at once, and is shown by the guest alone. Put back at the end.
class RawTerminal {
 public:
  RawTerminal() : is_terminal_(isatty(STDIN_FILENO) != 0 && tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (!is_terminal_) return;
    termios raw = before_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
  }
  ~RawTerminal() {
    if (is_terminal_) tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  }
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

 private:
  termios before_ = {};
  bool is_terminal_;
};

// Until the run ends; returns its status.
int console(board::SerialPort& port, board::Stream& stream) {
  const RawTerminal terminal;
  bool typing = true;
  for (;;) {
    pollfd ready[2] = {{port.descriptor(), POLLIN, 0}, {typing ? STDIN_FILENO : -1, POLLIN, 0}};
    if (!port.pending()) poll(ready, 2, -1);
    if (typing && (ready[1].revents & (POLLIN | POLLHUP)) != 0) {
      uint8_t bytes[64];
      const ssize_t n = ::read(STDIN_FILENO, bytes, sizeof bytes);
      typing = n > 0;
      if (n > 0) port.write({bytes, static_cast<size_t>(n)});
    }
    while (const std::optional<uint8_t> byte = port.read(0)) {
      const std::optional<board::Said> said = stream.take(*byte);
      if (!said) continue;
      if (said->kind == board::Said::Kind::plain) std::fputc(said->byte, stdout);
      if (said->kind == board::Said::Kind::report) std::fputc(said->byte, stderr);
      if (said->kind == board::Said::Kind::ended) {
        std::fflush(stdout);
        return said->byte;
      }
    }
    std::fflush(stdout);
    if (port.gone()) {
      fmt::print(stderr, "veil: the board's line is gone\n");
      return static_cast<int>(ExitStatus::internal);
    }
  }
}

// Width of the named configuration; 0: none is named.
unsigned width_of(const std::string& name) {
  if (name.empty()) return 0;
  const isa::Config* config = isa::find_config(name.c_str(), static_cast<unsigned>(name.size()));
  if (config == nullptr) throw loader::Error(ExitStatus::usage, fmt::format("--config: no configuration '{}'", name));
  return config->width;
}

std::vector<board::Frame> frames(const BoardOptions& options, unsigned width) {
  loader::Request request;
  request.image = options.image;
  request.append = options.append;
  for (const std::string& module : options.modules) request.modules.push_back({module, {}});
  request.firmware = loader::find_firmware(options.firmware);
  request.memory_bytes = options.memory_bytes;
  request.knobs = options.knobs;
  request.width = width;
  return board::frames_of(loader::load(request), !options.memory_is_clear, width);
}

}  // namespace

int board_load(const BoardOptions& options) {
  const unsigned asked = width_of(options.config);
  (void)frames(options, 1);  // what is wrong with the image is said before anybody looks for a board
  board::SerialPort port(options.port, options.baud);
  board::Stream stream;
  const board::Patience patience{.milliseconds = 1000 * options.patience};
  const board::Met met = board::meet(port, stream, patience);
  if (!met.problem.empty()) throw loader::Error(ExitStatus::internal, fmt::format("{}: {}", options.port, met.problem));
  if (asked > met.width) {
    throw loader::Error(ExitStatus::internal,
                        fmt::format("{}: the board's core is {} wide, {} needs {}: leave --config out", options.port,
                                    met.width, options.config, asked));
  }
  const bool terminal = isatty(STDERR_FILENO) != 0;
  unsigned shown = 0;
  const auto progress = [&](size_t done, size_t all) {
    const auto percent = static_cast<unsigned>(100 * done / all);
    if (percent == shown || (!terminal && percent % 25 != 0)) return;
    shown = percent;
    fmt::print(stderr, "{}veil: {} % of {} KB{}", terminal ? "\r" : "", percent, all / 1024, terminal ? "" : "\n");
  };
  const board::Sent sent =
      board::send(port, stream, frames(options, asked != 0 ? asked : met.width), progress, patience);
  if (terminal) fmt::print(stderr, "\n");
  if (!sent.problem.empty())
    throw loader::Error(ExitStatus::internal, fmt::format("{}: {}", options.port, sent.problem));
  if (sent.restarted != 0) fmt::print(stderr, "veil: the board was reset: all was sent anew\n");
  if (sent.repeated != 0) fmt::print(stderr, "veil: {} frames were sent again\n", sent.repeated);
  if (options.no_console) return 0;
  return console(port, stream);
}

int board_card(const BoardOptions& options) {
  check_distinct({{"--output", options.output}}, {{"the image", options.image}});
  const std::vector<uint8_t> card = board::card_of(frames(options, width_of(options.config)));
  OutputFile file(options.output);
  std::fwrite(card.data(), 1, card.size(), file.stream());
  file.finish();
  fmt::print("veil: {}: {} KB for a card, from its first sector on\n", options.output, card.size() / 1024);
  return 0;
}

}  // namespace veil::cli
