#include "sim/loader/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sim/loader/error.h"

namespace veil::loader {
namespace {

struct Descriptor {
  int fd;
  explicit Descriptor(int value) : fd(value) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd >= 0) close(fd);
  }
};

}  // namespace

std::vector<uint8_t> read_file(const std::string& path, uint64_t limit, platform::ExitStatus status) {
  // Not blocking: opening a pipe without a writer must not hang.
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.fd < 0) throw Error(status, fmt::format("{}: {}", path, std::strerror(errno)));
  struct stat info = {};
  if (fstat(file.fd, &info) != 0) throw Error(status, fmt::format("{}: {}", path, std::strerror(errno)));
  if (S_ISDIR(info.st_mode)) throw Error(status, fmt::format("{}: is a directory", path));
  if (!S_ISREG(info.st_mode)) throw Error(status, fmt::format("{}: not a regular file", path));
  const auto size = static_cast<uint64_t>(info.st_size);
  if (size > limit) throw Error(status, fmt::format("{}: too large ({} bytes, at most {})", path, size, limit));
  std::vector<uint8_t> bytes(size);
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = read(file.fd, bytes.data() + done, bytes.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error(status, fmt::format("{}: {}", path, std::strerror(errno)));
    if (got == 0) throw Error(status, fmt::format("{}: shrank while it was read", path));
    done += static_cast<size_t>(got);
  }
  return bytes;
}

}  // namespace veil::loader
