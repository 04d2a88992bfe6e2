// Statistics of a run: JSON (docs/guide/stats.md says what each member means) and the short table for people.
#pragma once

#include <cstdint>
#include <cstdio>
#include <span>
#include <string>

#include "sim/cli/options.h"
#include "sim/cli/run_result.h"

namespace veil::cli {

inline constexpr int kStatsSchema = 1;

// General registers, EIP, EFLAGS and all guest memory, in this order, little-endian: XXH64 with seed 0.
std::string state_hash(const sim::GuestState& guest, std::span<const uint8_t> memory);
std::string engine_name(EngineKind engine);
void write_stats(std::FILE* file, const RunOptions& options, const RunResult& result);
std::string table(const RunOptions& options, const RunResult& result);

}  // namespace veil::cli
