#include "sim/cli/output_file.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

#include "sim/loader/error.h"

namespace veil::cli {
namespace {

// Standard output or error, if the file is what one of them leads to.
std::optional<int> standard_stream(const struct stat& file) {
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
    struct stat own = {};
    if (fstat(fd, &own) == 0 && own.st_dev == file.st_dev && own.st_ino == file.st_ino) return fd;
  }
  return std::nullopt;
}

// Where links lead to, also if there is nothing yet.
std::string follow(const std::string& path) {
  std::error_code error;
  std::filesystem::path place = path;
  for (unsigned links = 0; links < 40 && std::filesystem::is_symlink(place, error); ++links) {
    const auto target = std::filesystem::read_symlink(place, error);
    if (error) break;
    place = target.is_absolute() ? target : place.parent_path() / target;
  }
  return place.string();
}

}  // namespace

OutputFile::OutputFile(std::string path, Kind kind) : path_(std::move(path)), place_(follow(path_)) {
  struct stat info = {};
  const bool exists = stat(path_.c_str(), &info) == 0;
  if (exists && S_ISDIR(info.st_mode)) {
    errno = EISDIR;
    fail();
  }
  if (const auto own = exists ? standard_stream(info) : std::nullopt) {
    const int copy = dup(*own);
    file_ = copy >= 0 ? fdopen(copy, "w") : nullptr;
    if (file_ == nullptr) fail();
    return;
  }
  if (kind == Kind::whole && (!exists || S_ISREG(info.st_mode))) {
    // A file that may not be written must not be replaced either.
    if (exists && access(path_.c_str(), W_OK) != 0) fail();
    temporary_ = fmt::format("{}.part{}", place_, getpid());
  }
  file_ = std::fopen(temporary_.empty() ? path_.c_str() : temporary_.c_str(), "we");
  if (file_ == nullptr) {
    temporary_.clear();
    fail();
  }
  if (exists && !temporary_.empty()) (void)fchmod(fileno(file_), info.st_mode & 07777);
}

OutputFile::~OutputFile() {
  if (file_ != nullptr) std::fclose(file_);
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

void OutputFile::finish() {
  errno = 0;
  const bool written = std::fflush(file_) == 0 && std::ferror(file_) == 0;
  const int reason = errno;
  const bool closed = std::fclose(std::exchange(file_, nullptr)) == 0;
  if (!written) errno = reason != 0 ? reason : EIO;
  if (!written || !closed) fail();
  if (temporary_.empty()) return;
  if (std::rename(temporary_.c_str(), place_.c_str()) != 0) fail();
  temporary_.clear();
}

void OutputFile::fail() const {
  throw loader::Error(platform::ExitStatus::usage, fmt::format("{}: cannot write: {}", path_, std::strerror(errno)));
}

void check_distinct(const std::vector<NamedFile>& outputs, const std::vector<NamedFile>& inputs) {
  namespace fs = std::filesystem;
  const auto same = [](const NamedFile& a, const NamedFile& b) {
    std::error_code error;
    if (fs::exists(a.path, error) && fs::exists(b.path, error)) {
      return fs::is_regular_file(a.path, error) && fs::equivalent(a.path, b.path, error);
    }
    const auto place = [&error](const std::string& path) {
      return fs::weakly_canonical(fs::absolute(follow(path), error), error);
    };
    return place(a.path) == place(b.path);
  };
  for (size_t i = 0; i < outputs.size(); ++i) {
    for (size_t k = 0; k < i; ++k) {
      if (!same(outputs[i], outputs[k])) continue;
      throw loader::Error(platform::ExitStatus::usage, fmt::format("{}: the file of both {} and {}", outputs[i].path,
                                                                   outputs[k].option, outputs[i].option));
    }
    for (const NamedFile& input : inputs) {
      if (!same(outputs[i], input)) continue;
      throw loader::Error(platform::ExitStatus::usage,
                          fmt::format("{}: {} would overwrite {}", outputs[i].path, outputs[i].option, input.option));
    }
  }
}

}  // namespace veil::cli
