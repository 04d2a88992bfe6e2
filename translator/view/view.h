// Translations for people: guest code and native groups side by side. Host only.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "veil/translator.h"

namespace veil::translator {

struct View {
  std::string text;
  Result result;  // of the translation shown
};

// Translates one block from `request.bytes` and prints it. `with_ir`: the IR after the passes as well.
View view(const Request& request, const Options& options, bool with_ir = false);

}  // namespace veil::translator
