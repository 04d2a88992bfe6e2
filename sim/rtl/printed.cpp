#include "sim/rtl/printed.h"

#include <cstdarg>
#include <cstdio>
#include <utility>

#include "verilated.h"

namespace veil::sim::rtl {

namespace {
thread_local std::string kept;
}  // namespace

void print(const char* format, ...) {
  char text[1024];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (Verilated::threadContextp()->fatalOnError()) {
    std::fputs(text, stderr);
  } else {
    kept += text;
  }
}

std::string take_printed() { return std::exchange(kept, {}); }

}  // namespace veil::sim::rtl
