#include "sim/board/link.h"

#include <fmt/format.h>

namespace veil::board {
namespace {

namespace protocol = boards::protocol;
using Kind = Said::Kind;

constexpr unsigned kNoise = 65536;  // bytes that no boot ROM says: somebody else speaks there

constexpr unsigned kSettle = 60;  // milliseconds: some of the boot ROM's silences (kSilence)

bool is_call(Kind kind) { return kind == Kind::hello || kind == Kind::again; }

// The boot ROM's next word. Empty: silence, or noise without end; `strange` counts what was neither.
std::optional<Said> listen(Transport& transport, Stream& stream, unsigned milliseconds, unsigned& strange) {
  for (unsigned noise = 0; noise < kNoise; ++noise) {
    const std::optional<uint8_t> byte = transport.read(milliseconds);
    if (!byte) return {};
    const std::optional<Said> said = stream.take(*byte);
    if (said && (is_call(said->kind) || said->kind == Kind::good || said->kind == Kind::bad)) return said;
    if (said) ++strange;
  }
  return {};
}

std::string nobody(const Transport& transport, unsigned strange) {
  if (transport.gone()) return "the line is gone";
  if (strange != 0)
    return "something speaks there, but no boot ROM: press the board's reset (a guest runs?), check --baud";
  return "no board answers: is it on, is its bitstream there, is it the right device? Press its reset";
}

enum class Outcome : uint8_t { good, failed, reset, gone };

// One frame, as often as it takes.
Outcome deliver(Transport& transport, Stream& stream, const Frame& frame, bool first, const Patience& patience,
                unsigned& repeated) {
  const uint8_t tag = frame[frame.size() - protocol::kCrcBytes];
  for (unsigned n = 0; n < patience.tries; ++n) {
    if (n != 0) ++repeated;
    if (!transport.write(frame)) return Outcome::gone;
    unsigned strange = 0;
    // Answers to earlier frames may still be under way, and a call that was said while this frame was on its way.
    unsigned calls = 0;
    unsigned wait = patience.milliseconds;
    while (calls < 2) {
      const std::optional<Said> said = listen(transport, stream, wait, strange);
      if (!said) break;
      if (said->kind == Kind::good && said->byte == tag) return Outcome::good;
      if (said->kind == Kind::hello && !first) return Outcome::reset;
      // The pieces of a spoiled frame may look like several: the frame is sent again when the board has done with them.
      if (said->kind == Kind::bad) wait = kSettle;
      if (is_call(said->kind)) ++calls;
    }
    if (transport.gone()) return Outcome::gone;
  }
  return Outcome::failed;
}

}  // namespace

Met meet(Transport& transport, Stream& stream, Patience patience) {
  unsigned strange = 0;
  std::optional<Said> call;
  do {
    call = listen(transport, stream, patience.milliseconds, strange);
  } while (call && !is_call(call->kind));
  if (!call) return {.problem = nobody(transport, strange), .width = 0};
  const unsigned version = protocol::version_of(call->byte);
  if (version != protocol::kVersion) {
    return {.problem = fmt::format("the board's boot ROM speaks version {}, not {}: flash a bitstream of this Veil",
                                   version, protocol::kVersion)};
  }
  return {.problem = {}, .width = protocol::width_of(call->byte)};
}

Sent send(Transport& transport, Stream& stream, const std::vector<Frame>& frames,
          const std::function<void(size_t, size_t)>& progress, Patience patience) {
  size_t all = 0;
  for (const Frame& frame : frames) all += frame.size();
  Sent sent;
  size_t done = 0;
  for (size_t i = 0; i < frames.size();) {
    switch (deliver(transport, stream, frames[i], i == 0, patience, sent.repeated)) {
      case Outcome::good:
        done += frames[i++].size();
        progress(done, all);
        break;
      case Outcome::reset:
        if (sent.restarted++ == patience.restarts) {
          sent.problem =
              fmt::format("the board was reset {} times while it was loaded: its power, its cable?", sent.restarted);
          return sent;
        }
        i = 0;
        done = 0;
        break;
      case Outcome::gone:
        sent.problem = fmt::format("the line is gone after {} of {} bytes: cable or board was unplugged", done, all);
        return sent;
      case Outcome::failed:
        sent.problem = fmt::format("the board did not take a frame in {} attempts, {} of {} bytes sent", patience.tries,
                                   done, all);
        return sent;
    }
  }
  return sent;
}

}  // namespace veil::board
