// veil translate: guest code and its native groups side by side.
#include "sim/cli/commands.h"
#include "sim/loader/error.h"

namespace veil::cli {

int translate(const TranslateOptions&) {
  throw loader::Error(platform::ExitStatus::usage, "translate: not in this build");
}

}  // namespace veil::cli
