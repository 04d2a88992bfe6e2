#include "sim/cli/output_file.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "sim/loader/error.h"

namespace veil::cli {

OutputFile::OutputFile(std::string path) : path_(std::move(path)) {
  struct stat info = {};
  const bool exists = stat(path_.c_str(), &info) == 0;
  if (exists && S_ISDIR(info.st_mode)) {
    errno = EISDIR;
    fail();
  }
  if (!exists || S_ISREG(info.st_mode)) {
    // A file that may not be written must not be replaced either.
    if (exists && access(path_.c_str(), W_OK) != 0) fail();
    temporary_ = fmt::format("{}.part{}", path_, getpid());
  }
  file_ = std::fopen(temporary_.empty() ? path_.c_str() : temporary_.c_str(), "we");
  if (file_ == nullptr) {
    temporary_.clear();
    fail();
  }
}

OutputFile::~OutputFile() {
  if (file_ != nullptr) std::fclose(file_);
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

void OutputFile::finish() {
  const bool good = std::ferror(file_) == 0;
  const bool closed = std::fclose(std::exchange(file_, nullptr)) == 0;
  if (!good || !closed) fail();
  if (temporary_.empty()) return;
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0) fail();
  temporary_.clear();
}

void OutputFile::fail() const {
  throw loader::Error(platform::ExitStatus::usage, fmt::format("{}: cannot write: {}", path_, std::strerror(errno)));
}

}  // namespace veil::cli
