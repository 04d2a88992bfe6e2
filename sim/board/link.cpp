#include "sim/board/link.h"

#include <fmt/format.h>

namespace veil::board {
namespace {

namespace protocol = boards::protocol;

// The board's answer to a frame, or its call; empty: silence. Bytes that are neither are what is left of an earlier
// run.
std::optional<Said> listen(Transport& transport, Stream& stream, unsigned patience) {
  while (const std::optional<uint8_t> byte = transport.read(patience)) {
    const std::optional<Said> said = stream.take(*byte);
    if (!said) continue;
    if (said->kind == Said::Kind::hello) return said;
    if (said->kind == Said::Kind::plain && (said->byte == protocol::kGood || said->byte == protocol::kBad)) return said;
  }
  return {};
}

}  // namespace

Sent send(Transport& transport, Stream& stream, const std::vector<Frame>& frames,
          const std::function<void(size_t, size_t)>& progress, unsigned tries, unsigned patience) {
  size_t all = 0;
  size_t done = 0;
  for (const Frame& frame : frames) all += frame.size();
  Sent sent;
  const std::optional<Said> call = listen(transport, stream, patience);
  if (!call) {
    sent.problem = transport.gone() ? "the line is gone" : "no board answers: is it on, and its reset pressed?";
    return sent;
  }
  if (call->kind == Said::Kind::hello && call->byte != protocol::kVersion) {
    sent.problem = fmt::format("the board's boot ROM speaks version {}, not {}: flash it again",
                               static_cast<char>(call->byte), static_cast<char>(protocol::kVersion));
    return sent;
  }
  for (const Frame& frame : frames) {
    bool good = false;
    for (unsigned n = 0; n < tries && !good; ++n) {
      if (n != 0) ++sent.repeated;
      if (!transport.write(frame)) {
        sent.problem = "the line is gone";
        return sent;
      }
      // A call here means that the board has lost the frame's beginning; its silence is waited for.
      std::optional<Said> answer = listen(transport, stream, patience);
      while (answer && answer->kind == Said::Kind::hello) answer = listen(transport, stream, patience);
      good = answer && answer->byte == protocol::kGood;
    }
    if (!good) {
      sent.problem =
          fmt::format("the board did not take a frame in {} attempts, {} of {} bytes sent", tries, done, all);
      return sent;
    }
    done += frame.size();
    progress(done, all);
  }
  return sent;
}

}  // namespace veil::board
