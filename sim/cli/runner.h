// The loop of a run: steps the engine, keeps the shadow, asks the checkers, counts per tier, ends for whatever reason.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sim/cli/console.h"
#include "sim/cli/live.h"
#include "sim/cli/options.h"
#include "sim/cli/run_result.h"
#include "sim/cli/save.h"
#include "sim/cli/tracer.h"
#include "sim/engine/engine.h"
#include "sim/lockstep/checker.h"
#include "sim/lockstep/report.h"
#include "sim/profile/profile.h"
#include "sim/trace/shadow.h"
#include "sim/trace/translations.h"

namespace veil::cli {

struct Parts {
  sim::Engine& engine;
  Console& console;
  sim::Shadow& shadow;
  sim::Translations& translations;
  Tracer& tracer;
  std::vector<lockstep::Checker*> checkers;
  std::vector<std::string> command;
  sim::Profile* profile = nullptr;
  Saver& saver;
};

// From now on SIGINT and SIGTERM end the run instead of the process.
void catch_interrupts();

// Runs to the end and fills reason, status, counts and guest state; not the hash.
RunResult run_loop(const Parts& parts, const RunOptions& options);
// The same without records: no checkers, no traces.
RunResult run_fast(sim::Engine& engine, Console& console, Saver& saver, const RunOptions& options);

}  // namespace veil::cli
