#include "sim/board/serial_port.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sim/loader/error.h"

namespace veil::board {
namespace {

using loader::Error;
using platform::ExitStatus;

constexpr int kStuck = 10'000;  // milliseconds after which a line that takes nothing is given up

speed_t speed_of(unsigned baud) {
  switch (baud) {
    case 115200:
      return B115200;
    case 230400:
      return B230400;
    case 460800:
      return B460800;
    case 921600:
      return B921600;
    case 1000000:
      return B1000000;
    case 2000000:
      return B2000000;
    case 3000000:
      return B3000000;
    default:
      throw Error(ExitStatus::usage,
                  fmt::format("--baud: {} baud is not a rate that a serial port has here (try 1000000)", baud));
  }
}

}  // namespace

SerialPort::SerialPort(const std::string& path, unsigned baud) {
  const speed_t speed = speed_of(baud);
  fd_ = open(path.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  if (fd_ < 0) {
    const char* hint = errno == EACCES   ? ": you are not in its group (dialout)"
                       : errno == ENOENT ? ": the board is not plugged in, or is another device"
                                         : "";
    throw Error(ExitStatus::internal, fmt::format("{}: {}{}", path, std::strerror(errno), hint));
  }
  termios settings = {};
  if (tcgetattr(fd_, &settings) != 0) {
    close(fd_);
    throw Error(ExitStatus::internal, fmt::format("{}: not a serial port", path));
  }
  cfmakeraw(&settings);
  settings.c_cflag |= CLOCAL | CREAD;
  settings.c_cflag &= ~static_cast<tcflag_t>(CSTOPB | CRTSCTS);
  settings.c_cc[VMIN] = 0;
  settings.c_cc[VTIME] = 0;
  cfsetspeed(&settings, speed);
  tcsetattr(fd_, TCSANOW, &settings);
}

SerialPort::~SerialPort() {
  if (fd_ >= 0) close(fd_);
}

bool SerialPort::write(std::span<const uint8_t> bytes) {
  while (!bytes.empty() && !gone_) {
    const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
    if (n > 0) {
      bytes = bytes.subspan(static_cast<size_t>(n));
    } else if (n < 0 && errno == EAGAIN) {
      pollfd wait = {fd_, POLLOUT, 0};
      if (poll(&wait, 1, kStuck) == 0) gone_ = true;
    } else if (n < 0 && errno != EINTR) {
      gone_ = true;
    }
  }
  return !gone_;
}

std::optional<uint8_t> SerialPort::read(unsigned milliseconds) {
  if (next_ == read_.size()) {
    pollfd wait = {fd_, POLLIN, 0};
    if (gone_ || poll(&wait, 1, static_cast<int>(milliseconds)) <= 0) return {};
    read_.resize(4096);
    const ssize_t n = ::read(fd_, read_.data(), read_.size());
    read_.resize(n > 0 ? static_cast<size_t>(n) : 0);
    next_ = 0;
    if (n <= 0) {
      gone_ = (wait.revents & (POLLHUP | POLLERR)) != 0;
      return {};
    }
  }
  return read_[next_++];
}

}  // namespace veil::board
