// The subcommands of veil: each returns the exit status.
#pragma once

#include "sim/cli/options.h"

namespace veil::cli {

int run(const RunOptions& options);
int translate(const TranslateOptions& options);
int doctor();
int board_load(const BoardOptions& options);
int board_card(const BoardOptions& options);

}  // namespace veil::cli
