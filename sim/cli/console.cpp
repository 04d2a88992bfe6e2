#include "sim/cli/console.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "veil/isa/platform.h"

namespace veil::cli {
namespace {

namespace host = platform::host;

constexpr size_t kFlushAt = 4096;
const std::string kClearLine = "\r\x1b[K";  // ECMA-48: carriage return, erase to the end of the line
constexpr uint32_t kHaveByte = 1u << 31;    // console_rx: see [host] of platform.toml
constexpr uint32_t kEnded = 1u << 30;

bool write_all(int fd, const std::string& text) {
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t put = ::write(fd, text.data() + done, text.size() - done);
    if (put > 0) {
      done += static_cast<size_t>(put);
    } else if (errno == EAGAIN) {
      pollfd wait = {fd, POLLOUT, 0};
      poll(&wait, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace

void Console::show(const std::string& line) {
  flush();
  if (!at_line_start_ || line.empty()) return;
  write_all(STDERR_FILENO, kClearLine + line);
  shown_ = true;
}

void Console::hide() {
  if (shown_) write_all(STDERR_FILENO, kClearLine);
  shown_ = false;
}

void Console::flush() {
  if (!output_.empty()) at_line_start_ = output_.back() == '\n';
  if (!output_.empty() || !report_.empty()) hide();
  if (!output_.empty() && output_error_ == 0 && !write_all(STDOUT_FILENO, output_)) output_error_ = errno;
  output_.clear();
  if (!report_.empty()) write_all(STDERR_FILENO, report_);
  report_.clear();
}

void Console::put(char byte) {
  output_ += byte;
  if (byte == '\n' || output_.size() >= kFlushAt) flush();
}

// Never waits: the guest polls. A guest that polls in vain should see its own output appear, so that is flushed.
uint32_t Console::take_input() {
  if (input_next_ == input_.size() && !input_ended_) {
    flush();
    pollfd ready = {STDIN_FILENO, POLLIN, 0};
    if (poll(&ready, 1, 0) == 1) {
      std::array<char, 4096> buffer;
      const ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
      if (got > 0) {
        input_.assign(buffer.data(), static_cast<size_t>(got));
        input_next_ = 0;
      } else if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
        input_ended_ = true;
      }
    }
  }
  if (input_next_ < input_.size()) return kHaveByte | static_cast<uint8_t>(input_[input_next_++]);
  return input_ended_ ? kEnded : 0;
}

uint32_t Console::take_time() {
  const auto passed = std::chrono::steady_clock::now() - start_;
  const auto microseconds =
      static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(passed).count());
  time_high_ = static_cast<uint32_t>(microseconds >> 32);
  return static_cast<uint32_t>(microseconds);
}

uint32_t Console::read(uint32_t offset) {
  switch (offset) {
    case host::console_tx:
      return 1;
    case host::console_rx:
      return take_input();
    case host::dram_size:
      return dram_bytes_;
    case host::time_low:
      return take_time();
    case host::time_high:
      return time_high_;
    case host::snapshot:
      return to_be_saved_ ? 1 : 0;
    default:
      return 0;
  }
}

void Console::write(uint32_t offset, uint32_t value) {
  switch (offset) {
    case host::console_tx:
      put(static_cast<char>(value));
      break;
    case host::exit:
      if (!exit_) exit_ = value;
      break;
    case host::report:
      report_ += static_cast<char>(value);
      if (report_.back() == '\n' || report_.size() >= kFlushAt) flush();
      break;
    case host::snapshot:
      to_be_saved_ = true;
      break;
    default:
      break;
  }
}

}  // namespace veil::cli
