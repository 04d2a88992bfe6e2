// A file that the user asked for: complete or absent. Written beside its place and renamed at the end; what
// is no regular file (a terminal, a pipe, /dev/null) is written directly.
#pragma once

#include <cstdio>
#include <string>

namespace veil::cli {

class OutputFile {
 public:
  // Throws loader::Error (status 64) if it cannot be written: before the run, not after it.
  explicit OutputFile(std::string path);
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  ~OutputFile();

  std::FILE* stream() { return file_; }
  // Everything has been written: put it in its place. Throws as the constructor does.
  void finish();

 private:
  [[noreturn]] void fail() const;

  std::string path_;
  std::string temporary_;  // empty: written directly
  std::FILE* file_ = nullptr;
};

}  // namespace veil::cli
