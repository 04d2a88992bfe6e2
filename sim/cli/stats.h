// Statistics of a run: JSON (docs/guide/stats.md says what each member means) and the short table for people.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

#include "sim/cli/options.h"
#include "sim/cli/run_result.h"

namespace veil::cli {

inline constexpr int kStatsSchema = 1;

std::string engine_name(EngineKind engine);
void write_stats(std::FILE* file, const RunOptions& options, const RunResult& result);
std::string table(const RunOptions& options, const RunResult& result);

}  // namespace veil::cli
