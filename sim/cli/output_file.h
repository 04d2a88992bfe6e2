// A file that the user asked for: complete or absent, and said if it cannot be.
//
// A regular file is written beside its place and renamed at the end. Links are followed: the file that they lead to is
// replaced, not the link. What is no regular file (a terminal, a pipe, /dev/null) is written directly, and so is what
// standard output or standard error already lead to (/dev/stdout > FILE): a new file would take its place there.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

namespace veil::cli {

class OutputFile {
 public:
  // `whole`: complete or absent. Otherwise (traces, which are long) what has been written stays.
  enum class Kind { whole, stream };

  // Throws loader::Error (status 64) if it cannot be written: before the run, not after it.
  explicit OutputFile(std::string path, Kind kind = Kind::whole);
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  ~OutputFile();

  std::FILE* stream() { return file_; }
  // Everything has been written: put it in its place. Throws as the constructor does.
  void finish();

 private:
  [[noreturn]] void fail() const;

  std::string path_;       // as it was asked for
  std::string place_;      // where links lead to
  std::string temporary_;  // empty: written directly
  std::FILE* file_ = nullptr;
};

// A file by the option that names it.
struct NamedFile {
  std::string option;
  std::string path;
};

// Throws loader::Error (status 64) if two outputs are one regular file, or an output is an input.
void check_distinct(const std::vector<NamedFile>& outputs, const std::vector<NamedFile>& inputs);

}  // namespace veil::cli
