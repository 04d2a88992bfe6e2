// What the loader throws: one line for people, and the exit status that goes with it.
#pragma once

#include <stdexcept>
#include <string>

#include "veil/isa/platform.h"

namespace veil::loader {

class Error : public std::runtime_error {
 public:
  Error(platform::ExitStatus status, const std::string& text) : std::runtime_error(text), status_(status) {}
  int status() const { return static_cast<int>(status_); }

 private:
  platform::ExitStatus status_;
};

}  // namespace veil::loader
